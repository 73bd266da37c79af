/* SPDX-License-Identifier: MIT */
/* Loading as a transaction: all that can fail comes before the first write. */
#include "checkpoint/load.h"

#include "checkpoint/counters.h"
#include "checkpoint/keys.h"
#include "checkpoint/match.h"
#include "checkpoint/memory.h"
#include "checkpoint/report.h"
#include "error.h"

#include <math.h>
#include <string.h>

bool
optreg_load_check_format(const OptregTensorFile *file, GError **error)
{
  const char *format = optreg_tensor_file_metadata(file, OPTREG_KEY_FORMAT);
  const char *version = optreg_tensor_file_metadata(file, OPTREG_KEY_FORMAT_VERSION);

  if (g_strcmp0(format, OPTREG_FORMAT) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "a safetensors file, but not a checkpoint of optreg");
    return false;
  }
  if (g_strcmp0(version, OPTREG_FORMAT_VERSION) != 0) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_MISMATCH,
        "the format of the checkpoint has version '%s', this library reads '%s'",
        version != NULL ? version : "", OPTREG_FORMAT_VERSION);
    return false;
  }
  return true;
}

/* what is known to fit, before anything is written */
typedef struct Staged {
  OptregInventory *inventory;
  GPtrArray *sources; /* by entry */
  GArray *counters;
  GPtrArray *selves; /* by entry: a plugin's instance with the saved blob, or NULL */
} Staged;

static void
staged_clear(Staged *staged)
{
  g_clear_pointer(&staged->sources, g_ptr_array_unref);
  g_clear_pointer(&staged->selves, g_ptr_array_unref);
  g_clear_pointer(&staged->counters, g_array_unref);
  optreg_inventory_free(staged->inventory);
}

static bool
stage_blob(Staged *staged, const OptregEntry *entry, guint i, const OptregMatch *match,
           GError **error)
{
  const optreg_state_info *source = g_ptr_array_index(staged->sources, i);
  const optreg_optimizer_class *class =
      &optreg_instance_descriptor(entry->instance)->class;
  const OptregBlob blob = { source != NULL ? source->data : NULL,
                            source != NULL ? source->bytes : 0,
                            optreg_match_state_version(match, entry->instance) };

  if (optreg_instance_stage(entry->instance, &blob, &staged->selves->pdata[i], error)) {
    return true;
  }
  if (blob.state_version != class->state_version) {
    g_prefix_error(error, "the version of its state is %u in the checkpoint, %u here: ",
                   blob.state_version, class->state_version);
  }
  return false;
}

/* those that were made before one fails are released again */
static void
release_blobs(const Staged *staged)
{
  for (guint i = 0; i < staged->selves->len; i++) {
    const OptregEntry *entry =
        &g_array_index(staged->inventory->entries, OptregEntry, i);
    if (entry->instance != NULL) {
      optreg_instance_discard(entry->instance, g_ptr_array_index(staged->selves, i));
    }
  }
}

static bool
stage_blobs(Staged *staged, const OptregMatch *match, GError **error)
{
  staged->selves = g_ptr_array_new();
  g_ptr_array_set_size(staged->selves, (gint)staged->inventory->entries->len);
  for (guint i = 0; i < staged->selves->len; i++) {
    const OptregEntry *entry =
        &g_array_index(staged->inventory->entries, OptregEntry, i);
    if (entry->instance != NULL && !stage_blob(staged, entry, i, match, error)) {
      release_blobs(staged);
      return false;
    }
  }
  return true;
}

static bool
stage(Staged *staged, OptregEngine *engine, const OptregMatch *match, GError **error)
{
  staged->inventory = optreg_inventory_new(engine, match->options->with_parameters);
  optreg_match_identity(match);
  staged->sources = optreg_match_tensors(match, staged->inventory);
  staged->counters = optreg_match_counters(match);
  optreg_match_options(match);
  return optreg_report_check(match->report, error) && stage_blobs(staged, match, error);
}

/* ---- nothing below can fail ---- */

static bool
is_value(const OptregEntry *entry)
{
  return entry->state == NULL && entry->tensor != NULL;
}

static void
copy(const OptregEntry *entry, const optreg_state_info *source)
{
  if (source->bytes > 0) {
    memcpy((void *)entry->info.data, source->data, (size_t)source->bytes);
  }
}

static void
reset(OptregEngine *engine, const OptregEntry *entry)
{
  const OptregStateTensor *state = entry->state;
  const OptregTensor *tensor = &engine->tensors[state->tensor];

  if (state->size == 0) {
    return;
  }
  memset(*state->data, 0, (size_t)state->size);
  if (state->row != NULL) {
    optreg_instance_reset_slot(optreg_instances_of(&engine->instances, tensor), tensor,
                               state->row);
  } else if (state->init == OPTREG_INIT_PARAMETER) {
    tensor->codec->load(tensor->data, *state->data, tensor->n);
  }
}

/* values of parameters first, of which new state may begin as a copy; members of a
 * group share memory, so what has a source comes last */
static void
write_tensors(OptregEngine *engine, const Staged *staged)
{
  const OptregEntry *entries =
      (const OptregEntry *)(const void *)staged->inventory->entries->data;
  void **sources = staged->sources->pdata;
  const guint n = staged->sources->len;

  for (guint i = 0; i < n; i++) {
    if (is_value(&entries[i]) && sources[i] != NULL) {
      copy(&entries[i], sources[i]);
    }
  }
  for (guint i = 0; i < n; i++) {
    if (entries[i].state != NULL && sources[i] == NULL) {
      reset(engine, &entries[i]);
    }
  }
  for (guint i = 0; i < n; i++) {
    if (entries[i].state != NULL && sources[i] != NULL) {
      copy(&entries[i], sources[i]);
    }
  }
}

/* there is a sum where there is an accumulator, in a window that has begun */
static void
mark_sums(OptregEngine *engine, const Staged *staged)
{
  OptregWrapper *accumulate = engine->chain->wrappers[OPTREG_LINK_ACCUMULATE];
  const bool has_begun = optreg_accumulate_position(accumulate) > 0;

  for (guint i = 0; i < staged->sources->len; i++) {
    const OptregEntry *entry =
        &g_array_index(staged->inventory->entries, OptregEntry, i);
    if (entry->state != NULL
        && strcmp(entry->info.role, OPTREG_ROLE_ACCUMULATOR) == 0) {
      optreg_accumulate_set_sum(accumulate, entry->state->tensor,
                                has_begun && g_ptr_array_index(staged->sources, i));
    }
  }
}

/* an average that has not begun takes its first value from the first update */
static bool
is_copy_here(const OptregEngine *engine, const OptregStateTensor *state)
{
  return optreg_engine_is_deployed(engine)
         || (state->row != NULL && engine->report.step == 0);
}

/* what has begun anew as a copy, and all copies where no update has been applied since
 * build or finalize */
static void
note_fresh(OptregEngine *engine, const Staged *staged)
{
  optreg_fresh_forget(&engine->fresh);
  for (guint i = 0; i < staged->sources->len; i++) {
    const OptregStateTensor *state =
        g_array_index(staged->inventory->entries, OptregEntry, i).state;
    const bool is_new = g_ptr_array_index(staged->sources, i) == NULL;
    if (state != NULL && (is_new || is_copy_here(engine, state))) {
      optreg_fresh_note(&engine->fresh, engine->chain, state);
    }
  }
}

/* a window that cannot go on here is lost, and its gradients have not been taken */
static void
forget_lost_gradients(OptregEngine *engine, const OptregTensorFile *file)
{
  const char *text =
      optreg_tensor_file_metadata(file, OPTREG_KEY_COUNTER "accumulated");
  const uint64_t saved = text != NULL ? g_ascii_strtoull(text, NULL, 10) : 0;
  const uint64_t kept =
      optreg_accumulate_position(engine->chain->wrappers[OPTREG_LINK_ACCUMULATE]);
  uint64_t *taken = &engine->report.micro_step;

  if (saved > kept) {
    *taken -= MIN(saved - kept, *taken);
  }
}

static void
adopt_blobs(const Staged *staged)
{
  for (guint i = 0; i < staged->selves->len; i++) {
    const OptregEntry *entry =
        &g_array_index(staged->inventory->entries, OptregEntry, i);
    if (entry->instance != NULL) {
      optreg_instance_adopt(entry->instance, g_ptr_array_index(staged->selves, i));
    }
  }
}

static void
commit(OptregEngine *engine, const Staged *staged, const OptregTensorFile *file)
{
  write_tensors(engine, staged);
  optreg_counters_set(engine, staged->counters);
  forget_lost_gradients(engine, file);
  note_fresh(engine, staged);
  optreg_engine_renew_views(engine);
  engine->headroom.is_known = false;
  engine->headroom.sum = INFINITY;
  mark_sums(engine, staged);
  adopt_blobs(staged);
  engine->is_broken = false;
}

bool
optreg_load(OptregEngine *engine, const OptregTensorFile *file,
            const optreg_load_options *options, GArray *report, GError **error)
{
  const OptregMatch match = { engine, file, options, report };
  Staged staged = { 0 };
  const bool is_staged =
      optreg_memory_prove(optreg_memory_of_match(engine, file, options),
                          "the comparison of checkpoint and optimizer", error)
      && stage(&staged, engine, &match, error);

  if (is_staged) {
    commit(engine, &staged, file);
  }
  staged_clear(&staged);
  return is_staged;
}
