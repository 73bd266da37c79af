/* SPDX-License-Identifier: MIT */
/* The chain compiled into sweeps: what a call of step does to memory. */
#ifndef OPTREG_CORE_PLAN_H
#define OPTREG_CORE_PLAN_H

#include "running/instances.h"
#include "running/sweep.h"

typedef struct OptregPlan {
  OptregSweep
      sweeps[OPTREG_N_SWEEPS]; /* all but the reductions; no stages: not needed */
  OptregSweep *reductions;     /* by phase */
  OptregSweep diagnosed;       /* UPDATE with what looks at it; no stages: not wanted */
  size_t n_reductions;
  uint32_t *ops;            /* of the optimizers' reductions, by row */
  optreg_sweep_info *infos; /* what optreg_optimizer_sweeps shows */
  size_t n_infos;
  bool measures_norm; /* the MEASURE sweep sums squares into row 0 */
} OptregPlan;

/* Compile the chain for this machine's SIMD level. */
OptregPlan *optreg_plan_new(const OptregChain *chain, const OptregInstances *instances,
                            bool is_diagnosed);
void optreg_plan_free(OptregPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregPlan, optreg_plan_free)

#endif
