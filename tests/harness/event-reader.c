/* SPDX-License-Identifier: MIT */
/* Event files, read for tests. */
#include "event-reader.h"

#include <stdbool.h>
#include <string.h>

/* ---- records ---- */

static guint64
take_fixed(const guint8 *bytes, size_t n)
{
  guint64 value = 0;

  for (size_t i = n; i > 0; i--) {
    value = value << 8 | bytes[i - 1];
  }
  return value;
}

/* polynomial division, most significant bit of the reflected remainder last */
static guint32
slow_crc32c(const guint8 *bytes, gsize n)
{
  guint32 rest = G_MAXUINT32;

  for (gsize bit = 0; bit < 8 * n; bit++) {
    const guint32 input = (guint32)bytes[bit / 8] >> (bit % 8) & 1;
    const bool divides = ((rest & 1) ^ input) != 0;
    rest >>= 1;
    if (divides) {
      rest ^= 0x82f63b78;
    }
  }
  return rest ^ G_MAXUINT32;
}

static void
check_sum(const guint8 *bytes, gsize n, guint32 masked)
{
  const guint32 rotated = masked - 0xa282ead8;

  g_assert_cmphex(slow_crc32c(bytes, n), ==, rotated << 15 | rotated >> 17);
}

/* the event that begins at *at, which moves behind it */
static const guint8 *
next_event(const guint8 *bytes, gsize n, gsize *at, gsize *length)
{
  g_assert_cmpuint(*at + 16, <=, n);
  const guint8 *record = bytes + *at;
  const guint64 inner = take_fixed(record, 8);
  g_assert_cmpuint(inner, <=, n - *at - 16);
  check_sum(record, 8, (guint32)take_fixed(record + 8, 4));
  check_sum(record + 12, inner, (guint32)take_fixed(record + 12 + inner, 4));
  *at += 16 + inner;
  *length = inner;
  return record + 12;
}

/* ---- protobuf ---- */

typedef struct Field {
  guint number, wire;
  guint64 number_value; /* of all but bytes */
  const guint8 *data;
  gsize length;
} Field;

static guint64
take_varint(const guint8 **at, const guint8 *end)
{
  guint64 value = 0;

  for (guint shift = 0;; shift += 7) {
    g_assert_true(*at < end && shift < 64);
    const guint8 byte = *(*at)++;
    value |= (guint64)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

static Field
take_field(const guint8 **at, const guint8 *end)
{
  const guint64 key = take_varint(at, end);
  Field field = { .number = (guint)(key >> 3), .wire = (guint)(key & 7) };

  if (field.wire == 0) {
    field.number_value = take_varint(at, end);
    return field;
  }
  field.length = field.wire == 1   ? 8
                 : field.wire == 5 ? 4
                                   : (gsize)take_varint(at, end);
  g_assert_true(field.wire == 1 || field.wire == 2 || field.wire == 5);
  g_assert_cmpuint(field.length, <=, (gsize)(end - *at));
  field.data = *at;
  field.number_value = field.wire == 2 ? 0 : take_fixed(field.data, field.length);
  *at += field.length;
  return field;
}

static void
take_value(ReadEvent *event, const Field *value)
{
  const guint8 *at = value->data, *end = at + value->length;

  while (at < end) {
    const Field field = take_field(&at, end);
    if (field.number == 1) {
      event->tag = g_strndup((const char *)field.data, field.length);
    } else {
      const guint32 bits = (guint32)field.number_value;
      g_assert_cmpuint(field.number, ==, 2);
      memcpy(&event->value, &bits, sizeof bits);
    }
  }
}

static void
take_summary(ReadEvent *event, const Field *summary)
{
  const guint8 *at = summary->data, *end = at + summary->length;
  const Field value = take_field(&at, end);

  g_assert_cmpuint(value.number, ==, 1);
  g_assert_true(at == end);
  take_value(event, &value);
}

static ReadEvent
take_event(const guint8 *at, gsize length)
{
  const guint8 *end = at + length;
  ReadEvent event = { 0 };

  while (at < end) {
    const Field field = take_field(&at, end);
    switch (field.number) {
    case 1:
      memcpy(&event.wall_time, &field.number_value, sizeof(double));
      break;
    case 2:
      event.step = (gint64)field.number_value;
      break;
    case 3:
      event.version = g_strndup((const char *)field.data, field.length);
      break;
    default:
      g_assert_cmpuint(field.number, ==, 5);
      take_summary(&event, &field);
    }
  }
  return event;
}

/* ---- files ---- */

static void
clear_event(void *data)
{
  ReadEvent *event = data;

  g_free(event->version);
  g_free(event->tag);
}

GArray *
read_events(const guint8 *bytes, gsize n)
{
  GArray *events = g_array_new(FALSE, FALSE, sizeof(ReadEvent));

  g_array_set_clear_func(events, clear_event);
  for (gsize at = 0; at < n;) {
    gsize length;
    const guint8 *inner = next_event(bytes, n, &at, &length);
    const ReadEvent event = take_event(inner, length);
    g_array_append_val(events, event);
  }
  return events;
}

GBytes *
read_nth_event(const guint8 *bytes, gsize n, guint index)
{
  gsize at = 0, length = 0;
  const guint8 *event = NULL;

  for (guint i = 0; i <= index; i++) {
    event = next_event(bytes, n, &at, &length);
  }
  return g_bytes_new(event, length);
}

GArray *
read_event_file(const char *path)
{
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize n;

  g_file_get_contents(path, &bytes, &n, &error);
  g_assert_no_error(error);
  return read_events((const guint8 *)bytes, n);
}
