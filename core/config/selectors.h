/* SPDX-License-Identifier: MIT */
/* What selects the parameters of a group: patterns for names, numbers of dimensions. */
#ifndef OPTREG_CORE_SELECTORS_H
#define OPTREG_CORE_SELECTORS_H

#include "config/node.h"
#include "config/options.h"

/* Read `match` and `ndim` of a group. *match receives the patterns, NULL-terminated and
 * perhaps none, to be freed with g_strfreev(); *ndims as in OptregGroup. */
bool optreg_selectors_read(const OptregSchema *schema, const OptregNode *group,
                           char ***match, uint64_t *ndims, GError **error);

#endif
