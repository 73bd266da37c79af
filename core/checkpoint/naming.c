/* SPDX-License-Identifier: MIT */
/* Renames. */
#include "checkpoint/naming.h"

#include "checkpoint/keys.h"
#include "checkpoint/report.h"
#include "text_hash.h"

#include <string.h>

char *
optreg_naming_owner(const optreg_state_info *tensor)
{
  const ptrdiff_t length = tensor->role - tensor->name;

  return g_strndup(tensor->name, length > 0 ? (gsize)length - 1 : 0);
}

static const char *
parameter_text(const OptregTensorFile *file, const char *name)
{
  g_autofree char *key = g_strconcat(OPTREG_KEY_PARAMETER, name, NULL);

  return optreg_tensor_file_metadata(file, key);
}

/* the name in the model */
static const char *
rename_parameter(const optreg_load_options *options, const char *name)
{
  for (size_t i = 0; i < options->n_renames; i++) {
    if (strcmp(options->renames[i].from, name) == 0) {
      return options->renames[i].to;
    }
  }
  return name;
}

static void
report_renames(const OptregTensorFile *file, const optreg_load_options *options,
               GArray *report)
{
  for (size_t i = 0; i < options->n_renames; i++) {
    const optreg_rename *rename = &options->renames[i];
    const bool is_vain = parameter_text(file, rename->from) == NULL;
    optreg_report_add(report, OPTREG_DIFFERENCE_RENAME, is_vain, rename->to,
                      is_vain ? "parameter '%s' is not in the checkpoint and cannot be "
                                "renamed to '%s'"
                              : "parameter '%s' of the checkpoint is '%s' here",
                      rename->from, rename->to);
  }
}

static void
take_parameters(OptregNaming *naming, const OptregTensorFile *file,
                const optreg_load_options *options, GArray *report)
{
  const size_t prefix = strlen(OPTREG_KEY_PARAMETER);

  for (guint i = 0; i < file->metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(file->metadata, optreg_metadata, i);
    if (!g_str_has_prefix(entry->key, OPTREG_KEY_PARAMETER)) {
      continue;
    }
    const char *name = rename_parameter(options, entry->key + prefix);
    if (!g_hash_table_insert(naming->parameters, g_strdup(name),
                             (char *)entry->value)) {
      optreg_report_add(report, OPTREG_DIFFERENCE_RENAME, true, name,
                        "two parameters of the checkpoint would be '%s'", name);
    }
  }
}

/* whose it is, where that is not the model's optimizer */
static void
take_trainers(OptregNaming *naming, const OptregTensorFile *file,
              const optreg_load_options *options)
{
  for (guint i = 0; i < file->metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(file->metadata, optreg_metadata, i);
    if (g_str_has_prefix(entry->key, OPTREG_KEY_TRAINER)) {
      const char *name =
          rename_parameter(options, entry->key + strlen(OPTREG_KEY_TRAINER));
      g_hash_table_insert(naming->trainers, g_strdup(name), (char *)entry->value);
    }
  }
}

/* what the whole model has once is no parameter, unless one has that very name */
static void
take_tensors(OptregNaming *naming, const OptregTensorFile *file,
             const optreg_load_options *options)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(file->tensors, optreg_state_info, i);
    g_autofree char *owner = optreg_naming_owner(tensor);
    const char *name =
        parameter_text(file, owner) != NULL ? rename_parameter(options, owner) : owner;
    g_hash_table_insert(naming->tensors, g_strconcat(name, "/", tensor->role, NULL),
                        (void *)tensor);
  }
}

/* names that the file chose; keys are owned */
static GHashTable *
new_table(void)
{
  return g_hash_table_new_full(optreg_text_hash, g_str_equal, g_free, NULL);
}

OptregNaming *
optreg_naming_new(const OptregTensorFile *file, const optreg_load_options *options,
                  GArray *report)
{
  OptregNaming *naming = g_new0(OptregNaming, 1);

  naming->parameters = new_table();
  naming->tensors = new_table();
  naming->trainers = new_table();
  report_renames(file, options, report);
  take_parameters(naming, file, options, report);
  take_trainers(naming, file, options);
  take_tensors(naming, file, options);
  return naming;
}

void
optreg_naming_free(OptregNaming *naming)
{
  if (naming != NULL) {
    g_hash_table_unref(naming->parameters);
    g_hash_table_unref(naming->tensors);
    g_hash_table_unref(naming->trainers);
    g_free(naming);
  }
}
