/* SPDX-License-Identifier: MIT */
/* Sittings, in which subjects take turns. */
#include "phase.h"

#include "harness/analysis.h"
#include "harness/machine.h"
#include "harness/machine_lock.h"
#include "order.h"
#include "subjects.h"
#include "summary.h"
#include "support/interrupts.h"
#include "support/load.h"
#include "watch.h"

#include <math.h>
#include <signal.h>

/* training before gradients are recorded: half of a run, but not longer than this, in
 * steps where nobody knows how long one takes */
#define MOST_TRAINING_S 10.0
enum { MOST_TRAINING_STEPS = 1000 };

/* of a sitting: starting processes, the first of which train */
#define SHARE_OF_PREPARING 0.5

typedef struct Phase {
  const Comparison *comparison;
  const CostOptions *options;
  CostWatch watch;
  bool is_interrupted;
} Phase;

/* ---- how long to train ---- */

/* the longest step of any arm that was run; 0 when none was */
static double
seconds_of_step(const Comparison *comparison, size_t task)
{
  double longest = 0.0;

  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    const ArmSummary summary = analysis_summarize(comparison, task, arm);
    longest = fmax(longest, 1e-3 * (summary.model_ms + summary.optimizer_ms));
  }
  return longest;
}

static uint64_t
choose_training(const Comparison *comparison, size_t task)
{
  const Budget budget = experiment_task(comparison->experiment, task)->budget;
  const double step_s = seconds_of_step(comparison, task);
  const double most = step_s > 0.0 ? MOST_TRAINING_S / step_s : MOST_TRAINING_STEPS;
  const double all = budget.kind != BUDGET_SECONDS
                         ? (double)comparison_n_batches(comparison, task)
                     : step_s > 0.0 ? budget.amount / step_s
                                    : 2.0 * MOST_TRAINING_STEPS;

  return (uint64_t)fmin(0.5 * all, most);
}

/* ---- sittings ---- */

static void
update_watch(Phase *phase, size_t sitting, double share, const char *what)
{
  cost_watch_update(&phase->watch, ((double)sitting + share) / COST_SITTINGS, what);
}

/* one after the other, so that the times of gradients are those of a machine at rest */
static void
prepare(Phase *phase, const Subjects *subjects, size_t sitting, CostTask *task)
{
  CostRow again;

  for (size_t i = 0; i < subjects->n && !phase->is_interrupted; i++) {
    Subject *subject = &subjects->all[i];
    g_autofree char *what = g_strdup_printf(
        "%s %s", sitting == 0 ? "training" : "starting",
        arm_name(experiment_arm(phase->comparison->experiment, subject->place.arm)));
    update_watch(phase, sitting, SHARE_OF_PREPARING * (double)i / (double)subjects->n,
                 what);
    subject_start(subject, i < task->n_arms ? &task->rows[i] : &again,
                  &task->n_parameters);
  }
}

static void
take_turns(Phase *phase, const Subjects *subjects, size_t sitting,
           const CostTimes *times)
{
  g_autofree uint32_t *order = g_new(uint32_t, subjects->n);

  for (size_t block = 0; block < times->n_blocks && !phase->is_interrupted; block++) {
    const size_t round = sitting * times->n_blocks + block;
    const double share = (double)block / (double)times->n_blocks;
    g_autofree char *what =
        g_strdup_printf("block %zu of %zu", round, COST_SITTINGS * times->n_blocks);
    update_watch(phase, sitting,
                 SHARE_OF_PREPARING + (1.0 - SHARE_OF_PREPARING) * share, what);
    cost_order(round, subjects->n, order);
    for (size_t i = 0; i < subjects->n && !phase->is_interrupted; i++) {
      subject_take_block(&subjects->all[order[i]],
                         cost_times_at(times, order[i], sitting, block));
    }
  }
}

static void
sit(Phase *phase, const Subjects *subjects, CostTask *task, const CostTimes *times)
{
  for (size_t i = 0; i < COST_SITTINGS && !phase->is_interrupted; i++) {
    prepare(phase, subjects, i, task);
    take_turns(phase, subjects, i, times);
    subjects_end(subjects);
  }
  for (size_t i = 0; i < task->n_arms; i++) {
    task->rows[i].reason = g_strdup(subjects->all[i].reason);
  }
}

/* NULL when interrupted */
static CostTask *
measure_task(Phase *phase, size_t index)
{
  const Comparison *comparison = phase->comparison;
  const size_t n_blocks = (phase->options->n_blocks + 1) / 2 * 2;
  const CostWorkerPlace place = { .comparison = comparison,
                                  .task = index,
                                  .n_trained = choose_training(comparison, index),
                                  .command = phase->options->command,
                                  .is_interrupted = &phase->is_interrupted };
  g_autoptr(CostTask) task = cost_task_new(comparison_n_arms(comparison));
  g_autoptr(CostTimes) times = cost_times_new(task->n_arms, COST_SITTINGS, n_blocks,
                                              comparison->experiment->control);
  const Load before = load_now();
  Subjects subjects = subjects_new(&place);

  sit(phase, &subjects, task, times);
  subjects_clear(&subjects);
  const Load after = load_now();
  task->others = load_of_others(&before, &after);
  task->machine = g_strdup(machine_describe().cpu);
  cost_summarize(times, task);
  return phase->is_interrupted ? NULL : g_steal_pointer(&task);
}

/* ---- problems ---- */

static size_t
count_missing(const Cost *cost)
{
  size_t n = 0;

  for (size_t i = 0; i < cost->n_tasks; i++) {
    n += !cost_task_is_complete(cost, i);
  }
  return n;
}

static bool
measure_tasks(Phase *phase, Cost *cost, GError **error)
{
  size_t n_done = 0;

  phase->watch = cost_watch_begin(count_missing(cost), stderr);
  for (size_t i = 0; i < cost->n_tasks && !phase->is_interrupted; i++) {
    if (cost_task_is_complete(cost, i)) {
      continue;
    }
    cost_watch_task(&phase->watch, n_done++,
                    experiment_task(phase->comparison->experiment, i)->name);
    CostTask *task = measure_task(phase, i);
    cost_watch_clear(&phase->watch);
    if (task == NULL) {
      return false;
    }
    cost_task_free(cost->tasks[i]);
    cost->tasks[i] = task;
    if (!cost_write(phase->comparison, cost, error)) {
      return false;
    }
  }
  return !phase->is_interrupted;
}

static gboolean
on_interrupt(void *data)
{
  Phase *phase = data;

  phase->is_interrupted = true;
  return G_SOURCE_CONTINUE;
}

/* alone on the machine */
static bool
measure_alone(Phase *phase, Cost *cost, GError **error)
{
  g_autoptr(MachineLock)
      lock = machine_lock_take(MACHINE_MEASURES, &phase->is_interrupted);

  return lock != NULL && measure_tasks(phase, cost, error);
}

bool
cost_measure(const Comparison *comparison, const CostOptions *options, GError **error)
{
  Phase phase = { .comparison = comparison, .options = options };
  Interrupts interrupts;
  g_autoptr(Cost) cost = cost_read(comparison);

  if (cost == NULL) {
    cost = cost_new(comparison);
  }
  if (count_missing(cost) == 0) {
    return true;
  }
  /* a worker that has died is noticed by its silence */
  void (*on_broken_pipe)(int) = signal(SIGPIPE, SIG_IGN);
  interrupts_watch(&interrupts, on_interrupt, &phase);
  const bool is_done = measure_alone(&phase, cost, error);
  interrupts_clear(&interrupts);
  signal(SIGPIPE, on_broken_pipe);
  return is_done;
}
