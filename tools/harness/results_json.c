/* SPDX-License-Identifier: MIT */
/* results.json. */
#include "results.h"

#include "cost/cost.h"
#include "ecdf.h"
#include "expect.h"
#include "results_diagnostics.h"
#include "shadow.h"
#include "support/member.h"
#include "wording.h"

#include <math.h>
#include <optreg/optreg.h>

static void
add_interval(JsonBuilder *builder, const char *name, Interval interval)
{
  member_begin(builder, name);
  member_add_number(builder, "low", interval.low);
  member_add_number(builder, "high", interval.high);
  json_builder_end_object(builder);
}

/* ---- runs ---- */

static void
add_values(JsonBuilder *builder, const Comparison *comparison, const Run *run)
{
  size_t n;
  const ProblemMetric *metrics =
      problem_metrics(experiment_task(comparison->experiment, run->task)->class, &n);

  for (size_t split = 0; split < N_SPLITS; split++) {
    member_begin(builder, split_name((Split)split));
    for (size_t i = 0; i < MIN(n, (size_t)RECORD_MOST_METRICS); i++) {
      member_add_number(builder, metrics[i].name, run->last.values[split][i]);
    }
    json_builder_end_object(builder);
  }
}

static void
add_run(JsonBuilder *builder, const Comparison *comparison, const Run *run)
{
  static const char *const states[] = { "waiting", "running", "finished", "diverged",
                                        "lost" };
  const Split split = experiment_task(comparison->experiment, run->task)->split;
  const Record *last = &run->last;

  json_builder_begin_object(builder);
  member_add_count(builder, "seed", run->seed);
  if (run->purpose == RUN_TUNING) {
    member_add_count(builder, "trial", run->trial);
  }
  member_add_text(builder, "status", states[run->state]);
  member_add_text(builder, "key", run->key);
  if (run->state == RUN_LOST || run->state == RUN_DIVERGED) {
    member_add_text(builder, "reason",
                    run->state == RUN_LOST ? run->reason : last->reason);
  }
  member_add_count(builder, "steps", last->step);
  member_add_count(builder, "batches", last->batches);
  if (run_is_complete(run)) {
    member_add_number(builder, "score", comparison_score(comparison, run, split));
    add_values(builder, comparison, run);
    member_add_text(builder, "weights", last->weights);
    member_add_count(builder, "state_bytes", last->state_bytes);
    member_add_number(builder, "model_ms_per_step", last->model_ms_per_step);
    member_add_number(builder, "optimizer_ms_per_step", last->optimizer_ms_per_step);
    member_add_number(builder, "elapsed_s", last->elapsed_s);
  }
  json_builder_end_object(builder);
}

static void
add_runs(JsonBuilder *builder, const char *name, const Comparison *comparison,
         RunPurpose purpose, size_t task, size_t arm)
{
  member_begin_array(builder, name);
  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    if (run->purpose == purpose && run->task == task && run->arm == arm) {
      add_run(builder, comparison, run);
    }
  }
  json_builder_end_array(builder);
}

/* ---- arms ---- */

static void
add_times(JsonBuilder *builder, const Comparison *comparison, const Analysis *analysis,
          size_t task, size_t arm)
{
  size_t n;
  g_autofree TargetTime *steps = analysis_steps(analysis, comparison, task, arm, &n);
  g_autofree TargetTime *times = analysis_times(analysis, comparison, task, arm, &n);
  const TargetSummary summary = target_summarize(times, n);

  member_begin(builder, "time_to_target");
  member_add_number(builder, "target", analysis->targets[task]);
  member_add_count(builder, "runs", n);
  member_add_count(builder, "reached", summary.n_reached);
  member_add_number(builder, "median_s", summary.median);
  member_add_number(builder, "median_steps", target_summarize(steps, n).median);
  member_add_number(builder, "restricted_mean_s", summary.restricted);
  member_add_number(builder, "expected_s", summary.expected);
  json_builder_end_object(builder);
}

static void
add_summary(JsonBuilder *builder, const Comparison *comparison, size_t task, size_t arm)
{
  const ArmSummary summary = analysis_summarize(comparison, task, arm);

  member_begin(builder, "summary");
  member_add_count(builder, "complete", summary.n_complete);
  member_add_count(builder, "diverged", summary.n_diverged);
  member_add_count(builder, "lost", summary.n_lost);
  member_add_number(builder, "training_loss_mean", summary.train_loss);
  member_add_number(builder, "score_mean", summary.mean);
  member_add_number(builder, "score_sd", summary.deviation);
  member_add_number(builder, "model_ms_per_step", summary.model_ms);
  member_add_number(builder, "optimizer_ms_per_step", summary.optimizer_ms);
  member_add_count(builder, "state_bytes", summary.state_bytes);
  json_builder_end_object(builder);
}

static void
add_arm(JsonBuilder *builder, const Comparison *comparison, const Analysis *analysis,
        size_t task, size_t index)
{
  const Arm *arm = experiment_arm(comparison->experiment, index);

  json_builder_begin_object(builder);
  member_add_text(builder, "name", arm_name(arm));
  member_add_text(builder, "config", arm_source(arm));
  member_add_flag(builder, "is_tuned", arm_is_tuned(arm));
  if (arm_is_tuned(arm)) {
    const uint32_t trial = comparison_site(comparison, task, index)->trial;
    g_autofree char *point = arm_describe_trial(arm, trial);
    member_add_count(builder, "trial", trial);
    member_add_text(builder, "settings", point);
    add_runs(builder, "tuning", comparison, RUN_TUNING, task, index);
  }
  add_summary(builder, comparison, task, index);
  if (analysis != NULL) {
    add_times(builder, comparison, analysis, task, index);
  }
  results_add_diagnostics(builder, comparison, task, index);
  add_runs(builder, "runs", comparison, RUN_EVALUATION, task, index);
  json_builder_end_object(builder);
}

/* ---- pairs ---- */

static void
add_verdict(JsonBuilder *builder, const Pair *pair)
{
  member_add_text(builder, "verdict", verdict_name(pair->verdict.kind));
  member_add_flag(builder, "is_tuned", pair->is_tuned);
  if (pair->verdict.n_needed > 0) {
    member_add_count(builder, "seeds_needed", pair->verdict.n_needed);
  }
}

static void
add_pair(JsonBuilder *builder, const Comparison *comparison, const Analysis *analysis,
         const Pair *pair)
{
  const Experiment *experiment = comparison->experiment;
  const Task *task = experiment_task(experiment, pair->task);
  g_autofree char *sentence = wording_pair(comparison, analysis, pair);

  json_builder_begin_object(builder);
  member_add_text(builder, "arm", arm_name(experiment_arm(experiment, pair->arm)));
  member_add_text(builder, "versus",
                  arm_name(experiment_arm(experiment, experiment->control)));
  add_verdict(builder, pair);
  member_add_text(builder, "sentence", sentence);
  member_add_count(builder, "seeds", pair->n);
  member_add_count(builder, "better", pair->n_better);
  member_add_count(builder, "worse", pair->n_worse);
  member_add_count(builder, "equal", pair->n_equal);
  member_add_number(builder, "improvement", pair->estimate);
  member_add_number(builder, "difference", analysis_direction(task) * pair->estimate);
  member_add_number(builder, "sd", pair->deviation);
  member_add_number(builder, "variance_ratio", pair->variance_ratio);
  member_add_number(builder, "p", pair->p);
  member_add_number(builder, "p_over_arms", pair->p_arms);
  member_add_number(builder, "p_over_arms_and_looks", pair->p_looks);
  member_add_flag(builder, "is_exact", pair->is_exact);
  add_interval(builder, "improvement_interval", pair->interval);
  add_interval(builder, "equivalence_interval", pair->equivalent);
  add_interval(builder, "bca_interval", pair->bca);
  member_add_number(builder, "hodges_lehmann", pair->hodges_lehmann);
  member_add_number(builder, "wilcoxon_p", pair->wilcoxon_p);
  json_builder_end_object(builder);
}

/* ---- problems ---- */

static void
add_metric(JsonBuilder *builder, const Task *task)
{
  member_begin(builder, "metric");
  member_add_text(builder, "name", task_metric(task)->name);
  member_add_text(builder, "split", split_name(task->split));
  member_add_flag(builder, "higher_is_better", analysis_direction(task) > 0.0);
  member_add_number(builder, "minimum_effect", task->least_effect);
  json_builder_end_object(builder);
}

static void
add_ecdf(JsonBuilder *builder, const Comparison *comparison, size_t task)
{
  g_autoptr(Ecdf) ecdf = ecdf_new(comparison, task);

  if (ecdf == NULL) {
    return;
  }
  member_begin(builder, "ecdf");
  member_add_numbers(builder, "targets", ecdf->targets, ECDF_TARGETS);
  member_add_numbers(builder, "clock_s", ecdf->clocks, ECDF_POINTS);
  member_begin(builder, "shares");
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    member_add_numbers(builder, arm_name(experiment_arm(comparison->experiment, arm)),
                       ecdf->shares + arm * ECDF_POINTS, ECDF_POINTS);
  }
  json_builder_end_object(builder);
  json_builder_end_object(builder);
}

static void
add_task(JsonBuilder *builder, const Comparison *comparison, const Analysis *analysis,
         const Cost *cost, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);

  json_builder_begin_object(builder);
  member_add_text(builder, "name", task->name);
  member_add_text(builder, "problem", task->class->name);
  member_begin(builder, "budget");
  member_add_number(builder, budget_unit(task->budget.kind), task->budget.amount);
  json_builder_end_object(builder);
  member_add_count(builder, "batch_size", task->batch_size);
  add_metric(builder, task);
  member_begin_array(builder, "arms");
  for (size_t i = 0; i < comparison_n_arms(comparison); i++) {
    add_arm(builder, comparison, analysis, index, i);
  }
  json_builder_end_array(builder);
  member_begin_array(builder, "pairs");
  for (size_t i = 0; analysis != NULL && i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == index) {
      add_pair(builder, comparison, analysis, &analysis->pairs[i]);
    }
  }
  json_builder_end_array(builder);
  if (analysis != NULL) {
    add_ecdf(builder, comparison, index);
    shadow_add_json(builder, comparison, index);
  }
  if (cost_task(cost, index) != NULL) {
    json_builder_set_member_name(builder, "cost");
    cost_add_task(builder, comparison, index, cost_task(cost, index));
  }
  json_builder_end_object(builder);
}

static void
add_look(JsonBuilder *builder, const Analysis *analysis, const Manifest *manifest)
{
  const char *const *changes = manifest_changes(manifest);

  member_add_count(builder, "look", analysis->look);
  member_add_number(builder, "alpha_of_look", analysis->alpha);
  member_begin_array(builder, "exploratory");
  for (size_t i = 0; changes[i] != NULL; i++) {
    json_builder_add_string_value(builder, changes[i]);
  }
  json_builder_end_array(builder);
}

JsonNode *
results_describe(const Comparison *comparison, const Analysis *analysis,
                 const Manifest *manifest)
{
  const Experiment *experiment = comparison->experiment;
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autoptr(Cost) cost = cost_read(comparison);

  json_builder_begin_object(builder);
  member_add_text(builder, "optreg", optreg_version());
  if (experiment->name != NULL) {
    member_add_text(builder, "name", experiment->name);
  }
  member_add_flag(builder, "is_complete", analysis != NULL);
  member_add_count(builder, "seeds", experiment->n_seeds);
  member_add_text(builder, "control",
                  arm_name(experiment_arm(experiment, experiment->control)));
  if (analysis != NULL) {
    add_look(builder, analysis, manifest);
  }
  member_begin_array(builder, "problems");
  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    add_task(builder, comparison, analysis, cost, i);
  }
  json_builder_end_array(builder);
  if (analysis != NULL) {
    expect_add_json(builder, comparison);
  }
  json_builder_end_object(builder);
  return json_builder_get_root(builder);
}
