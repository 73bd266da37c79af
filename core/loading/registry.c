/* SPDX-License-Identifier: MIT */
/* Name -> descriptor: the directories, the plugins opened so far. */
#include "registry.h"

#include "cpu.h"
#include "error.h"
#include "gate.h"
#include "info.h"
#include "module.h"
#include "names.h"
#include "search_path.h"
#include "summary.h"
#include "running/fp_mode.h"
#include "uncancelled.h"

#include <stdlib.h>
#include <string.h>

/* one optimizer that has been opened */
typedef struct Entry {
  OptregDescriptor *descriptor;
  OptregInfo *info;
} Entry;

struct optreg_registry {
  gatomicrefcount references;
  OptregSearchPath *path;
  GMutex lock;         /* of what follows */
  GHashTable *entries; /* by the descriptor's name; only added to */
};

static void
entry_free(void *data)
{
  Entry *entry = data;

  optreg_info_free(entry->info);
  optreg_descriptor_free(entry->descriptor);
  g_free(entry);
}

static Entry *
add_entry(OptregRegistry *self, OptregDescriptor *descriptor)
{
  Entry *entry = g_new0(Entry, 1);

  descriptor->hides =
      optreg_search_path_hidden(self->path, descriptor->class.name, descriptor->path);
  entry->descriptor = descriptor;
  entry->info = optreg_info_new(descriptor);
  g_hash_table_insert(self->entries, (char *)descriptor->class.name, entry);
  return entry;
}

static OptregRegistry *
registry_new(const char *const *directories, GError **error)
{
  g_autoptr(OptregSearchPath) path = optreg_search_path_new(directories, error);

  if (path == NULL || !optreg_cpu_check_environment(error)) {
    return NULL;
  }
  OptregRegistry *self = g_new0(OptregRegistry, 1);
  g_atomic_ref_count_init(&self->references);
  g_mutex_init(&self->lock);
  self->path = g_steal_pointer(&path);
  self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
  return self;
}

optreg_registry *
optreg_registry_new(const char *const *directories, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  GError *own = NULL;

  if (!optreg_gate_chain(error)) {
    return NULL;
  }
  OptregRegistry *self = registry_new(directories, &own);
  optreg_error_export(own, error);
  return self;
}

OptregRegistry *
optreg_registry_ref(OptregRegistry *self)
{
  g_atomic_ref_count_inc(&self->references);
  return self;
}

void
optreg_registry_unref(OptregRegistry *self)
{
  if (self != NULL && g_atomic_ref_count_dec(&self->references)) {
    g_hash_table_unref(self->entries);
    optreg_search_path_free(self->path);
    g_mutex_clear(&self->lock);
    g_free(self);
  }
}

void
optreg_registry_free(optreg_registry *self)
{
  OPTREG_UNCANCELLED;
  optreg_registry_unref(self);
}

/* the lock is held. A file that was opened and is gone by now does not count */
static GHashTable *
collect_names(const OptregRegistry *self)
{
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iterator;
  void *value;

  g_hash_table_iter_init(&iterator, self->entries);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    const OptregDescriptor *descriptor = ((const Entry *)value)->descriptor;
    if (descriptor->path == NULL) {
      g_hash_table_add(names, g_strdup(descriptor->class.name));
    }
  }
  optreg_search_path_add_names(self->path, names);
  return names;
}

static int
compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* the lock is held */
static char **
list_names(const OptregRegistry *self)
{
  g_autoptr(GHashTable) set = collect_names(self);
  unsigned n = 0;
  g_autofree char **names = (char **)g_hash_table_get_keys_as_array(set, &n);

  qsort(names, n, sizeof(names[0]), compare_names);
  return g_strdupv(names);
}

/* the remedy for a name that is not there. The lock is held */
static char *
suggest_name(const OptregRegistry *self, const char *name)
{
  g_auto(GStrv) names = list_names(self);
  const char *nearest = optreg_name_nearest(name, (const char *const *)names);

  if (nearest != NULL) {
    return g_strdup_printf("did you mean '%s'?", nearest);
  }
  if (names[0] == NULL) {
    return g_strdup("there are no plugins at all, set OPTREG_PLUGIN_PATH;");
  }
  g_autofree char *known = g_strjoinv(", ", names);
  return g_strdup_printf("there are %s;", known);
}

static bool
check_name(const OptregRegistry *self, const char *name, GError **error)
{
  if (optreg_name_is_valid(name)) {
    return true;
  }
  g_autofree char *start = g_strndup(name, 63);
  g_autofree char *printable = g_strescape(start, NULL);
  g_autofree char *suggestion = suggest_name(self, start);
  g_set_error(
      error, OPTREG_ERROR, OPTREG_ERROR_NOT_FOUND,
      "'%s' cannot be the name of an optimizer: %s names are a lower-case letter "
      "and up to 62 of a-z, 0-9 and _",
      printable, suggestion);
  return false;
}

/* the plugin's file, which must exist. The lock is held */
static char *
find_file(OptregRegistry *self, const char *name, GError **error)
{
  g_autoptr(GString) reasons = g_string_new(NULL);
  char *path = NULL;

  if (!check_name(self, name, error)
      || !optreg_search_path_find(self->path, name, &path, reasons, error)) {
    return NULL;
  }
  if (path == NULL) {
    g_autofree char *suggestion = suggest_name(self, name);
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NOT_FOUND,
                "unknown optimizer '%s': %s searched %s", name, suggestion,
                reasons->str);
  }
  return path;
}

/* the lock is held */
static Entry *
open_entry(OptregRegistry *self, const char *name, GError **error)
{
  g_autofree char *path = find_file(self, name, error);
  OptregDescriptor *descriptor = path == NULL ? NULL
                                              : optreg_module_open(path, name, error);

  return descriptor == NULL ? NULL : add_entry(self, descriptor);
}

/* failures are not remembered: their cause may be mended before the next attempt */
static const Entry *
find_entry(OptregRegistry *self, const char *name, GError **error)
{
  g_mutex_lock(&self->lock);
  const Entry *entry = g_hash_table_lookup(self->entries, name);
  if (entry == NULL) {
    entry = open_entry(self, name, error);
  }
  g_mutex_unlock(&self->lock);
  return entry;
}

const OptregDescriptor *
optreg_registry_find(OptregRegistry *self, const char *name, GError **error)
{
  const Entry *entry = find_entry(self, name, error);

  return entry == NULL ? NULL : entry->descriptor;
}

/* the lock is held */
static bool
check_free(const OptregRegistry *self, const GPtrArray *descriptors, GError **error)
{
  for (size_t i = 0; i < descriptors->len; i++) {
    const char *name = ((const OptregDescriptor *)descriptors->pdata[i])->class.name;
    bool is_taken = g_hash_table_contains(self->entries, name);
    for (size_t j = 0; j < i; j++) {
      const OptregDescriptor *earlier = descriptors->pdata[j];
      is_taken |= strcmp(name, earlier->class.name) == 0;
    }
    if (is_taken) {
      g_set_error(
          error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
          "plugin linked statically: there is an optimizer '%s' already: add each "
          "plugin once, before its names are asked for",
          name);
      return false;
    }
  }
  return true;
}

/* all or none */
static bool
add_descriptors(OptregRegistry *self, GPtrArray *descriptors, GError **error)
{
  g_mutex_lock(&self->lock);
  const bool are_free = check_free(self, descriptors, error);
  while (are_free && descriptors->len > 0) {
    add_entry(self, g_ptr_array_steal_index(descriptors, 0));
  }
  g_mutex_unlock(&self->lock);
  return are_free;
}

bool
optreg_registry_add_plugin(optreg_registry *self, const struct optreg_plugin *plugin,
                           optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *own = NULL;

  if (!optreg_gate_object(self, "the registry", error)
      || !optreg_gate_argument(plugin, "plugin", error)) {
    return false;
  }
  g_autoptr(GPtrArray) descriptors = optreg_module_describe(plugin, &own);
  const bool is_added = descriptors != NULL && add_descriptors(self, descriptors, &own);

  return is_added || optreg_error_export(own, error);
}

char **
optreg_registry_names(optreg_registry *self)
{
  OPTREG_UNCANCELLED;
  if (self == NULL) {
    return g_new0(char *, 1);
  }
  g_mutex_lock(&self->lock);
  char **names = list_names(self);
  g_mutex_unlock(&self->lock);
  return names;
}

void
optreg_names_free(char **names)
{
  g_strfreev(names);
}

const char *const *
optreg_registry_directories(const optreg_registry *self)
{
  static const char *const none[] = { NULL };

  return self != NULL ? optreg_search_path_directories(self->path) : none;
}

static bool
can_find(const OptregRegistry *self, const char *name, optreg_error **error)
{
  return optreg_gate_object(self, "the registry", error)
         && optreg_gate_argument(name, "name", error);
}

const optreg_optimizer_info *
optreg_registry_info(optreg_registry *self, const char *name, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *own = NULL;

  if (!can_find(self, name, error)) {
    return NULL;
  }
  const Entry *entry = find_entry(self, name, &own);

  optreg_error_export(own, error);
  return entry == NULL ? NULL : optreg_info_get(entry->info);
}

/* the lock is held */
static optreg_plugin_summary *
summarise(OptregRegistry *self, const char *name, GError **error)
{
  const Entry *entry = g_hash_table_lookup(self->entries, name);

  if (entry != NULL) {
    return optreg_summary_of_descriptor(entry->descriptor);
  }
  g_autofree char *path = find_file(self, name, error);
  optreg_plugin_summary *summary =
      path == NULL ? NULL : optreg_summary_of_file(path, name, error);
  if (summary != NULL) {
    summary->hides = optreg_search_path_hidden(self->path, name, path);
  }
  return summary;
}

optreg_plugin_summary *
optreg_registry_summary(optreg_registry *self, const char *name, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *own = NULL;

  if (!can_find(self, name, error)) {
    return NULL;
  }
  g_mutex_lock(&self->lock);
  optreg_plugin_summary *summary = summarise(self, name, &own);
  g_mutex_unlock(&self->lock);
  optreg_error_export(own, error);
  return summary;
}
