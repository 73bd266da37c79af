/* SPDX-License-Identifier: MIT */
/* Checks of what an optimizer serializes beside its slots. */
#include "check.h"
#include "subjects.h"

#include <string.h>

enum { N_STEPS = 5, MOST_VERSIONS = 8 };

typedef struct Blob {
  GByteArray *bytes;
  size_t position;
} Blob;

static int32_t
put(void *context, void *data, size_t size)
{
  g_byte_array_append(((Blob *)context)->bytes, data, (guint)size);
  return OPTREG_OK;
}

static int32_t
get(void *context, void *data, size_t size)
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
  const optreg_stream out = { &blob, put };
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
  const optreg_stream in = { &blob, get };

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

static void
check_blob(const Plugin *plugin, Finding *finding)
{
  RigSpec spec;
  Rig rig, other;

  if (plugin->class->serialize == NULL) {
    finding_skip(finding, "has no blob");
    return;
  }
  if (!subjects_any(plugin, &spec) || !subjects_rig(&rig, plugin, &spec, finding)
      || !subjects_rig(&other, plugin, &spec, finding)) {
    return;
  }
  subjects_run(&rig, N_STEPS, NULL, finding);
  g_autoptr(GByteArray) bytes = serialize(&rig, finding);
  check_round_trip(&other, bytes, finding);
  feed_noise(&other, bytes->len);
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
  for (uint32_t version = 0; version < own && version < MOST_VERSIONS; version++) {
    check_older(plugin, version, finding);
  }
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
