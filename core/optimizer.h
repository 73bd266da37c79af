/* SPDX-License-Identifier: MIT */
/* What stands behind the public optreg_optimizer. */
#ifndef OPTREG_CORE_OPTIMIZER_H
#define OPTREG_CORE_OPTIMIZER_H

#include "checkpoint/inventory.h"
#include "config/config.h"
#include "loading/registry.h"
#include "running/engine.h"

struct optreg_optimizer {
  OptregRegistry *registry;
  const OptregDescriptor *descriptor;
  OptregConfig *config;
  OptregModel *model;
  OptregRunOptions options;
  OptregEngine *engine;       /* NULL before build */
  optreg_group_info *groups;  /* by group */
  GArray *load_report;        /* optreg_difference of the last load, or NULL */
  OptregInventory *inventory; /* of the last look at the states, or NULL */
  GArray *listed;             /* optreg_state_info of it */
};

#endif
