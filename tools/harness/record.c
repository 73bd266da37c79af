/* SPDX-License-Identifier: MIT */
/* Records to JSON and back. */
#include "record.h"

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

static JsonObject *
get_object(JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                      : NULL;
}

static JsonNode *
get_value(JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? node : NULL;
}

static double
get_number(JsonObject *object, const char *name)
{
  JsonNode *node = get_value(object, name);
  return node != NULL ? json_node_get_double(node) : NAN;
}

static uint64_t
get_count(JsonObject *object, const char *name)
{
  JsonNode *node = get_value(object, name);
  return node != NULL ? (uint64_t)json_node_get_int(node) : 0;
}

static void
get_text(JsonObject *object, const char *name, char *text, size_t size)
{
  JsonNode *node = get_value(object, name);
  const char *value = node != NULL ? json_node_get_string(node) : NULL;
  g_strlcpy(text, value != NULL ? value : "", size);
}

static void
read_values(JsonObject *object, const ProblemClass *class, Record *record)
{
  const ProblemMetric *metrics;
  const size_t n = count_metrics(class, &metrics);

  for (size_t split = 0; split < N_SPLITS; split++) {
    JsonObject *values = get_object(object, splits[split]);
    for (size_t i = 0; i < n; i++) {
      record->values[split][i] = get_number(values, metrics[i].name);
    }
  }
}

static void
read_final(JsonObject *final, Record *record)
{
  JsonObject *clock = get_object(final, "clock");

  record->is_final = true;
  record->is_diverged = json_object_has_member(final, "reason");
  get_text(final, "reason", record->reason, sizeof record->reason);
  get_text(final, "weights", record->weights, sizeof record->weights);
  record->state_bytes = get_count(final, "state_bytes");
  record->model_ms_per_step = get_number(clock, "model_ms_per_step");
  record->optimizer_ms_per_step = get_number(clock, "optimizer_ms_per_step");
}

bool
record_from_json(const char *line, const ProblemClass *class, Record *record)
{
  g_autoptr(JsonObject) object = json_text_read_object(line, -1);

  if (object == NULL || get_object(object, splits[SPLIT_TEST]) == NULL) {
    return false;
  }
  *record =
      (Record){ .batches = get_count(object, "batches"),
                .step = get_count(object, "step"),
                .epoch = get_number(object, "epoch"),
                .batch_loss = get_number(object, "batch_loss"),
                .elapsed_s = get_number(get_object(object, "clock"), "elapsed_s") };
  read_values(object, class, record);
  diagnostics_from_json(get_object(object, "diagnostics"), &record->diagnostics);
  record_read_shadows(object, record);
  JsonObject *final = get_object(object, "final");
  if (final != NULL) {
    read_final(final, record);
  }
  return true;
}
