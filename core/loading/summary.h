/* SPDX-License-Identifier: MIT */
/* What a plugin's file says about its optimizer, read without running its code. */
#ifndef OPTREG_CORE_SUMMARY_H
#define OPTREG_CORE_SUMMARY_H

#include "loading/descriptor.h"

#include <optreg/optreg.h>

/* `hides` is left NULL. Of the file at an absolute path that should hold `name`.
 * Returns NULL with OPTREG_ERROR_ABI, _PLUGIN or _UNREADABLE; the message begins with
 * the path. */
optreg_plugin_summary *optreg_summary_of_file(const char *path, const char *name,
                                              GError **error);

optreg_plugin_summary *optreg_summary_of_descriptor(const OptregDescriptor *descriptor);

#endif
