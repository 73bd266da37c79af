/* SPDX-License-Identifier: MIT */
/* What is compared and how far it is: arms times seeds. */
#ifndef OPTREG_HARNESS_COMPARISON_H
#define OPTREG_HARNESS_COMPARISON_H

#include "arm.h"
#include "problem.h"
#include "record.h"

typedef enum RunState {
  RUN_WAITING,
  RUN_RUNNING,
  RUN_FINISHED,
  RUN_DIVERGED, /* complete too: the loss became something that is not finite */
  RUN_LOST      /* crashed or failed */
} RunState;

typedef struct Run {
  const Arm *arm;
  uint32_t seed;
  RunState state;
  Record last;  /* all zero before the first */
  char *reason; /* of a lost run: one line */
} Run;

typedef struct Comparison {
  const ProblemClass *problem;
  uint32_t epochs, batch_size, n_seeds;
  GPtrArray *arms; /* of Arm */
  char *directory; /* NULL until comparison_make_directory */
  Run *runs;       /* n_seeds for each arm: in the order of log.jsonl */
} Comparison;

/* Seeds 1 to n_seeds. `arms` is taken over. */
Comparison *comparison_new(const ProblemClass *problem, GPtrArray *arms,
                           uint32_t n_seeds, uint32_t epochs, uint32_t batch_size);
void comparison_free(Comparison *comparison);

size_t comparison_n_runs(const Comparison *comparison);
Run *comparison_run(const Comparison *comparison, size_t arm, size_t seed_index);
bool run_is_complete(const Run *run);

/* Make the folder of the results, and those of the runs in it. `path` may be NULL for
 * "optreg-compare", numbered when that is there; a given one may exist if it is empty.
 */
bool comparison_make_directory(Comparison *comparison, const char *path,
                               GError **error);

/* DIR/runs/ARM/SEED + suffix. */
char *comparison_run_path(const Comparison *comparison, const Run *run,
                          const char *suffix);

/* DIR/configs/ARM.yaml: the copy that the runs read. */
char *comparison_config_path(const Comparison *comparison, const Arm *arm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

#endif
