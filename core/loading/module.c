/* SPDX-License-Identifier: MIT */
/* One plugin: is it one, and can we speak to it? */
#include "module.h"

#include "check.h"
#include "dylib.h"
#include "elf.h"
#include "error.h"

#include <string.h>

/* sizes that every plugin of major 1 has at least; they never grow */
enum {
  FROZEN_SIZE = offsetof(optreg_plugin, layout) + sizeof(uint32_t),
  BASE_SIZE = offsetof(optreg_plugin, flavor) + sizeof(char *),
  MAX_OPTIMIZERS = 256,
};

static bool
check_magic(const optreg_plugin *plugin, GError **error)
{
  static const char magic[8] = OPTREG_MAGIC;

  if (memcmp(plugin->magic, magic, sizeof(magic)) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "is not an optreg plugin: its magic bytes are wrong, build it with "
                "OPTREG_PLUGIN(...)");
    return false;
  }
  return true;
}

static bool
check_version(const optreg_plugin *plugin, GError **error)
{
  if (plugin->abi_major != OPTREG_ABI_MAJOR) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "speaks ABI %u, this library speaks %u: rebuild it with this library's "
                "plugin.h",
                plugin->abi_major, OPTREG_ABI_MAJOR);
    return false;
  }
  if (plugin->needs_minor > OPTREG_ABI_MINOR) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "needs host ABI %u.%u, this host is %u.%u: update optreg",
                plugin->abi_major, plugin->needs_minor, OPTREG_ABI_MAJOR,
                OPTREG_ABI_MINOR);
    return false;
  }
  return true;
}

static bool
check_layout(const optreg_plugin *plugin, GError **error)
{
  if (plugin->layout != OPTREG_LAYOUT) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "lays out its tables as %08x, this library as %08x: rebuild it with this "
        "library's plugin.h",
        plugin->layout, OPTREG_LAYOUT);
    return false;
  }
  return true;
}

static bool
check_size(const optreg_plugin *plugin, gsize available, GError **error)
{
  if (available < BASE_SIZE || plugin->struct_size < BASE_SIZE
      || plugin->struct_size > available) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "its plugin struct is damaged: struct_size must be from %d to the size of "
        "the symbol, define it with OPTREG_PLUGIN(...)",
        BASE_SIZE);
    return false;
  }
  if (plugin->struct_size > sizeof *plugin
      && !optreg_is_of_newer_minor(plugin->built_minor)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "its plugin struct has struct_size %" G_GUINT64_FORMAT ", but %zu in "
                "the ABI %u.%u that it was built with: define it with "
                "OPTREG_PLUGIN(...)",
                plugin->struct_size, sizeof *plugin, plugin->abi_major,
                plugin->built_minor);
    return false;
  }
  return true;
}

static bool
check_flavor(const optreg_plugin *plugin, GError **error)
{
  if (plugin->flavor == NULL || strcmp(plugin->flavor, OPTREG_FLAVOR) != 0) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "is made for '%.64s', this library is '%s': rebuild it with this library's "
        "plugin.h",
        plugin->flavor == NULL ? "" : plugin->flavor, OPTREG_FLAVOR);
    return false;
  }
  return true;
}

static bool
check_optimizers(const optreg_plugin *plugin, GError **error)
{
  if (plugin->n_optimizers == 0 || plugin->n_optimizers > MAX_OPTIMIZERS
      || plugin->optimizers == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                "holds no optimizer, or more than %d: name them in OPTREG_PLUGIN(...)",
                MAX_OPTIMIZERS);
    return false;
  }
  return true;
}

/* nothing beyond the frozen part may be read before the version is known */
bool
optreg_module_check(const optreg_plugin *plugin, gsize available, GError **error)
{
  if (available < FROZEN_SIZE) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "its symbol " OPTREG_MODULE_ENTRY " is too small: define it with "
                "OPTREG_PLUGIN(...)");
    return false;
  }
  return check_magic(plugin, error) && check_version(plugin, error)
         && check_layout(plugin, error) && check_size(plugin, available, error)
         && check_flavor(plugin, error) && check_optimizers(plugin, error);
}

/* a file holds one optimizer and is named after it, so that a name is found without
 * opening other files */
static OptregDescriptor *
describe_file(const char *path, const char *name, GError **error)
{
  void *dylib = optreg_elf_check(path, error) ? optreg_dylib_open(path, error) : NULL;
  gsize size = 0;
  const optreg_plugin *plugin =
      dylib == NULL ? NULL
                    : optreg_dylib_data(dylib, OPTREG_MODULE_ENTRY, &size, error);

  if (plugin == NULL || !optreg_module_check(plugin, size, error)) {
    return NULL;
  }
  if (plugin->n_optimizers != 1) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                "holds %" G_GUINT64_FORMAT
                " optimizers: put each into a file of its own",
                plugin->n_optimizers);
    return NULL;
  }
  g_autoptr(OptregDescriptor) descriptor =
      optreg_descriptor_new(plugin->optimizers[0], plugin->built_minor, path, error);
  if (descriptor == NULL) {
    return NULL;
  }
  if (strcmp(descriptor->class.name, name) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                "holds the optimizer '%s': rename the file to %s.so",
                descriptor->class.name, descriptor->class.name);
    return NULL;
  }
  return g_steal_pointer(&descriptor);
}

OptregDescriptor *
optreg_module_open(const char *path, const char *name, GError **error)
{
  OptregDescriptor *descriptor = describe_file(path, name, error);

  if (descriptor == NULL) {
    g_prefix_error(error, "plugin '%s': ", path);
  }
  return descriptor;
}

GPtrArray *
optreg_module_describe(const optreg_plugin *plugin, GError **error)
{
  g_autoptr(GPtrArray) descriptors =
      g_ptr_array_new_with_free_func((GDestroyNotify)optreg_descriptor_free);

  if (!optreg_module_check(plugin, G_MAXSIZE, error)) {
    g_prefix_error(error, "plugin linked statically: ");
    return NULL;
  }
  for (uint64_t i = 0; i < plugin->n_optimizers; i++) {
    OptregDescriptor *descriptor =
        optreg_descriptor_new(plugin->optimizers[i], plugin->built_minor, NULL, error);
    if (descriptor == NULL) {
      g_prefix_error(error, "plugin linked statically: ");
      return NULL;
    }
    g_ptr_array_add(descriptors, descriptor);
  }
  return g_steal_pointer(&descriptors);
}
