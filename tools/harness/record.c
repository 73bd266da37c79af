/* SPDX-License-Identifier: MIT */
/* Records to JSON and back. */
#include "record.h"

#include <math.h>

void
record_add_number(JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name(builder, name);
  if (isfinite(value)) {
    json_builder_add_double_value(builder, value);
  } else {
    json_builder_add_null_value(builder);
  }
}

void
record_add_count(JsonBuilder *builder, const char *name, uint64_t value)
{
  json_builder_set_member_name(builder, name);
  json_builder_add_int_value(builder, (gint64)value);
}

void
record_add_text(JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, value);
}

static void
add_metrics(JsonBuilder *builder, const Record *record)
{
  json_builder_set_member_name(builder, "metrics");
  json_builder_begin_object(builder);
  record_add_number(builder, "test_accuracy", record->test_accuracy);
  record_add_number(builder, "test_loss", record->test_loss);
  record_add_number(builder, "validation_accuracy", record->validation_accuracy);
  record_add_number(builder, "validation_loss", record->validation_loss);
  record_add_number(builder, "batch_loss", record->batch_loss);
  json_builder_end_object(builder);
}

static void
add_final(JsonBuilder *builder, const Record *record)
{
  json_builder_set_member_name(builder, "final");
  json_builder_begin_object(builder);
  record_add_text(builder, "status", record->is_diverged ? "diverged" : "finished");
  record_add_count(builder, "batches", record->batches);
  record_add_number(builder, "model_ms_per_step", record->model_ms_per_step);
  record_add_number(builder, "optimizer_ms_per_step", record->optimizer_ms_per_step);
  record_add_count(builder, "state_bytes", record->state_bytes);
  json_builder_end_object(builder);
}

char *
record_to_json(const Record *record)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  record_add_text(builder, "arm", record->arm);
  record_add_count(builder, "seed", record->seed);
  record_add_count(builder, "epoch", record->epoch);
  record_add_count(builder, "step", record->step);
  record_add_number(builder, "train_loss", record->train_loss);
  add_metrics(builder, record);
  record_add_number(builder, "test_accuracy", record->test_accuracy);
  record_add_number(builder, "elapsed_s", record->elapsed_s);
  if (record->is_final) {
    add_final(builder, record);
  }
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_to_string(root, FALSE);
}

static JsonObject *
get_object(JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member(object, name);
  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                      : NULL;
}

static double
get_number(JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member(object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : NAN;
}

static uint64_t
get_count(JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member(object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? (uint64_t)json_node_get_int(node)
                                                     : 0;
}

static void
read_metrics(JsonObject *metrics, Record *record)
{
  record->test_loss = get_number(metrics, "test_loss");
  record->validation_accuracy = get_number(metrics, "validation_accuracy");
  record->validation_loss = get_number(metrics, "validation_loss");
  record->batch_loss = get_number(metrics, "batch_loss");
}

static void
read_final(JsonObject *final, Record *record)
{
  const char *status = json_object_get_string_member_with_default(final, "status", "");

  record->is_final = true;
  record->is_diverged = g_str_equal(status, "diverged");
  record->batches = get_count(final, "batches");
  record->model_ms_per_step = get_number(final, "model_ms_per_step");
  record->optimizer_ms_per_step = get_number(final, "optimizer_ms_per_step");
  record->state_bytes = get_count(final, "state_bytes");
}

bool
record_from_json(const char *line, Record *record)
{
  g_autoptr(JsonNode) root = json_from_string(line, NULL);

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
    return false;
  }
  JsonObject *object = json_node_get_object(root);
  JsonObject *metrics = get_object(object, "metrics");
  JsonObject *final = get_object(object, "final");
  if (metrics == NULL) {
    return false;
  }
  *record = (Record){
    .seed = (uint32_t)get_count(object, "seed"),
    .epoch = (uint32_t)get_count(object, "epoch"),
    .step = get_count(object, "step"),
    .train_loss = get_number(object, "train_loss"),
    .test_accuracy = get_number(object, "test_accuracy"),
    .elapsed_s = get_number(object, "elapsed_s"),
  };
  read_metrics(metrics, record);
  if (final != NULL) {
    read_final(final, record);
  }
  return true;
}
