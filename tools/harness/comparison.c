/* SPDX-License-Identifier: MIT */
/* The runs of an experiment. */
#include "comparison.h"

#include "identity.h"
#include "support/file.h"

#include <math.h>
#include <unistd.h>

static void
run_free(void *data)
{
  Run *run = data;

  g_free(run->reason);
  g_free(run);
}

Comparison *
comparison_new(Experiment *experiment)
{
  Comparison *comparison = g_new0(Comparison, 1);

  comparison->experiment = experiment;
  comparison->lock = -1;
  comparison->runs = g_ptr_array_new_with_free_func(run_free);
  comparison->evaluated = g_hash_table_new(NULL, NULL);
  comparison->sites =
      g_new0(Site, comparison_n_tasks(comparison) * comparison_n_arms(comparison));
  return comparison;
}

void
comparison_free(Comparison *comparison)
{
  if (comparison == NULL) {
    return;
  }
  const size_t n_sites = comparison_n_tasks(comparison) * comparison_n_arms(comparison);
  for (size_t i = 0; i < n_sites; i++) {
    Site *site = &comparison->sites[i];
    g_free(site->optimizer);
    g_free(site->plugin);
    g_free(site->plugin_hash);
    g_free(site->data);
  }
  if (comparison->lock >= 0) {
    close(comparison->lock);
  }
  g_free(comparison->sites);
  g_free(comparison->directory);
  g_ptr_array_unref(comparison->runs);
  g_hash_table_unref(comparison->evaluated);
  experiment_free(comparison->experiment);
  g_free(comparison);
}

size_t
comparison_n_arms(const Comparison *comparison)
{
  return comparison->experiment->arms->len;
}

size_t
comparison_n_tasks(const Comparison *comparison)
{
  return comparison->experiment->tasks->len;
}

Site *
comparison_site(const Comparison *comparison, size_t task, size_t arm)
{
  return &comparison->sites[task * comparison_n_arms(comparison) + arm];
}

uint64_t
comparison_n_batches(const Comparison *comparison, size_t task)
{
  const Budget budget = experiment_task(comparison->experiment, task)->budget;
  const Site *site = comparison_site(comparison, task, 0);

  switch (budget.kind) {
  case BUDGET_EPOCHS:
    return (uint64_t)budget.amount * site->steps_per_epoch;
  case BUDGET_STEPS:
    return (uint64_t)budget.amount;
  default:
    return 0;
  }
}

/* ---- planning ---- */

static Run *
add_run(Comparison *comparison, GPtrArray *runs, Run place)
{
  Run *run = g_memdup2(&place, sizeof place);

  identity_of_run(comparison, run, run->key);
  g_ptr_array_add(comparison->runs, run);
  g_ptr_array_add(runs, run);
  return run;
}

GPtrArray *
comparison_plan_tuning(Comparison *comparison)
{
  const Experiment *experiment = comparison->experiment;
  GPtrArray *runs = g_ptr_array_new();

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (uint32_t trial = 0; trial < experiment->n_trials; trial++) {
      for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
        for (uint32_t i = 0; i < experiment->n_tuning_seeds; i++) {
          if (arm_is_tuned(experiment_arm(experiment, arm))) {
            add_run(comparison, runs,
                    (Run){ .purpose = RUN_TUNING,
                           .task = task,
                           .arm = arm,
                           .trial = trial,
                           .seed = EXPERIMENT_TUNING_SEEDS + 1 + i });
          }
        }
      }
    }
  }
  return runs;
}

static gpointer
place_of(const Comparison *comparison, size_t task, size_t arm, size_t seed_index)
{
  const size_t n_arms = comparison_n_arms(comparison);
  return GSIZE_TO_POINTER((seed_index * comparison_n_tasks(comparison) + task) * n_arms
                          + arm + 1);
}

/* seed by seed, so that all arms meet the same weather on the machine */
GPtrArray *
comparison_plan_evaluation(Comparison *comparison)
{
  const Experiment *experiment = comparison->experiment;
  GPtrArray *runs = g_ptr_array_new();

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (uint32_t i = 0; i < experiment->n_seeds; i++) {
      for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
        Run *run =
            add_run(comparison, runs,
                    (Run){ .purpose = RUN_EVALUATION,
                           .task = task,
                           .arm = arm,
                           .trial = comparison_site(comparison, task, arm)->trial,
                           .seed = experiment->first_seed + i });
        g_hash_table_insert(comparison->evaluated, place_of(comparison, task, arm, i),
                            run);
      }
    }
  }
  return runs;
}

GPtrArray *
comparison_plan_calibration(Comparison *comparison, uint32_t n_streams)
{
  const size_t control = comparison->experiment->control;
  GPtrArray *runs = g_ptr_array_new();

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (uint32_t i = 0; i < n_streams; i++) {
      add_run(comparison, runs,
              (Run){ .purpose = RUN_CALIBRATION,
                     .task = task,
                     .arm = control,
                     .trial = comparison_site(comparison, task, control)->trial,
                     .seed = EXPERIMENT_CALIBRATION_SEEDS + 1 + i });
    }
  }
  return runs;
}

/* ---- runs ---- */

Run *
comparison_run(const Comparison *comparison, size_t task, size_t arm, size_t seed_index)
{
  return g_hash_table_lookup(comparison->evaluated,
                             place_of(comparison, task, arm, seed_index));
}

bool
comparison_is_shadowed(const Comparison *comparison, const Run *run)
{
  return comparison->has_shadows && run->purpose == RUN_EVALUATION && run->arm == 0;
}

bool
run_is_complete(const Run *run)
{
  return run->state == RUN_FINISHED || run->state == RUN_DIVERGED;
}

double
comparison_value(const Comparison *comparison, const Run *run, Split split,
                 size_t metric)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  const double value = run->last.values[split][metric];
  size_t n;

  return run->last.is_diverged || !isfinite(value)
             ? problem_metrics(task->class, &n)[metric].worst
             : value;
}

double
comparison_score(const Comparison *comparison, const Run *run, Split split)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  return comparison_value(comparison, run, split, task->metric);
}

GArray *
comparison_read_records(const Comparison *comparison, const Run *run)
{
  GArray *records = g_array_new(FALSE, FALSE, sizeof(Record));
  g_autofree char *path = comparison_run_path(comparison, run, ".jsonl");
  g_autofree char *text = file_read(path, RECORD_MOST_LOG, NULL, NULL);

  if (text == NULL) {
    return records;
  }
  const ProblemClass *class = experiment_task(comparison->experiment, run->task)->class;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (size_t i = 0; lines[i] != NULL; i++) {
    Record record;
    if (record_from_json(lines[i], class, &record)) {
      g_array_append_val(records, record);
    }
  }
  return records;
}

bool
comparison_diagnoses(const Comparison *comparison, const Run *run)
{
  return comparison->diagnoses && run->purpose == RUN_EVALUATION;
}

void
comparison_reuse(const Comparison *comparison, Run *run)
{
  g_autoptr(GArray) records = comparison_read_records(comparison, run);
  const Record *last =
      records->len > 0 ? &g_array_index(records, Record, records->len - 1) : NULL;

  if (last != NULL && last->is_final
      && (!comparison_diagnoses(comparison, run) || last->diagnostics.n_parts > 0)) {
    run->last = *last;
    run->state = last->is_diverged ? RUN_DIVERGED : RUN_FINISHED;
    run->is_reused = true;
  }
}
