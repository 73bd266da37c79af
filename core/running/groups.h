/* SPDX-License-Identifier: MIT */
/* The group of every tensor. */
#ifndef OPTREG_CORE_GROUPS_H
#define OPTREG_CORE_GROUPS_H

#include "config/config.h"
#include "running/tile.h"

/* Set `group` of every tensor. A group that is left without any is refused with
 * OPTREG_ERROR_CONFIG: it matches nothing, or earlier groups take all it matches. */
bool optreg_groups_assign(const OptregConfig *config, OptregTensor *tensors, size_t n,
                          GError **error);

#endif
