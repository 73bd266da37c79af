/* SPDX-License-Identifier: MIT */
/* Records to JSON and back. */
#include "record.h"

#include "support/json_get.h"
#include "support/json_text.h"
#include "support/member.h"

#include <math.h>

static const char *const splits[N_SPLITS] = { "training", "validation", "test" };

static size_t
count_metrics(const ProblemClass *class, const ProblemMetric **metrics)
{
  size_t n;
  *metrics = problem_metrics(class, &n);
  return MIN(n, (size_t)RECORD_MOST_METRICS);
}

static void
add_values(JsonBuilder *builder, const Record *record, const ProblemClass *class)
{
  const ProblemMetric *metrics;
  const size_t n = count_metrics(class, &metrics);

  for (size_t split = 0; split < N_SPLITS; split++) {
    member_begin(builder, splits[split]);
    for (size_t i = 0; i < n; i++) {
      member_add_number(builder, metrics[i].name, record->values[split][i]);
    }
    json_builder_end_object(builder);
  }
}

static void
add_final(JsonBuilder *builder, const Record *record)
{
  member_begin(builder, "final");
  member_add_text(builder, "status", record->is_diverged ? "diverged" : "finished");
  if (record->is_diverged) {
    member_add_text(builder, "reason", record->reason);
  }
  member_add_text(builder, "weights", record->weights);
  member_add_count(builder, "state_bytes", record->state_bytes);
  member_begin(builder, "clock");
  member_add_number(builder, "model_ms_per_step", record->model_ms_per_step);
  member_add_number(builder, "optimizer_ms_per_step", record->optimizer_ms_per_step);
  json_builder_end_object(builder);
  json_builder_end_object(builder);
}

static void
add_head(JsonBuilder *builder, const RecordHead *head)
{
  member_add_text(builder, "problem", head->problem);
  member_add_text(builder, "arm", head->arm);
  member_add_count(builder, "seed", head->seed);
  if (head->trial > 0) {
    member_add_count(builder, "trial", head->trial);
  }
}

char *
record_to_json(const Record *record, const RecordHead *head, const ProblemClass *class)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  add_head(builder, head);
  member_add_count(builder, "batches", record->batches);
  member_add_count(builder, "step", record->step);
  member_add_number(builder, "epoch", record->epoch);
  member_add_number(builder, "batch_loss", record->batch_loss);
  add_values(builder, record, class);
  if (record->diagnostics.n_parts > 0) {
    json_builder_set_member_name(builder, "diagnostics");
    diagnostics_to_json(&record->diagnostics, builder);
  }
  member_begin(builder, "clock");
  member_add_number(builder, "elapsed_s", record->elapsed_s);
  json_builder_end_object(builder);
  if (record->n_shadows > 0) {
    record_add_shadows(builder, record, head->candidates);
  }
  if (record->is_final) {
    add_final(builder, record);
  }
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_text_write(root, false);
}

/* ---- reading ---- */

static void
read_values(JsonObject *object, const ProblemClass *class, Record *record)
{
  const ProblemMetric *metrics;
  const size_t n = count_metrics(class, &metrics);

  for (size_t split = 0; split < N_SPLITS; split++) {
    JsonObject *values = json_get_object(object, splits[split]);
    for (size_t i = 0; i < n; i++) {
      record->values[split][i] = json_get_number(values, metrics[i].name, NAN);
    }
  }
}

static void
read_final(JsonObject *final, Record *record)
{
  JsonObject *clock = json_get_object(final, "clock");

  record->is_final = true;
  record->is_diverged = json_object_has_member(final, "reason");
  g_strlcpy(record->reason, json_get_text(final, "reason"), sizeof record->reason);
  g_strlcpy(record->weights, json_get_text(final, "weights"), sizeof record->weights);
  record->state_bytes = json_get_count(final, "state_bytes");
  record->model_ms_per_step = json_get_number(clock, "model_ms_per_step", NAN);
  record->optimizer_ms_per_step = json_get_number(clock, "optimizer_ms_per_step", NAN);
}

bool
record_from_json(const char *line, const ProblemClass *class, Record *record)
{
  g_autoptr(JsonObject) object = json_text_read_object(line, -1);

  if (object == NULL || json_get_object(object, splits[SPLIT_TEST]) == NULL) {
    return false;
  }
  *record = (Record){ .batches = json_get_count(object, "batches"),
                      .step = json_get_count(object, "step"),
                      .epoch = json_get_number(object, "epoch", NAN),
                      .batch_loss = json_get_number(object, "batch_loss", NAN),
                      .elapsed_s = json_get_number(json_get_object(object, "clock"),
                                                   "elapsed_s", NAN) };
  read_values(object, class, record);
  diagnostics_from_json(json_get_object(object, "diagnostics"), &record->diagnostics);
  record_read_shadows(object, record);
  JsonObject *final = json_get_object(object, "final");
  if (final != NULL) {
    read_final(final, record);
  }
  return true;
}
