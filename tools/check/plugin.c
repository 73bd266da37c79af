/* SPDX-License-Identifier: MIT */
/* The plugin that is checked. Its tables are read directly, but only after the core has
 * found nothing wrong with them. */
#include "plugin.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STRINGIFY_(text) #text
#define STRINGIFY(text) STRINGIFY_(text)

void
plugin_init(Plugin *plugin, const char *path)
{
  g_autofree char *base = g_path_get_basename(path);

  *plugin = (Plugin){ .path = g_canonicalize_filename(path, NULL) };
  plugin->directory = g_path_get_dirname(plugin->path);
  plugin->name = g_str_has_suffix(base, ".so") ? g_strndup(base, strlen(base) - 3)
                                               : g_strdup(base);
}

void
plugin_clear(Plugin *plugin)
{
  optreg_registry_free(plugin->registry);
  g_free(plugin->path);
  g_free(plugin->directory);
  g_free(plugin->name);
}

const char *
level_name(uint32_t level)
{
  return level == OPTREG_LEVEL_X86_64_V4   ? "x86-64-v4"
         : level == OPTREG_LEVEL_X86_64_V3 ? "x86-64-v3"
                                           : "baseline";
}

static uint32_t
level_of(const char *name)
{
  return g_str_equal(name, "x86-64-v4")   ? OPTREG_LEVEL_X86_64_V4
         : g_str_equal(name, "x86-64-v3") ? OPTREG_LEVEL_X86_64_V3
                                          : OPTREG_LEVEL_BASELINE;
}

static uint32_t
highest_level(const optreg_optimizer_info *info)
{
  uint32_t level = OPTREG_LEVEL_BASELINE;

  for (size_t i = 0; i < info->n_kernels; i++) {
    if (info->kernels[i].is_usable) {
      level = MAX(level, level_of(info->kernels[i].level));
    }
  }
  return level;
}

optreg_error *
plugin_open(Plugin *plugin)
{
  const char *const directories[] = { plugin->directory, NULL };
  optreg_error *error = NULL;

  plugin->registry = optreg_registry_new(directories, &error);
  if (plugin->registry != NULL) {
    plugin->info = optreg_registry_info(plugin->registry, plugin->name, &error);
  }
  if (plugin->info != NULL) {
    plugin->library = dlopen(plugin->info->path, RTLD_NOW | RTLD_LOCAL);
    const optreg_plugin *entry = dlsym(plugin->library, STRINGIFY(OPTREG_ENTRY));
    plugin->class = entry->optimizers[0];
    plugin->level = highest_level(plugin->info);
  }
  return error;
}

static const void *
row(const optreg_table *table, size_t i)
{
  return (const char *)table->rows + i * table->stride;
}

const optreg_hyperparameter *
plugin_hyperparameter(const Plugin *plugin, size_t i)
{
  return row(&plugin->class->hyperparameters, i);
}

const optreg_slot *
plugin_slot(const Plugin *plugin, size_t i)
{
  return row(&plugin->class->slots, i);
}

const optreg_reduction *
plugin_reduction(const Plugin *plugin, size_t i)
{
  return row(&plugin->class->reductions, i);
}

const optreg_kernel *
plugin_kernel(const Plugin *plugin, size_t i)
{
  return row(&plugin->class->kernels, i);
}

const optreg_kernel *
plugin_find_kernel(const Plugin *plugin, uint32_t variant, uint32_t dtype,
                   uint32_t level)
{
  for (size_t i = 0; i < plugin->class->kernels.count; i++) {
    const optreg_kernel *kernel = plugin_kernel(plugin, i);
    if (kernel->variant == variant && kernel->dtype == dtype
        && kernel->level == level) {
      return kernel;
    }
  }
  return NULL;
}

gboolean
plugin_has_dtype(const Plugin *plugin, uint32_t dtype)
{
  for (uint32_t i = 0; i < plugin_n_variants(plugin); i++) {
    if (plugin_find_kernel(plugin, i, dtype, OPTREG_LEVEL_BASELINE) == NULL) {
      return FALSE;
    }
  }
  return TRUE;
}

uint32_t
plugin_n_variants(const Plugin *plugin)
{
  return MAX(plugin->class->variants.count, 1);
}

uint32_t
plugin_granularity(const Plugin *plugin, uint32_t variant)
{
  if (plugin->class->variants.count == 0) {
    return plugin->class->granularity;
  }
  return ((const optreg_variant *)row(&plugin->class->variants, variant))->granularity;
}

gboolean
plugin_is_elementwise(const Plugin *plugin)
{
  for (uint32_t i = 0; i < plugin_n_variants(plugin); i++) {
    if (plugin_granularity(plugin, i) != OPTREG_ELEMENT) {
      return FALSE;
    }
  }
  return plugin->class->reductions.count == 0;
}

char *
plugin_describe_missing_levels(const Plugin *plugin)
{
  static const uint32_t levels[] = { OPTREG_LEVEL_X86_64_V3, OPTREG_LEVEL_X86_64_V4 };
  const char *chosen = secure_getenv("OPTREG_ISA"); /* as the core reads it */
  g_autoptr(GString) names = g_string_new(NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
    bool is_there = false;
    for (size_t j = 0; j < plugin->class->kernels.count; j++) {
      is_there |= plugin_kernel(plugin, j)->level == levels[i];
    }
    if (is_there && levels[i] > plugin->level) {
      g_string_append_printf(names, "%s%s", names->len > 0 ? " and " : "",
                             level_name(levels[i]));
    }
  }
  if (names->len == 0) {
    return NULL;
  }
  g_string_append(names, " not run: ");
  if (chosen != NULL && chosen[0] != '\0') {
    g_string_append_printf(names, "OPTREG_ISA is '%s'", chosen);
  } else {
    g_string_append(names, "this machine cannot");
  }
  return g_strdup(names->str);
}

gssize
plugin_find_hyperparameter(const Plugin *plugin, const char *name)
{
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    if (g_str_equal(plugin_hyperparameter(plugin, i)->name, name)) {
      return (gssize)i;
    }
  }
  return -1;
}

const char *
dtype_name(uint32_t dtype)
{
  return dtype == OPTREG_F64 ? "f64" : "f32";
}
