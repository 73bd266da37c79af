/* SPDX-License-Identifier: MIT */
/* What is to be compared: problems, arms, seeds, budget, the metric that decides,
 * tuning, expectations. Read from an experiment file (docs/comparing.md), or made from
 * configurations on the command line, with the same defaults. */
#ifndef OPTREG_HARNESS_EXPERIMENT_H
#define OPTREG_HARNESS_EXPERIMENT_H

#include "harness/problem.h"

#include <glib.h>

enum {
  EXPERIMENT_MOST_SEEDS = 10000,
  EXPERIMENT_MOST_EPOCHS = 1000000,
  EXPERIMENT_MOST_BATCH = 1 << 20,
  EXPERIMENT_MOST_TRIALS = 10000,
  /* seeds of evaluation stay below, so that tuning and calibration have their own */
  EXPERIMENT_TUNING_SEEDS = 1000000,
  EXPERIMENT_CALIBRATION_SEEDS = 2000000
};

typedef enum BudgetKind { BUDGET_EPOCHS, BUDGET_STEPS, BUDGET_SECONDS } BudgetKind;

/* How long a run trains; seconds are of training only. */
typedef struct Budget {
  BudgetKind kind;
  double amount;
} Budget;

/* "epochs", "steps", "seconds". */
const char *budget_unit(BudgetKind kind);

/* A problem with what the experiment says about it. */
typedef struct Task {
  char *name; /* its key in the file, or the problem's name */
  const ProblemClass *class;
  double *options;
  uint32_t batch_size;
  Budget budget;
  size_t metric; /* the one that decides: a row of the class */
  Split split;   /* where it is measured */
  double least_effect;
  double target; /* of the metric, for times to target; NaN: the control's median */
} Task;

const ProblemMetric *task_metric(const Task *task);

/* A configuration under a name. */
typedef struct Arm Arm;

/* Letters, digits, '.', '_', '-', and "[rho=0.9,epsilon=1e-6]" behind arms of a grid:
 * names of folders. */
const char *arm_name(const Arm *arm);

/* Where it comes from: the path of its configuration, or the experiment file. */
const char *arm_source(const Arm *arm);

void arm_set_source(Arm *arm, const char *source);

/* Its configuration as it runs; trial 0 is as it is written, others are points of its
 * search space. Owned by the caller. */
char *arm_text(const Arm *arm, uint32_t trial);

/* Its hyperparameters at a trial: "learning_rate 0.0316, rho 0.91"; "as configured" at
 * 0. */
char *arm_describe_trial(const Arm *arm, uint32_t trial);

bool arm_is_tuned(const Arm *arm);

/* What is tuned: the key of a dimension of the search space, NULL behind the last. */
const char *arm_tuned_key(const Arm *arm, size_t dimension);
bool arm_is_tuned_linearly(const Arm *arm, size_t dimension);

/* One value of a configuration. */
typedef struct Setting {
  char *path; /* "learning_rate.warmup_steps", "groups[0].match[1]" */
  char *text; /* as it is written */
} Setting;

/* All values (Setting) of the arm's configuration at a trial, in its order. */
GArray *arm_settings(const Arm *arm, uint32_t trial);

/* The text at a path, or NULL. */
const char *settings_find(const GArray *settings, const char *path);

/* A message about the text named `text_name` with the place in the file that it came
 * from. */
char *arm_translate(const Arm *arm, const char *text_name, const char *message);

/* How far a mean may be from the value expected: the largest of these. */
typedef struct Tolerance {
  double absolute;
  double relative;   /* a share of the value */
  double deviations; /* sd of the seeds' scores, times sqrt(1 + 1/n) of n seeds */
} Tolerance;

typedef enum ExpectationKind {
  EXPECT_MEANS, /* the mean of each arm */
  EXPECT_SPREAD /* the largest mean of the arms less the smallest */
} ExpectationKind;

enum { EXPECT_NO_ARM = G_MAXINT32 };

/* A claim about means: a row of `expect`. Those of `kind` are to lie in [least, most]
 * and, where there is a tolerance, no farther from the value than that. */
typedef struct Expectation {
  ExpectationKind kind;
  size_t task, metric;
  Split split;
  char *subject; /* the arm or the pattern as it is written */
  GArray *arms;  /* of uint32_t: what it is about; not empty */
  uint32_t like; /* the arm whose mean is the value, or EXPECT_NO_ARM */
  double value;  /* NaN without one */
  bool has_tolerance;
  Tolerance tolerance;
  double least, most; /* infinite without a limit */
  char *place;        /* "file:line:column" */
} Expectation;

typedef struct Experiment {
  char *name;
  char *out;        /* folder of the results, or NULL */
  GPtrArray *tasks; /* of Task */
  GPtrArray *arms;  /* of Arm */
  size_t control;   /* the arm that the others are compared with */
  uint32_t first_seed, n_seeds;
  uint32_t n_trials, n_tuning_seeds; /* n_trials 0: nothing is tuned */
  double alpha;
  bool is_holm; /* else max-T */
  GArray *expectations;
  GPtrArray *documents; /* what places are in; owned */
} Experiment;

/* The command line. Negative and NULL where it says nothing. */
typedef struct ExperimentArguments {
  char *const *files; /* an experiment file, or configurations: FILE and NAME=FILE */
  char *const *set;   /* KEY=VALUE */
  const char *problem, *suite, *out;
  int n_seeds, epochs, batch_size, n_trials;
} ExperimentArguments;

/* Errors: STATUS_USAGE with the place in the file. The set must outlive the experiment.
 */
Experiment *experiment_new(const ExperimentArguments *arguments, const ProblemSet *set,
                           GError **error);
void experiment_free(Experiment *experiment);

/* A file that experiment_new reads as the same experiment, with the same texts of all
 * trials, when the folder `folder` beside it has every arm's text of trial 0 as
 * NAME.yaml. Owned by the caller. */
char *experiment_to_text(const Experiment *experiment, const char *folder);

const Task *experiment_task(const Experiment *experiment, size_t i);
const Arm *experiment_arm(const Experiment *experiment, size_t i);

/* "training", "validation", "test". */
const char *split_name(Split split);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Experiment, experiment_free)

#endif
