/* SPDX-License-Identifier: MIT */
/* Tensors of a checkpoint and of the optimizer, by name. */
#include "checkpoint/match.h"

#include "checkpoint/keys.h"
#include "checkpoint/report.h"

#include <math.h>
#include <string.h>

/* ---- parameters ---- */

/* what new state has to expect from an optimizer that corrects the start of its
 * averages, which only begin_step can: the count of updates is the model's */
static char *
consequence_of(const OptregMatch *match, const char *what)
{
  const char *step =
      optreg_tensor_file_metadata(match->file, OPTREG_KEY_COUNTER "step");

  if (match->engine->descriptor->class.begin_step == NULL || step == NULL
      || strcmp(step, "0") == 0) {
    return g_strdup(what);
  }
  return g_strdup_printf(
      "%s, at update %s of the model: a correction for the start of "
      "averages counts those, so that first updates may be too large",
      what, step);
}

static void
match_parameter(const OptregMatch *match, const OptregTensor *tensor, const char *saved)
{
  g_autofree char *here =
      optreg_inventory_show(optreg_inventory_dtype(tensor), tensor->dims, tensor->ndim);

  if (saved == NULL) {
    g_autofree char *what = g_strdup_printf("parameter '%s'", tensor->name);
    g_autofree char *consequence = consequence_of(match, "its state begins anew");
    optreg_report_missing(match->report, match->options, tensor->name, what,
                          consequence);
  } else if (strcmp(saved, here) != 0) {
    optreg_report_add(match->report, OPTREG_DIFFERENCE_SHAPE, true, tensor->name,
                      "parameter '%s' is %s in the checkpoint, %s here", tensor->name,
                      saved, here);
  }
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* without those of another table, in an order that does not depend on hashes */
static GPtrArray *
sorted_keys(GHashTable *table, GHashTable *without)
{
  GPtrArray *keys = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init(&iter, table);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    if (without == NULL || !g_hash_table_contains(without, key)) {
      g_ptr_array_add(keys, key);
    }
  }
  g_ptr_array_sort(keys, compare_names);
  return keys;
}

/* slots of the same name mean something else there */
static void
match_trainer(const OptregMatch *match, const OptregTensor *tensor,
              const OptregNaming *naming)
{
  const OptregInstance *instance =
      optreg_instances_of(&match->engine->instances, tensor);
  const char *here =
      tensor->optimizer > 0 ? optreg_instance_descriptor(instance)->class.name : NULL;
  const char *saved = g_hash_table_lookup(naming->trainers, tensor->name);

  if (g_hash_table_contains(naming->parameters, tensor->name)
      && g_strcmp0(here, saved) != 0) {
    optreg_report_add(
        match->report, OPTREG_DIFFERENCE_OPTIMIZER, true, tensor->name,
        "parameter '%s' was trained by %s in the checkpoint, here it is by "
        "%s",
        tensor->name, saved != NULL ? saved : "the model's optimizer",
        here != NULL ? here : "the model's optimizer");
  }
}

static void
match_parameters(const OptregMatch *match, const OptregNaming *naming)
{
  const OptregEngine *engine = match->engine;
  g_autoptr(GHashTable) here = g_hash_table_new(g_str_hash, g_str_equal);

  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[engine->tree.by_name[i]];
    g_hash_table_add(here, (char *)tensor->name);
    match_parameter(match, tensor,
                    g_hash_table_lookup(naming->parameters, tensor->name));
    match_trainer(match, tensor, naming);
  }
  g_autoptr(GPtrArray) left = sorted_keys(naming->parameters, here);
  for (guint i = 0; i < left->len; i++) {
    const char *name = g_ptr_array_index(left, i);
    g_autofree char *what = g_strdup_printf("parameter '%s'", name);
    optreg_report_unexpected(match->report, match->options, name, what);
  }
}

/* ---- tensors ---- */

static bool
is_accumulator(const OptregEntry *entry)
{
  return strcmp(entry->info.role, OPTREG_ROLE_ACCUMULATOR) == 0;
}

/* that its parameter is missing has been said */
static void
report_missing(const OptregMatch *match, const OptregNaming *naming,
               const OptregEntry *entry)
{
  const bool is_said =
      entry->tensor != NULL
      && !g_hash_table_contains(naming->parameters, entry->tensor->name);
  const bool is_value = entry->tensor != NULL && entry->state == NULL;

  if (!is_said && !is_accumulator(entry)) {
    g_autofree char *what = g_strdup_printf("'%s'", entry->info.name);
    const bool is_slot = entry->state != NULL && entry->state->row != NULL;
    g_autofree char *consequence =
        is_slot ? consequence_of(match, "begins anew")
                : g_strdup(is_value ? "left as it is" : "begins anew");
    optreg_report_missing(match->report, match->options, entry->info.name, what,
                          consequence);
  }
}

static bool
is_same_shape(const optreg_state_info *a, const optreg_state_info *b)
{
  return a->ndim == b->ndim
         && (a->ndim == 0
             || memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0);
}

/* a blob is as long as the plugin likes */
static bool
fits(const OptregEntry *entry, const optreg_state_info *saved)
{
  const bool is_blob = entry->state == NULL && entry->tensor == NULL;

  return strcmp(entry->info.dtype, saved->dtype) == 0
         && (is_blob ? saved->ndim == 1 : is_same_shape(&entry->info, saved));
}

static bool
is_nonfinite(double value)
{
  return !isfinite(value);
}

static bool
is_negative(double value)
{
  return value < 0.0;
}

/* the first element that is so; no alignment is needed */
#define FIND(name, real)                                                            \
  static bool name(const optreg_state_info *saved, bool (*is)(double), uint64_t *i) \
  {                                                                                 \
    for (*i = 0; *i < saved->bytes / sizeof(real); ++*i) {                          \
      real value;                                                                   \
      memcpy(&value, (const char *)saved->data + *i * sizeof value, sizeof value);  \
      if (is((double)value)) {                                                      \
        return true;                                                                \
      }                                                                             \
    }                                                                               \
    return false;                                                                   \
  }

FIND(find_f32, float)
FIND(find_f64, double)

static bool
find(const optreg_state_info *saved, bool (*is)(double), uint64_t *i)
{
  return strcmp(saved->dtype, "F64") == 0 ? find_f64(saved, is, i)
                                          : find_f32(saved, is, i);
}

/* what the guard would never have let into the state. Where it is off, what was
 * propagated on purpose goes on; values of parameters are the application's. */
static void
check_finite(const OptregMatch *match, const OptregEntry *entry,
             const optreg_state_info *saved)
{
  const bool is_refused =
      entry->state != NULL
      && optreg_guard_is_on(match->engine->chain->wrappers[OPTREG_LINK_GUARD]);
  uint64_t i;

  if (find(saved, is_nonfinite, &i)) {
    optreg_report_add(
        match->report, OPTREG_DIFFERENCE_VALUE, is_refused, entry->info.name,
        "'%s' is not finite at element %" G_GUINT64_FORMAT "%s", entry->info.name, i,
        is_refused ? ", which only nonfinite: propagate takes" : "");
  }
}

/* its root would be a nan */
static void
check_sign(const OptregMatch *match, const OptregEntry *entry,
           const optreg_state_info *saved)
{
  uint64_t i;

  if (entry->state != NULL && entry->state->row != NULL
      && (entry->state->row->flags & OPTREG_NON_NEGATIVE) != 0
      && find(saved, is_negative, &i)) {
    optreg_report_add(match->report, OPTREG_DIFFERENCE_VALUE, true, entry->info.name,
                      "'%s' is negative at element %" G_GUINT64_FORMAT
                      ", which it never is in training",
                      entry->info.name, i);
  }
}

static void
check_values(const OptregMatch *match, const OptregEntry *entry,
             const optreg_state_info *saved)
{
  if (strcmp(saved->dtype, "U8") != 0) {
    check_finite(match, entry, saved);
    check_sign(match, entry, saved);
  }
}

static void
match_entry(const OptregMatch *match, const OptregEntry *entry,
            const optreg_state_info *saved)
{
  if (fits(entry, saved)) {
    check_values(match, entry, saved);
    return;
  }
  g_autofree char *here =
      optreg_inventory_show(entry->info.dtype, entry->info.shape, entry->info.ndim);
  g_autofree char *there =
      optreg_inventory_show(saved->dtype, saved->shape, saved->ndim);
  optreg_report_add(match->report, OPTREG_DIFFERENCE_SHAPE, true, entry->info.name,
                    "'%s' is %s in the checkpoint, %s here", entry->info.name, there,
                    here);
}

/* parameters that are joined into a group must bring the same value along */
static void
match_groups(const OptregMatch *match, const OptregInventory *inventory,
             const GPtrArray *sources)
{
  g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);

  for (guint i = 0; i < sources->len; i++) {
    const OptregEntry *entry = &g_array_index(inventory->entries, OptregEntry, i);
    const optreg_state_info *saved = g_ptr_array_index(sources, i);
    if (saved == NULL || entry->state == NULL
        || entry->state->scope != OPTREG_PER_GROUPS || !fits(entry, saved)) {
      continue;
    }
    const optreg_state_info *other = g_hash_table_lookup(first, *entry->state->data);
    if (other == NULL) {
      g_hash_table_insert(first, *entry->state->data, (void *)saved);
    } else if (memcmp(other->data, saved->data, sizeof(double)) != 0) {
      optreg_report_add(match->report, OPTREG_DIFFERENCE_GROUP, true, entry->info.name,
                        "'%s' and '%s' share one value in their group here, but differ "
                        "in the checkpoint: keep them in groups of their own",
                        other->name, saved->name);
    }
  }
}

/* values that nobody asked for are left where they are, which is worth a sentence */
static void
report_values(const OptregMatch *match, size_t n)
{
  if (n > 0 && !match->options->with_parameters) {
    optreg_report_add(
        match->report, OPTREG_DIFFERENCE_UNEXPECTED, false, OPTREG_ROLE_PARAM,
        "the checkpoint has the values of %" G_GSIZE_FORMAT
        " parameter%s too: left out, load it with_parameters to write them",
        n, n == 1 ? "" : "s");
  }
}

static void
report_unexpected(const OptregMatch *match, const OptregNaming *naming)
{
  g_autoptr(GPtrArray) left = sorted_keys(naming->tensors, NULL);
  g_autoptr(GHashTable)
      here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  size_t n_values = 0;

  for (size_t i = 0; i < match->engine->instances.n; i++) {
    g_hash_table_add(here,
                     optreg_instances_key(&match->engine->instances, i, OPTREG_WHOLE));
  }
  for (size_t i = 0; i < match->engine->n_tensors; i++) {
    g_hash_table_add(here, g_strdup(match->engine->tensors[i].name));
  }
  for (guint i = 0; i < left->len; i++) {
    const char *name = g_ptr_array_index(left, i);
    const char *slash = strrchr(name, '/');
    const char *role = slash != NULL ? slash + 1 : "";
    g_autofree char *owner = g_strndup(name, slash != NULL ? (gsize)(slash - name) : 0);
    const bool is_said = !g_hash_table_contains(here, owner)
                         && g_hash_table_contains(naming->parameters, owner);
    const bool is_value = strcmp(role, OPTREG_ROLE_PARAM) == 0;
    n_values += is_value;
    if (!is_said && !is_value) {
      g_autofree char *what = g_strdup_printf("'%s'", name);
      optreg_report_unexpected(match->report, match->options, name, what);
    }
  }
  report_values(match, n_values);
}

GPtrArray *
optreg_match_tensors(const OptregMatch *match, const OptregInventory *inventory)
{
  g_autoptr(OptregNaming)
      naming = optreg_naming_new(match->file, match->options, match->report);
  GPtrArray *sources = g_ptr_array_new();

  match_parameters(match, naming);
  for (guint i = 0; i < inventory->entries->len; i++) {
    const OptregEntry *entry = &g_array_index(inventory->entries, OptregEntry, i);
    const optreg_state_info *saved =
        g_hash_table_lookup(naming->tensors, entry->info.name);
    g_ptr_array_add(sources, (void *)saved);
    if (saved == NULL) {
      report_missing(match, naming, entry);
    } else {
      match_entry(match, entry, saved);
      g_hash_table_remove(naming->tensors, entry->info.name);
    }
  }
  match_groups(match, inventory, sources);
  report_unexpected(match, naming);
  return sources;
}
