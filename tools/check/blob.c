/* SPDX-License-Identifier: MIT */
/* Checks of what an optimizer serializes beside its slots. */
#include "blob.h"

#include "budget.h"
#include "check.h"
#include "fault.h"
#include "heap.h"
#include "imports.h"
#include "subjects.h"

#include <string.h>

enum { N_STEPS = 5, MOST_VERSIONS = 8 };

int32_t
blob_put(void *context, void *data, size_t size)
{
  g_byte_array_append(((Blob *)context)->bytes, data, (guint)size);
  return OPTREG_OK;
}

int32_t
blob_get(void *context, void *data, size_t size)
{
  Blob *blob = context;

  if (size > blob->bytes->len - blob->position) {
    return OPTREG_BAD_STATE;
  }
  memcpy(data, blob->bytes->data + blob->position, size);
  blob->position += size;
  return OPTREG_OK;
}

static GByteArray *
serialize(const Rig *rig, Finding *finding)
{
  Blob blob = { g_byte_array_new(), 0 };
  const optreg_stream out = { &blob, blob_put };
  const int32_t status = rig->plugin->class->serialize(rig->self, &out);

  if (status != OPTREG_OK) {
    finding_fail(finding, "serialize returns %d", status);
  }
  return blob.bytes;
}

/* the first `length` bytes, as a state of that version */
static int32_t
deserialize_as(Rig *rig, uint32_t version, GByteArray *bytes, size_t length)
{
  g_autoptr(GByteArray) part = g_byte_array_new();
  Blob blob = { part, 0 };
  const optreg_stream in = { &blob, blob_get };

  g_byte_array_append(part, bytes->data, (guint)length);
  const int32_t status = rig->plugin->class->deserialize(rig->self, version, &in);
  return status == OPTREG_OK && blob.position != length ? OPTREG_BAD_STATE : status;
}

static int32_t
deserialize(Rig *rig, GByteArray *bytes, size_t length)
{
  return deserialize_as(rig, rig->plugin->class->state_version, bytes, length);
}

static bool
is_same(const GByteArray *a, const GByteArray *b)
{
  return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* a second instance takes over and writes the same; what is cut off is refused */
static void
check_round_trip(Rig *other, GByteArray *bytes, Finding *finding)
{
  for (size_t length = 0; length < bytes->len; length += 1 + bytes->len / 16) {
    if (deserialize(other, bytes, length) == OPTREG_OK) {
      finding_fail(finding, "deserialize takes %zu of %u bytes", length, bytes->len);
    }
  }
  const int32_t status = deserialize(other, bytes, bytes->len);
  if (status != OPTREG_OK) {
    finding_fail(finding, "deserialize returns %d for what serialize wrote", status);
    return;
  }
  g_autoptr(GByteArray) again = serialize(other, finding);
  if (!is_same(again, bytes)) {
    finding_fail(finding, "serialize writes other bytes after deserialize");
  }
}

/* any bytes may come: surviving them is enough */
static void
feed_noise(Rig *rig, guint length)
{
  for (uint64_t seed = 0; seed < 32; seed++) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    for (uint64_t i = 0; i < length; i++) {
      const guint8 byte = (guint8)(noise(seed, i) * 256.0);
      g_byte_array_append(bytes, &byte, 1);
    }
    deserialize(rig, bytes, bytes->len);
  }
}

/* ---- lengths that are not what they were ---- */

/* Whatever in the blob may be a length, a count or an index gets other values, and
 * bytes enough follow that a plugin which trusts it is served: what it then writes
 * beside its memory hits a forbidden page. */

enum { MOST_BYTES = 4 << 20, MOST_PLACES = 64, CHUNK = 4096 };

/* the blob, then the same bytes again without end */
static int32_t
get_endless(void *context, void *data, size_t size)
{
  Blob *blob = context;
  const size_t length = blob->bytes->len;

  if (size > MOST_BYTES - blob->position) {
    return OPTREG_BAD_STATE;
  }
  for (size_t i = 0; i < size;) {
    const size_t at = (blob->position + i) % length;
    const size_t n = MIN(MIN(size - i, length - at), CHUNK);
    memcpy((char *)data + i, blob->bytes->data + at, n);
    i += n;
  }
  blob->position += size;
  return OPTREG_OK;
}

/* what it takes must serve to go on; a refusal is as good */
static void
try_bytes(const Plugin *plugin, const RigSpec *spec, GByteArray *bytes)
{
  Blob blob = { bytes, 0 };
  Blob sink = { g_byte_array_new(), 0 };
  const optreg_stream in = { &blob, get_endless }, out = { &sink, blob_put };
  int32_t status;
  Rig rig;

  if (rig_init(&rig, plugin, spec, &status)) {
    if (plugin->class->deserialize(rig.self, plugin->class->state_version, &in)
        == OPTREG_OK) {
      plugin->class->serialize(rig.self, &out);
      rig_step(&rig, NULL);
    }
    rig_clear(&rig);
  }
  g_byte_array_unref(sink.bytes);
}

/* other values of the `width` bytes of which `old` is the value; returns how many */
static size_t
list_integers(uint64_t old, size_t width, uint64_t *values)
{
  const uint64_t mask = width == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * width) - 1;
  const uint64_t all[] = { old + 1,  old - 1,    old + 7, 2 * old + 8,
                           old + 64, old + 4096, 0,       UINT64_MAX,
                           250,      65000,      1 << 20 };
  size_t n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
    if (all[i] == UINT64_MAX || (all[i] & mask) == all[i]) {
      values[n++] = all[i] & mask;
    }
  }
  return n;
}

/* the same bytes as a number of floating point */
static size_t
list_reals(uint64_t old, size_t width, uint64_t *values)
{
  static const double factors[] = { 1.0, 2.0, 0.0, 0.0, 0.0 };
  static const double terms[] = { 1.0, 8.0, 1000.0, 1e6, -1.0 };
  double wide;
  float narrow;

  for (size_t i = 0; width >= 4 && i < G_N_ELEMENTS(factors); i++) {
    values[i] = 0;
    if (width == 8) {
      memcpy(&wide, &old, sizeof wide);
      wide = factors[i] == 0.0 ? terms[i] : wide * factors[i] + terms[i];
      memcpy(&values[i], &wide, sizeof wide);
    } else {
      memcpy(&narrow, &old, sizeof narrow);
      narrow = (float)(factors[i] == 0.0 ? terms[i]
                                         : (double)narrow * factors[i] + terms[i]);
      memcpy(&values[i], &narrow, sizeof narrow);
    }
  }
  return width >= 4 ? G_N_ELEMENTS(factors) : 0;
}

static void
alter(const Plugin *plugin, const RigSpec *spec, const GByteArray *bytes, size_t place,
      size_t width)
{
  uint64_t old = 0, values[32];

  memcpy(&old, bytes->data + place, width);
  size_t n = list_integers(old, width, values);
  n += list_reals(old, width, values + n);
  for (size_t i = 0; i < n; i++) {
    g_autoptr(GByteArray) altered = g_byte_array_new();
    g_autofree char *words = g_strdup_printf(
        "deserialize with %zu byte%s of the blob altered from byte %zu on", width,
        width == 1 ? "" : "s", place);
    g_byte_array_append(altered, bytes->data, bytes->len);
    memcpy(altered->data + place, &values[i], width);
    fault_set_context(words);
    try_bytes(plugin, spec, altered);
  }
}

static void
check_lengths(const Plugin *plugin, const RigSpec *spec, const GByteArray *bytes,
              Finding *finding)
{
  static const size_t widths[] = { 8, 4, 2, 1 };
  const double reserve = budget_limit() * 0.5;
  const size_t step = 1 + bytes->len / MOST_PLACES;

  for (size_t place = 0; place < bytes->len; place += place < 16 ? 1 : step) {
    for (size_t i = 0; i < G_N_ELEMENTS(widths) && budget_left() > reserve; i++) {
      if (place + widths[i] <= bytes->len) {
        alter(plugin, spec, bytes, place, widths[i]);
      }
    }
  }
  fault_set_context("");
  if (budget_left() <= reserve) {
    finding_tell(finding, "some of the blob's bytes only; --limit gives time for more");
  }
}

static void
look_at_blocks(Finding *finding)
{
  const char *complaint = heap_complaint();

  if (complaint != NULL) {
    finding_fail(finding, "%s", complaint);
  }
}

static void
check_blob(const Plugin *plugin, Finding *finding)
{
  RigSpec spec;
  Rig rig, other;

  if (plugin->class->serialize == NULL) {
    finding_skip(finding, "has no blob");
    return;
  }
  imports_guard(plugin->library);
  if (!subjects_any(plugin, &spec) || !subjects_rig(&rig, plugin, &spec, finding)
      || !subjects_rig(&other, plugin, &spec, finding)) {
    return;
  }
  subjects_run(&rig, N_STEPS, NULL, finding);
  g_autoptr(GByteArray) bytes = serialize(&rig, finding);
  check_round_trip(&other, bytes, finding);
  feed_noise(&other, bytes->len);
  check_lengths(plugin, &spec, bytes, finding);
  look_at_blocks(finding);
  rig_clear(&rig);
  rig_clear(&other);
}

/* ---- older versions of the state ---- */

/* what an older version wrote is unknown here; what is known is not it */
static void
check_older(const Plugin *plugin, uint32_t version, Finding *finding)
{
  RigSpec spec;
  Rig rig, other;

  if (!subjects_any(plugin, &spec) || !subjects_rig(&rig, plugin, &spec, finding)
      || !subjects_rig(&other, plugin, &spec, finding)) {
    return;
  }
  subjects_run(&rig, N_STEPS, NULL, finding);
  g_autoptr(GByteArray) bytes = serialize(&rig, finding);
  for (size_t length = 0; length < bytes->len; length += 1 + bytes->len / 16) {
    deserialize_as(&other, version, bytes, length); /* surviving it is enough */
  }
  if (deserialize_as(&other, version, bytes, bytes->len) == OPTREG_OK) {
    g_autoptr(GByteArray) again = serialize(&other, finding);
    if (bytes->len > 0 && is_same(again, bytes)) {
      finding_fail(finding,
                   "deserialize takes bytes of version %u for those of version %u and "
                   "converts nothing",
                   plugin->class->state_version, version);
    }
  }
  rig_clear(&rig);
  rig_clear(&other);
}

static void
check_versions(const Plugin *plugin, Finding *finding)
{
  const uint32_t own = plugin->class->state_version;

  if (plugin->class->serialize == NULL || own == 0) {
    finding_skip(finding, own == 0 ? "is its first version"
                                   : "has no blob: the core "
                                     "refuses older states");
    return;
  }
  imports_guard(plugin->library);
  for (uint32_t version = 0; version < own && version < MOST_VERSIONS; version++) {
    check_older(plugin, version, finding);
  }
  look_at_blocks(finding);
}

static const Check checks[] = {
  { "state.blob", SEVERITY_ERROR,
    "deserialize restores what serialize wrote, and no less",
    "check every length and status; return OPTREG_BAD_STATE", check_blob },
  { "state.versions", SEVERITY_WARNING,
    "deserialize knows which version of the state it reads",
    "look at state_version: convert what that version wrote, or return "
    "OPTREG_UNSUPPORTED",
    check_versions },
};

const Family blob_family = { .name = "blob", CHECKS(checks), .needs_plugin = true };
