/* SPDX-License-Identifier: MIT */
/* Renames. */
#include "checkpoint/match.h"

#include "checkpoint/keys.h"
#include "checkpoint/report.h"
#include "text_hash.h"

#include <string.h>

char *
optreg_naming_owner(const optreg_state_info *tensor)
{
  const char *slash = strrchr(tensor->name, '/');

  return g_strndup(tensor->name, slash != NULL ? (gsize)(slash - tensor->name) : 0);
}

/* the name in the model */
static const char *
rename_parameter(const OptregNaming *naming, const char *name)
{
  const char *to = g_hash_table_lookup(naming->renames, name);

  return to != NULL ? to : name;
}

/* what the file calls its parameters, and what some of them are called here */
static void
take_names(OptregNaming *naming, const OptregTensorFile *file,
           const optreg_load_options *options)
{
  for (guint i = 0; i < file->metadata->len; i++) {
    const char *key = g_array_index(file->metadata, optreg_metadata, i).key;
    if (g_str_has_prefix(key, OPTREG_KEY_PARAMETER)) {
      g_hash_table_add(naming->saved, (char *)key + strlen(OPTREG_KEY_PARAMETER));
    }
  }
  for (size_t i = 0; i < options->n_renames; i++) {
    const optreg_rename *rename = &options->renames[i];
    if (!g_hash_table_contains(naming->renames, rename->from)) {
      g_hash_table_insert(naming->renames, (char *)rename->from, (char *)rename->to);
    }
  }
}

static void
report_renames(const OptregNaming *naming, const optreg_load_options *options,
               GArray *report)
{
  for (size_t i = 0; i < options->n_renames; i++) {
    const optreg_rename *rename = &options->renames[i];
    const bool is_vain = !g_hash_table_contains(naming->saved, rename->from);
    optreg_report_add(report, OPTREG_DIFFERENCE_RENAME, is_vain, rename->to,
                      is_vain ? "parameter '%s' is not in the checkpoint and cannot be "
                                "renamed to '%s'"
                              : "parameter '%s' of the checkpoint is '%s' here",
                      rename->from, rename->to);
  }
}

static void
take_parameters(OptregNaming *naming, const OptregTensorFile *file, GArray *report)
{
  const size_t prefix = strlen(OPTREG_KEY_PARAMETER);

  for (guint i = 0; i < file->metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(file->metadata, optreg_metadata, i);
    if (!g_str_has_prefix(entry->key, OPTREG_KEY_PARAMETER)) {
      continue;
    }
    const char *name = rename_parameter(naming, entry->key + prefix);
    if (!g_hash_table_insert(naming->parameters, (char *)name, (char *)entry->value)) {
      optreg_report_add(report, OPTREG_DIFFERENCE_RENAME, true, name,
                        "two parameters of the checkpoint would be '%s'", name);
    }
  }
}

/* whose it is, where that is not the model's optimizer */
static void
take_trainers(OptregNaming *naming, const OptregTensorFile *file)
{
  for (guint i = 0; i < file->metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(file->metadata, optreg_metadata, i);
    if (g_str_has_prefix(entry->key, OPTREG_KEY_TRAINER)) {
      const char *name =
          rename_parameter(naming, entry->key + strlen(OPTREG_KEY_TRAINER));
      g_hash_table_insert(naming->trainers, (char *)name, (char *)entry->value);
    }
  }
}

/* in memory that lives as long as the table */
static char *
name_tensor(OptregNaming *naming, const optreg_state_info *tensor, const char *owner,
            const char *name)
{
  if (name == owner) {
    return (char *)tensor->name;
  }
  g_autofree char *renamed = g_strconcat(name, "/", tensor->role, NULL);
  return g_string_chunk_insert(naming->texts, renamed);
}

/* what the whole model has once is no parameter, unless one has that very name */
static void
take_tensors(OptregNaming *naming, const OptregTensorFile *file)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(file->tensors, optreg_state_info, i);
    g_autofree char *owner = optreg_naming_owner(tensor);
    const char *name = g_hash_table_contains(naming->saved, owner)
                           ? rename_parameter(naming, owner)
                           : owner;
    g_hash_table_insert(naming->tensors, name_tensor(naming, tensor, owner, name),
                        (void *)tensor);
  }
}

/* names that the file chose */
static GHashTable *
new_table(void)
{
  return g_hash_table_new(optreg_text_hash, g_str_equal);
}

OptregNaming *
optreg_naming_new(const OptregTensorFile *file, const optreg_load_options *options,
                  GArray *report)
{
  OptregNaming *naming = g_new0(OptregNaming, 1);

  naming->saved = new_table();
  naming->renames = new_table();
  naming->parameters = new_table();
  naming->tensors = new_table();
  naming->trainers = new_table();
  naming->texts = g_string_chunk_new(1024);
  take_names(naming, file, options);
  report_renames(naming, options, report);
  take_parameters(naming, file, report);
  take_trainers(naming, file);
  take_tensors(naming, file);
  return naming;
}

void
optreg_naming_free(OptregNaming *naming)
{
  if (naming != NULL) {
    g_hash_table_unref(naming->saved);
    g_hash_table_unref(naming->renames);
    g_hash_table_unref(naming->parameters);
    g_hash_table_unref(naming->tensors);
    g_hash_table_unref(naming->trainers);
    g_string_chunk_free(naming->texts);
    g_free(naming);
  }
}
