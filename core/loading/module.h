/* SPDX-License-Identifier: MIT */
/* One plugin, from a file or linked statically: is it one, and can we speak to it? */
#ifndef OPTREG_CORE_MODULE_H
#define OPTREG_CORE_MODULE_H

#include "loading/descriptor.h"

/* The name of the exported symbol. */
#define OPTREG_MODULE_ENTRY "optreg_plugin_abi1"

/* Whether a plugin's struct of `available` bytes is one of ours. Its flavor must be
 * NULL or a text; nothing else is followed. Errors: OPTREG_ERROR_ABI,
 * OPTREG_ERROR_PLUGIN. */
bool optreg_module_check(const optreg_plugin *plugin, gsize available, GError **error);

/* Open the plugin file at an absolute path that is known to be safe, and describe the
 * optimizer of that name in it. Returns NULL with OPTREG_ERROR_ABI or
 * OPTREG_ERROR_PLUGIN; the message begins with the path. */
OptregDescriptor *optreg_module_open(const char *path, const char *name,
                                     GError **error);

/* Describe all optimizers of a plugin that is linked statically: an array of
 * OptregDescriptor that owns them. */
GPtrArray *optreg_module_describe(const optreg_plugin *plugin, GError **error);

#endif
