/* SPDX-License-Identifier: MIT */
/* One pass over memory: every tile of every tensor through the stages, in L1. No GLib.
 */
#ifndef OPTREG_CORE_SWEEP_H
#define OPTREG_CORE_SWEEP_H

#include "running/executor.h"
#include "running/tuning.h"
#include "running/worklist.h"

/* A stage as a sweep runs it. */
typedef struct OptregSweepStage {
  OptregStageFunc run[OPTREG_N_TYPES];
  const void *self;
  const OptregStage *stage;
  size_t n_terms; /* the first of as many that make a head; 0: it runs */
} OptregSweepStage;

/* Heads of a sweep: one, and one behind each stage between wrappers of the gradient. */
#define OPTREG_MAX_HEADS 3u

/* A compiled sweep. */
typedef struct OptregSweep {
  OptregSweepKind kind;
  uint32_t phase;
  uint32_t flags; /* of all stages together */
  OptregSweepStage *stages;
  size_t n_stages;
  size_t level;        /* SIMD level of the stages, from 0 */
  size_t optimizer_at; /* place of the optimizer among the stages; n_stages: none */
  bool copies_param;
  bool is_bundled;                    /* small tensors may pass it together */
  bool is_diagnosed;                  /* has the stages that look at a step */
  size_t n_rows;                      /* reductions that it makes */
  const uint32_t *ops;                /* by row: OPTREG_SUM or OPTREG_MAX */
  uint32_t bytes_read, bytes_written; /* per f32 parameter */
} OptregSweep;

/* Where sweeps leave what they measure, and their scratch. */
typedef struct OptregWorkspace {
  const OptregWorklist *worklist;
  OptregTuning tuning;
  size_t n_blocks;               /* of all tensors */
  double *blocks;                /* by row and block */
  size_t most_rows;              /* of a sweep */
  double (*lanes)[OPTREG_LANES]; /* by worker and row: sums of a block */
  double **lane_rows;            /* by worker and row */
  uint64_t *magnitudes;          /* by chunk: max |gradient|, the bits of a double */
  char *whole_gradient;          /* by worker: the worklist's largest whole tensor */
  uint64_t whole_stride;         /* bytes */
  char *whole_before; /* as whole_gradient, for diagnosed steps; NULL: there are none */
} OptregWorkspace;

/* Run a sweep over all tensors. [no allocation] */
void optreg_sweep_run(const OptregSweep *sweep, const OptregWorkspace *workspace,
                      OptregExecutor *executor);

/* Run a sweep over one tensor on this thread, with `data` in the place of its own. */
void optreg_sweep_run_tensor(const OptregSweep *sweep, const OptregWorkspace *workspace,
                             const OptregTensor *tensor, void *data);

#endif
