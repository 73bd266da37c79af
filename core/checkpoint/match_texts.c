/* SPDX-License-Identifier: MIT */
/* Identity, options and counters of a checkpoint against the optimizer's. */
#include "checkpoint/match.h"

#include "checkpoint/counters.h"
#include "checkpoint/description.h"
#include "checkpoint/keys.h"
#include "safetensors/metadata.h"
#include "checkpoint/report.h"

#include <string.h>

/* ---- whose state it is ---- */

static void
compare_identity(const OptregMatch *match, const char *key, const char *what,
                 const char *here, bool must_be_equal)
{
  const char *saved = optreg_tensor_file_metadata(match->file, key);

  if (g_strcmp0(saved, here) != 0) {
    optreg_report_add(match->report, OPTREG_DIFFERENCE_OPTIMIZER, must_be_equal, key,
                      "%s is '%s' in the checkpoint, '%s' here", what,
                      saved != NULL ? saved : "", here);
  }
}

/* the saved text of a key of one optimizer's */
static const char *
find_text(const OptregMatch *match, size_t i, const char *key)
{
  g_autofree char *mine = optreg_instances_key(&match->engine->instances, i, key);

  return optreg_tensor_file_metadata(match->file, mine);
}

static bool
read_state_version(const OptregMatch *match, size_t i, uint32_t *version)
{
  const char *text = find_text(match, i, OPTREG_KEY_STATE_VERSION);
  guint64 value = 0;

  if (text == NULL
      || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &value, NULL)) {
    return false;
  }
  *version = (uint32_t)value;
  return true;
}

static const optreg_optimizer_class *
class_of(const OptregMatch *match, size_t i)
{
  return &optreg_instance_descriptor(match->engine->instances.items[i])->class;
}

uint32_t
optreg_match_state_version(const OptregMatch *match, const OptregInstance *instance)
{
  uint32_t version = optreg_instance_descriptor(instance)->class.state_version;

  for (size_t i = 0; i < match->engine->instances.n; i++) {
    if (match->engine->instances.items[i] == instance) {
      read_state_version(match, i, &version);
    }
  }
  return version;
}

/* what an older version wrote is the plugin's to take or to refuse, with its blob */
static bool
is_convertible(const OptregMatch *match, size_t i)
{
  const optreg_optimizer_class *class = class_of(match, i);
  g_autofree char *owner =
      optreg_instances_key(&match->engine->instances, i, OPTREG_WHOLE);
  g_autofree char *blob = g_strconcat(owner, "/", OPTREG_ROLE_BLOB, NULL);
  uint32_t version;

  return class->deserialize != NULL && read_state_version(match, i, &version)
         && version < class->state_version
         && optreg_tensor_file_find(match->file, blob) != NULL;
}

/* of another optimizer whose state means the same */
static bool
is_kin(const OptregMatch *match)
{
  g_autofree char *here = optreg_kinship_of(match->engine->descriptor);

  return here != NULL
         && g_strcmp0(here,
                      optreg_tensor_file_metadata(match->file, OPTREG_KEY_KINSHIP))
                == 0;
}

/* behind the name in a sentence: whose version it is */
static void
match_versions(const OptregMatch *match, size_t i)
{
  const optreg_optimizer_class *class = class_of(match, i);
  g_autofree char *version = g_strdup_printf("%u", class->state_version);
  g_autofree char *of = i == 0 ? g_strdup("")
                               : g_strdup_printf(" of optimizer '%s'", class->name);
  g_autofree char *state_key =
      optreg_instances_key(&match->engine->instances, i, OPTREG_KEY_STATE_VERSION);
  g_autofree char *plugin_key =
      optreg_instances_key(&match->engine->instances, i, OPTREG_KEY_PLUGIN_VERSION);
  g_autofree char *state = i == 0 ? g_strdup("the version of its state")
                                  : g_strconcat("the version of the state", of, NULL);
  g_autofree char *plugin = g_strconcat("the version of the plugin", of, NULL);

  compare_identity(match, state_key, state, version, !is_convertible(match, i));
  compare_identity(match, plugin_key, plugin, class->version, false);
}

/* ---- optimizers that only groups name ---- */

static bool
is_here(const OptregMatch *match, const char *name)
{
  for (size_t i = 1; i < match->engine->instances.n; i++) {
    if (strcmp(class_of(match, i)->name, name) == 0) {
      return true;
    }
  }
  return false;
}

static void
match_others(const OptregMatch *match)
{
  const GArray *saved = match->file->metadata;

  for (size_t i = 1; i < match->engine->instances.n; i++) {
    const char *name = class_of(match, i)->name;
    if (find_text(match, i, OPTREG_KEY_OPTIMIZER) != NULL) {
      match_versions(match, i);
      continue;
    }
    g_autofree char *what = g_strdup_printf("optimizer '%s' of groups", name);
    optreg_report_missing(match->report, match->options, name, what, "begins anew");
  }
  for (guint i = 0; i < saved->len; i++) {
    const optreg_metadata *entry = &g_array_index(saved, optreg_metadata, i);
    if (g_str_has_prefix(entry->key, OPTREG_KEY_OPTIMIZER ":")
        && !is_here(match, entry->value)) {
      g_autofree char *what = g_strdup_printf("optimizer '%s' of groups", entry->value);
      optreg_report_unexpected(match->report, match->options, entry->value, what);
    }
  }
}

void
optreg_match_identity(const OptregMatch *match)
{
  compare_identity(match, OPTREG_KEY_OPTIMIZER, "the optimizer",
                   class_of(match, 0)->name, !is_kin(match));
  match_versions(match, 0);
  match_others(match);
}

/* ---- options ---- */

static bool
is_option(const optreg_metadata *entry)
{
  return g_str_has_prefix(entry->key, OPTREG_KEY_OPTION);
}

static void
compare_option(const OptregMatch *match, const optreg_metadata *here)
{
  const char *name = here->key + strlen(OPTREG_KEY_OPTION);
  const char *saved = optreg_tensor_file_metadata(match->file, here->key);

  if (g_strcmp0(saved, here->value) != 0) {
    optreg_report_add(match->report, OPTREG_DIFFERENCE_OPTION, false, name,
                      "%s is %s in the checkpoint; %s counts", name,
                      saved != NULL ? saved : "not there", here->value);
  }
}

void
optreg_match_options(const OptregMatch *match)
{
  g_autoptr(GArray) here = optreg_description_options(match->engine);
  const GArray *saved = match->file->metadata;

  for (guint i = 0; i < here->len; i++) {
    const optreg_metadata *entry = &g_array_index(here, optreg_metadata, i);
    if (is_option(entry)) {
      compare_option(match, entry);
    }
  }
  for (guint i = 0; i < saved->len; i++) {
    const optreg_metadata *entry = &g_array_index(saved, optreg_metadata, i);
    const char *name = entry->key + strlen(OPTREG_KEY_OPTION);
    if (is_option(entry) && optreg_metadata_find(here, entry->key) == NULL) {
      optreg_report_add(match->report, OPTREG_DIFFERENCE_OPTION, false, name,
                        "%s is %s in the checkpoint and not set here", name,
                        entry->value);
    }
  }
}

/* ---- counters ---- */

static void
report_lost_counter(const OptregMatch *match, const OptregCounter *counter)
{
  g_autofree char *what = g_strdup_printf("counter '%s'", counter->name);
  g_autofree char *first = optreg_counter_show(counter);
  g_autofree char *consequence = g_strconcat("begins at ", first, NULL);

  optreg_report_missing(match->report, match->options, counter->name, what,
                        consequence);
}

/* a number that this configuration has no use for is as good as unexpected */
static void
match_counter(const OptregMatch *match, OptregCounter *counter)
{
  g_autofree char *key = g_strconcat(OPTREG_KEY_COUNTER, counter->name, NULL);
  const char *saved = optreg_tensor_file_metadata(match->file, key);
  g_autofree char *problem = saved != NULL ? optreg_counter_read(counter, saved) : NULL;

  if (saved != NULL && problem == NULL) {
    return;
  }
  counter->value = counter->initial;
  if (saved == NULL && counter->is_rare) {
    return;
  }
  if (saved == NULL) {
    report_lost_counter(match, counter);
  } else {
    optreg_report_add(match->report, OPTREG_DIFFERENCE_UNEXPECTED,
                      match->options->unexpected == OPTREG_UNEXPECTED_ERROR,
                      counter->name, "%s", problem);
  }
}

static bool
is_counter_here(const GArray *counters, const char *name)
{
  for (guint i = 0; i < counters->len; i++) {
    if (strcmp(g_array_index(counters, OptregCounter, i).name, name) == 0) {
      return true;
    }
  }
  return false;
}

GArray *
optreg_match_counters(const OptregMatch *match)
{
  GArray *counters = optreg_counters_get(match->engine);
  const GArray *saved = match->file->metadata;

  for (guint i = 0; i < counters->len; i++) {
    match_counter(match, &g_array_index(counters, OptregCounter, i));
  }
  for (guint i = 0; i < saved->len; i++) {
    const char *key = g_array_index(saved, optreg_metadata, i).key;
    const char *name = key + strlen(OPTREG_KEY_COUNTER);
    if (g_str_has_prefix(key, OPTREG_KEY_COUNTER) && !is_counter_here(counters, name)) {
      g_autofree char *what = g_strdup_printf("counter '%s'", name);
      optreg_report_unexpected(match->report, match->options, name, what);
    }
  }
  return counters;
}
