/* SPDX-License-Identifier: MIT */
/* One plugin, from a file or linked statically: is it one, and can we speak to it? */
#ifndef OPTREG_CORE_MODULE_H
#define OPTREG_CORE_MODULE_H

#include "loading/descriptor.h"

/* Open the plugin file at an absolute path that is known to be safe, and describe the
 * optimizer of that name in it. Returns NULL with OPTREG_ERROR_ABI or
 * OPTREG_ERROR_PLUGIN; the message begins with the path. */
OptregDescriptor *optreg_module_open(const char *path, const char *name,
                                     GError **error);

/* Describe all optimizers of a plugin that is linked statically: an array of
 * OptregDescriptor that owns them. */
GPtrArray *optreg_module_describe(const optreg_plugin *plugin, GError **error);

#endif
