/* SPDX-License-Identifier: MIT */
/* Who may change a plugin: it is code that runs in the caller's name, so that strangers
 * may neither write to it nor swap it for another. */
#ifndef OPTREG_CORE_PERMISSIONS_H
#define OPTREG_CORE_PERMISSIONS_H

#include <glib.h>

typedef enum OptregTier {
  OPTREG_TIER_INSTALLED, /* beside the library: only root and the user may write */
  OPTREG_TIER_NAMED, /* by the caller: its owner and its group may write too, and the
                        directories above may be anybody's */
} OptregTier;

/* The real path of `file` in `directory` (absolute), if it is a regular file under that
 * directory which nobody but root, the user and those whom the tier trusts may change.
 * Returns NULL with OPTREG_ERROR_PERMISSION; the message names the component and the
 * remedy. */
char *optreg_permissions_resolve(const char *directory, const char *file,
                                 OptregTier tier, GError **error);

#endif
