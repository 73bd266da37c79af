/* SPDX-License-Identifier: MIT */
/* Summaries, log.jsonl and results.json. */
#include "results.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <optreg/optreg.h>

/* a run's number, gathered over the complete runs of an arm; non-finite ones are left
 * out */
static size_t
gather(const Comparison *comparison, size_t arm, size_t offset, double *values)
{
  size_t n = 0;

  for (size_t i = 0; i < comparison->n_seeds; i++) {
    const Run *run = comparison_run(comparison, arm, i);
    const double value =
        *(const double *)(const void *)((const char *)&run->last + offset);
    if (run_is_complete(run) && isfinite(value)) {
      values[n++] = value;
    }
  }
  return n;
}

static void
count_runs(const Comparison *comparison, size_t arm, ArmSummary *summary)
{
  for (size_t i = 0; i < comparison->n_seeds; i++) {
    const Run *run = comparison_run(comparison, arm, i);
    summary->n_complete += run_is_complete(run);
    summary->n_diverged += run->state == RUN_DIVERGED;
    summary->n_lost += run->state == RUN_LOST;
    if (run_is_complete(run)) {
      summary->state_bytes = MAX(summary->state_bytes, run->last.state_bytes);
    }
  }
}

ArmSummary
results_summarize(const Comparison *comparison, size_t arm)
{
  g_autofree double *values = g_new(double, comparison->n_seeds);
  ArmSummary summary = { .arm = g_ptr_array_index(comparison->arms, arm) };
  size_t n;

  count_runs(comparison, arm, &summary);
  n = gather(comparison, arm, offsetof(Record, train_loss), values);
  summary.train_loss = statistics_mean(values, n);
  n = gather(comparison, arm, offsetof(Record, test_accuracy), values);
  summary.accuracy_mean = statistics_mean(values, n);
  summary.accuracy_deviation = statistics_deviation(values, n);
  n = gather(comparison, arm, offsetof(Record, model_ms_per_step), values);
  summary.model_ms = statistics_median(values, n);
  n = gather(comparison, arm, offsetof(Record, optimizer_ms_per_step), values);
  summary.optimizer_ms = statistics_median(values, n);
  return summary;
}

PairedDifference
results_pair(const Comparison *comparison, size_t base, size_t arm)
{
  g_autofree double *a = g_new(double, comparison->n_seeds);
  g_autofree double *b = g_new(double, comparison->n_seeds);
  size_t n = 0;

  for (size_t i = 0; i < comparison->n_seeds; i++) {
    const Run *run_a = comparison_run(comparison, base, i);
    const Run *run_b = comparison_run(comparison, arm, i);
    if (run_is_complete(run_a) && run_is_complete(run_b)) {
      a[n] = run_a->last.test_accuracy;
      b[n++] = run_b->last.test_accuracy;
    }
  }
  return statistics_pair(a, b, n);
}

static void
add_run(JsonBuilder *builder, const Run *run)
{
  static const char *const states[] = { "waiting", "running", "finished", "diverged",
                                        "lost" };
  const bool is_complete = run_is_complete(run);
  const Record *last = &run->last;

  json_builder_begin_object(builder);
  record_add_count(builder, "seed", run->seed);
  record_add_text(builder, "status", states[run->state]);
  if (run->reason != NULL) {
    record_add_text(builder, "reason", run->reason);
  }
  record_add_count(builder, "epochs", last->epoch);
  record_add_count(builder, "steps", last->step);
  record_add_count(builder, "batches", last->batches);
  record_add_number(builder, "final_train_loss", is_complete ? last->train_loss : NAN);
  record_add_number(builder, "test_accuracy", is_complete ? last->test_accuracy : NAN);
  record_add_number(builder, "validation_accuracy",
                    is_complete ? last->validation_accuracy : NAN);
  record_add_number(builder, "optimizer_ms_per_step",
                    is_complete ? last->optimizer_ms_per_step : NAN);
  record_add_number(builder, "model_ms_per_step",
                    is_complete ? last->model_ms_per_step : NAN);
  record_add_count(builder, "state_bytes", last->state_bytes);
  record_add_number(builder, "elapsed_s", last->elapsed_s);
  json_builder_end_object(builder);
}

static void
add_arm(JsonBuilder *builder, const Comparison *comparison, size_t arm)
{
  const ArmSummary summary = results_summarize(comparison, arm);

  json_builder_begin_object(builder);
  record_add_text(builder, "name", summary.arm->name);
  record_add_text(builder, "config", summary.arm->config);
  json_builder_set_member_name(builder, "summary");
  json_builder_begin_object(builder);
  record_add_count(builder, "complete", summary.n_complete);
  record_add_count(builder, "diverged", summary.n_diverged);
  record_add_count(builder, "lost", summary.n_lost);
  record_add_number(builder, "final_train_loss_mean", summary.train_loss);
  record_add_number(builder, "test_accuracy_mean", summary.accuracy_mean);
  record_add_number(builder, "test_accuracy_sd", summary.accuracy_deviation);
  json_builder_end_object(builder);
  json_builder_set_member_name(builder, "runs");
  json_builder_begin_array(builder);
  for (size_t i = 0; i < comparison->n_seeds; i++) {
    add_run(builder, comparison_run(comparison, arm, i));
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}

static void
add_pair(JsonBuilder *builder, const Comparison *comparison, size_t arm)
{
  const Arm *base = g_ptr_array_index(comparison->arms, 0);
  const Arm *other = g_ptr_array_index(comparison->arms, arm);
  const PairedDifference pair = results_pair(comparison, 0, arm);

  json_builder_begin_object(builder);
  record_add_text(builder, "arm", other->name);
  record_add_text(builder, "versus", base->name);
  record_add_text(builder, "metric", "test_accuracy");
  record_add_count(builder, "seeds", pair.n);
  record_add_number(builder, "mean_difference", pair.mean);
  record_add_count(builder, "better", pair.n_larger);
  record_add_count(builder, "worse", pair.n_smaller);
  record_add_count(builder, "equal", pair.n_equal);
  json_builder_end_object(builder);
}

static char *
results_to_json(const Comparison *comparison)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  record_add_text(builder, "optreg", optreg_version());
  record_add_text(builder, "problem", comparison->problem->name);
  record_add_count(builder, "epochs", comparison->epochs);
  record_add_count(builder, "batch_size", comparison->batch_size);
  record_add_count(builder, "seeds", comparison->n_seeds);
  json_builder_set_member_name(builder, "arms");
  json_builder_begin_array(builder);
  for (size_t i = 0; i < comparison->arms->len; i++) {
    add_arm(builder, comparison, i);
  }
  json_builder_end_array(builder);
  json_builder_set_member_name(builder, "pairs");
  json_builder_begin_array(builder);
  for (size_t i = 1; i < comparison->arms->len; i++) {
    add_pair(builder, comparison, i);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_to_string(root, TRUE);
}

static char *
concatenate_logs(const Comparison *comparison)
{
  GString *log = g_string_new(NULL);

  for (size_t i = 0; i < comparison_n_runs(comparison); i++) {
    g_autofree char *path =
        comparison_run_path(comparison, &comparison->runs[i], ".jsonl");
    g_autofree char *text = NULL;
    if (g_file_get_contents(path, &text, NULL, NULL)) {
      g_string_append(log, text);
    }
  }
  return g_string_free(log, FALSE);
}

static bool
write_text(const Comparison *comparison, const char *name, const char *text,
           GError **error)
{
  g_autofree char *path = g_build_filename(comparison->directory, name, NULL);
  return g_file_set_contents(path, text, -1, error);
}

bool
results_write(const Comparison *comparison, GError **error)
{
  g_autofree char *log = concatenate_logs(comparison);
  g_autofree char *json = results_to_json(comparison);
  g_autofree char *text = g_strconcat(json, "\n", NULL);

  return write_text(comparison, "log.jsonl", log, error)
         && write_text(comparison, "results.json", text, error);
}
