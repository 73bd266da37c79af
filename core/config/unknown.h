/* SPDX-License-Identifier: MIT */
/* A key that may not stand where it stands: what was meant, or where it belongs. */
#ifndef OPTREG_CORE_UNKNOWN_H
#define OPTREG_CORE_UNKNOWN_H

#include "config/node.h"
#include "config/options.h"

/* Always returns false. */
bool optreg_unknown_key(const OptregSchema *schema, const OptregNode *node,
                        unsigned scope, GError **error);

/* What people who come from elsewhere write, e.g. "learning_rate" for "lr", or NULL. */
const char *optreg_unknown_synonym(const char *name);

#endif
