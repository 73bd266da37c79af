/* SPDX-License-Identifier: MIT */
/* Event files, without protobuf: of its wire format they need four kinds of fields. */
#include "tensorboard.h"

#include "support/file.h"
#include "support/status.h"

#include <errno.h>
#include <string.h>

/* fields of tensorflow.Event, .Summary and .Summary.Value by their numbers */
enum {
  EVENT_WALL_TIME = 1,
  EVENT_STEP = 2,
  EVENT_FILE_VERSION = 3,
  EVENT_SUMMARY = 5,
  SUMMARY_VALUE = 1,
  VALUE_TAG = 1,
  VALUE_SIMPLE = 2
};

/* how a field is written */
enum { WIRE_VARINT = 0, WIRE_64_BITS = 1, WIRE_BYTES = 2, WIRE_32_BITS = 5 };

static const guint32 crc_polynomial = 0x82f63b78; /* Castagnoli's, reflected */

struct EventFile {
  GByteArray *bytes;
  guint32 crc_table[256];
};

/* ---- checksums ---- */

static void
fill_crc_table(guint32 table[256])
{
  for (guint32 i = 0; i < 256; i++) {
    guint32 rest = i;
    for (int bit = 0; bit < 8; bit++) {
      rest = (rest >> 1) ^ ((rest & 1) != 0 ? crc_polynomial : 0);
    }
    table[i] = rest;
  }
}

static guint32
crc32c(const guint32 table[256], const guint8 *bytes, gsize n)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < n; i++) {
    crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  }
  return ~crc;
}

guint32
event_file_crc32c(const guint8 *bytes, gsize n)
{
  guint32 table[256];

  fill_crc_table(table);
  return crc32c(table, bytes, n);
}

/* a checksum of what holds checksums would be predictable, so they are disguised */
static guint32
mask(guint32 crc)
{
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

/* ---- numbers, least significant byte first ---- */

static void
add_fixed(GByteArray *bytes, guint64 value, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const guint8 byte = (guint8)(value >> (8 * i));
    g_byte_array_append(bytes, &byte, 1);
  }
}

/* seven bits a byte; the eighth says that more follow */
static void
add_varint(GByteArray *bytes, guint64 value)
{
  for (; value >= 0x80; value >>= 7) {
    add_fixed(bytes, (value & 0x7f) | 0x80, 1);
  }
  add_fixed(bytes, value, 1);
}

/* ---- fields ---- */

static void
add_key(GByteArray *message, unsigned field, unsigned wire)
{
  add_varint(message, field << 3 | wire);
}

static void
add_double(GByteArray *message, unsigned field, double value)
{
  guint64 bits;

  memcpy(&bits, &value, sizeof bits);
  add_key(message, field, WIRE_64_BITS);
  add_fixed(message, bits, sizeof bits);
}

static void
add_float(GByteArray *message, unsigned field, float value)
{
  guint32 bits;

  memcpy(&bits, &value, sizeof bits);
  add_key(message, field, WIRE_32_BITS);
  add_fixed(message, bits, sizeof bits);
}

static void
add_bytes(GByteArray *message, unsigned field, const void *data, size_t n)
{
  add_key(message, field, WIRE_BYTES);
  add_varint(message, n);
  g_byte_array_append(message, data, (guint)n);
}

/* a message within a message */
static void
add_message(GByteArray *message, unsigned field, const GByteArray *inner)
{
  add_bytes(message, field, inner->data, inner->len);
}

/* ---- records ---- */

static void
add_record(EventFile *file, const GByteArray *event)
{
  const guint start = file->bytes->len;

  add_fixed(file->bytes, event->len, 8);
  add_fixed(file->bytes, mask(crc32c(file->crc_table, file->bytes->data + start, 8)),
            4);
  g_byte_array_append(file->bytes, event->data, event->len);
  add_fixed(file->bytes, mask(crc32c(file->crc_table, event->data, event->len)), 4);
}

EventFile *
event_file_new(double wall_time)
{
  static const char version[] = "brain.Event:2";
  EventFile *file = g_new0(EventFile, 1);
  g_autoptr(GByteArray) event = g_byte_array_new();

  file->bytes = g_byte_array_new();
  fill_crc_table(file->crc_table);
  add_double(event, EVENT_WALL_TIME, wall_time);
  add_bytes(event, EVENT_FILE_VERSION, version, strlen(version));
  add_record(file, event);
  return file;
}

void
event_file_free(EventFile *file)
{
  if (file != NULL) {
    g_byte_array_unref(file->bytes);
    g_free(file);
  }
}

void
event_file_add_scalar(EventFile *file, double wall_time, gint64 step, const char *tag,
                      double value)
{
  g_autoptr(GByteArray) event = g_byte_array_new();
  g_autoptr(GByteArray) summary = g_byte_array_new();
  g_autoptr(GByteArray) row = g_byte_array_new();

  add_bytes(row, VALUE_TAG, tag, strlen(tag));
  add_float(row, VALUE_SIMPLE, (float)value);
  add_message(summary, SUMMARY_VALUE, row);
  add_double(event, EVENT_WALL_TIME, wall_time);
  add_key(event, EVENT_STEP, WIRE_VARINT);
  add_varint(event, (guint64)step);
  add_message(event, EVENT_SUMMARY, summary);
  add_record(file, event);
}

const GByteArray *
event_file_bytes(const EventFile *file)
{
  return file->bytes;
}

bool
event_file_write(const EventFile *file, const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename(directory, TENSORBOARD_FILE, NULL);

  if (g_mkdir_with_parents(directory, 0777) != 0) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot make the folder %s: %s",
                directory, g_strerror(errno));
    return false;
  }
  return file_write(path, file->bytes->data, (gssize)file->bytes->len, error);
}
