/* SPDX-License-Identifier: MIT */
/* What is compared and how far it is: an experiment's runs and the folder of its
 * results.
 *
 * Runs are told apart by their key, a SHA-256 of all that their result depends on:
 * problem, options, data, batch size, budget, arm, its configuration, seed, plugin. A
 * run that is in the folder under its key is used again; another key is another run. */
#ifndef OPTREG_HARNESS_COMPARISON_H
#define OPTREG_HARNESS_COMPARISON_H

#include "experiment/experiment.h"
#include "record.h"

typedef enum RunState {
  RUN_WAITING,
  RUN_RUNNING,
  RUN_FINISHED,
  RUN_DIVERGED, /* complete too: the loss became something that is not finite */
  RUN_LOST      /* crashed or failed */
} RunState;

typedef enum RunPurpose { RUN_TUNING, RUN_EVALUATION, RUN_CALIBRATION } RunPurpose;

typedef struct Run {
  RunPurpose purpose;
  size_t task, arm;
  uint32_t trial, seed;
  RunState state;
  bool is_reused; /* it was in the folder */
  char key[65];
  Record last;  /* all zero before the first */
  char *reason; /* of a lost run: one line */
} Run;

/* What an arm is on a problem: told by a child process that has opened both. */
typedef struct Site {
  char *optimizer, *plugin, *plugin_hash; /* name, path, SHA-256 */
  char *data;                             /* identity of the problem's */
  uint64_t steps_per_epoch;
  double step_s, measure_s, start_s; /* of a short probe, when asked for */
  uint32_t trial;                    /* the one that tuning has chosen */
} Site;

typedef struct Comparison {
  Experiment *experiment;
  Site *sites;           /* for each problem, for each arm */
  GPtrArray *runs;       /* of Run, in the order in which they were planned */
  GHashTable *evaluated; /* Run by place, see comparison_run */
  char *directory;       /* NULL until comparison_open_directory */
  int lock;              /* on it */
  bool diagnoses;        /* evaluations say what their optimizers do */
  bool has_shadows;      /* the other arms shadow the first one's evaluation */
} Comparison;

/* The experiment is taken over. */
Comparison *comparison_new(Experiment *experiment);
void comparison_free(Comparison *comparison);

size_t comparison_n_arms(const Comparison *comparison);
size_t comparison_n_tasks(const Comparison *comparison);
Site *comparison_site(const Comparison *comparison, size_t task, size_t arm);

/* Gradients that a run of the problem takes; 0 when its budget is seconds. */
uint64_t comparison_n_batches(const Comparison *comparison, size_t task);

/* Plan runs; each returns the new ones, owned by the comparison, the list by the
 * caller. */
GPtrArray *comparison_plan_tuning(Comparison *comparison);
GPtrArray *comparison_plan_evaluation(Comparison *comparison);
GPtrArray *comparison_plan_calibration(Comparison *comparison, uint32_t n_streams);

/* The evaluation of an arm with one of the experiment's seeds, by index; NULL before it
 * is planned. */
Run *comparison_run(const Comparison *comparison, size_t task, size_t arm,
                    size_t seed_index);

bool run_is_complete(const Run *run);

/* Whether the other arms run beside it, as they are configured for their own runs. */
bool comparison_is_shadowed(const Comparison *comparison, const Run *run);

/* What it has in a metric at its end: where it diverged the worst value there is, which
 * may be infinite. */
double comparison_value(const Comparison *comparison, const Run *run, Split split,
                        size_t metric);

/* The same in the metric that decides. */
double comparison_score(const Comparison *comparison, const Run *run, Split split);

/* Make or reopen the folder of the results and lock it. `path` NULL: "optreg-compare",
 * or numbered, the first that is free or holds this comparison (see manifest_fits). */
bool comparison_open_directory(Comparison *comparison, const char *path,
                               GError **error);

/* DIR/runs/PROBLEM/ARM/SEED-KEY + suffix. */
char *comparison_run_path(const Comparison *comparison, const Run *run,
                          const char *suffix);

/* Whether the run is to be diagnosed: those that are shown, not those that tune. */
bool comparison_diagnoses(const Comparison *comparison, const Run *run);

/* DIR/configs/ARM.yaml, or ARM.trial-N.yaml: what the runs read. */
char *comparison_config_path(const Comparison *comparison, size_t arm, uint32_t trial);

/* Write the configurations of the arms at a trial. */
bool comparison_write_configs(const Comparison *comparison, GError **error);

/* All records of a run, in order. */
GArray *comparison_read_records(const Comparison *comparison, const Run *run);

/* Take over what is in the folder: the run's last record, when it is complete, and has
 * diagnostics where they are wanted. */
void comparison_reuse(const Comparison *comparison, Run *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

#endif
