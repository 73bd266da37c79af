/* SPDX-License-Identifier: MIT */
/* A mapping of the tree, read by the schema. */
#include "config/reading.h"

#include "config/place.h"
#include "config/unknown.h"
#include "config/value.h"
#include "schedules/schedule.h"

#include <string.h>

static const char *const kinds[] = {
  [OPTREG_NODE_SCALAR] = "a value",
  [OPTREG_NODE_SEQUENCE] = "a list",
  [OPTREG_NODE_MAPPING] = "a mapping",
};

OptregReading *
optreg_reading_new(const OptregSchema *schema)
{
  OptregReading *readings = g_new0(OptregReading, schema->n_options);

  for (size_t i = 0; i < schema->n_options; i++) {
    readings[i].number = schema->options[i].row.default_value;
  }
  return readings;
}

OptregReading *
optreg_reading_inherit(const OptregSchema *schema, const OptregReading *model)
{
  OptregReading *readings = g_memdup2(model, schema->n_options * sizeof(OptregReading));

  for (size_t i = 0; i < schema->n_options; i++) {
    readings[i].is_own = false;
  }
  return readings;
}

static bool
refuse_value(const OptregSchema *schema, const OptregOption *option,
             const OptregNode *node, const char *problem, GError **error)
{
  return optreg_fail_at(schema->source, node->line, node->column, error, "%s: %s%s%s",
                        option->row.name, problem, option->remedy == NULL ? "" : "; ",
                        option->remedy == NULL ? "" : option->remedy);
}

static bool
refuse_kind(const OptregSchema *schema, const OptregOption *option,
            const OptregNode *node, GError **error)
{
  g_autofree char *expectation = optreg_value_expectation(&option->row);
  const bool is_schedule = node->kind == OPTREG_NODE_MAPPING
                           && optreg_node_get(node, "schedule") != NULL;
  g_autofree char *problem =
      is_schedule
          ? g_strdup_printf("cannot follow a schedule; write %s", expectation)
          : g_strdup_printf("expected %s, not %s", expectation, kinds[node->kind]);

  return refuse_value(schema, option, node, problem, error);
}

static bool
is_schedulable(const OptregSchema *schema, const OptregOption *option)
{
  return option - schema->options >= OPTREG_N_BASE_OPTIONS
         && option->row.type == OPTREG_REAL
         && (option->row.flags & OPTREG_SCHEDULABLE) != 0;
}

static bool
read_schedule(const OptregSchema *schema, const OptregOption *option,
              const OptregNode *node, OptregReading *reading, GError **error)
{
  g_autoptr(OptregSchedule)
      schedule = optreg_schedule_new(node, schema->source, &option->row, error);

  if (schedule == NULL) {
    return false;
  }
  reading->schedule = node;
  reading->number = optreg_schedule_value(schedule, 0);
  return true;
}

static bool
refuse_null(const OptregSchema *schema, const OptregOption *option,
            const OptregNode *node, GError **error)
{
  g_autofree char *expectation = optreg_value_expectation(&option->row);
  g_autofree char *preset = optreg_value_show(&option->row, option->row.default_value);
  g_autofree char *problem = g_strdup_printf(
      "null is not permitted; write %s, or remove the key for the default %s",
      expectation, preset);

  return refuse_value(schema, option, node, problem, error);
}

static bool
read_text(const OptregSchema *schema, const OptregOption *option,
          const OptregNode *node, OptregReading *reading, GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR) {
    g_autofree char *problem =
        g_strdup_printf("expected text, not %s", kinds[node->kind]);
    return refuse_value(schema, option, node, problem, error);
  }
  if (optreg_node_is_null(node) && option->may_be_off) {
    return true;
  }
  if (node->text[0] == '\0') {
    return refuse_value(schema, option, node, "is empty; write a name", error);
  }
  reading->text = node->text;
  return true;
}

static bool
read_number(const OptregSchema *schema, const OptregOption *option,
            const OptregNode *node, OptregReading *reading, GError **error)
{
  reading->schedule = NULL; /* of the model, when this is a group */
  if (node->kind == OPTREG_NODE_MAPPING && is_schedulable(schema, option)) {
    return read_schedule(schema, option, node, reading, error);
  }
  if (node->kind != OPTREG_NODE_SCALAR) {
    return refuse_kind(schema, option, node, error);
  }
  if (optreg_node_is_null(node)) {
    reading->number = option->off;
    return option->may_be_off || refuse_null(schema, option, node, error);
  }
  g_autofree char *problem =
      optreg_value_read(&option->row, node->text, &reading->number);
  return problem == NULL || refuse_value(schema, option, node, problem, error);
}

static bool
read_loss_scale(const OptregSchema *schema, const OptregNode *node,
                OptregReading *readings, GError **error)
{
  const OptregOption *option = &schema->options[OPTREG_OPTION_LOSS_SCALE_FACTOR];
  OptregReading *dynamic = &readings[OPTREG_OPTION_DYNAMIC];

  if (node->kind == OPTREG_NODE_MAPPING) {
    if (!optreg_reading_add(readings, schema, node, OPTREG_IN_LOSS_SCALE, error)) {
      return false;
    }
    return dynamic->number != 0.0
           || optreg_fail_at(
               schema->source, node->line, node->column, error,
               "loss_scale_factor: a mapping needs dynamic: true; write a number "
               "for a fixed scale, or null for none");
  }
  if (node->kind == OPTREG_NODE_SCALAR && strcmp(node->text, "dynamic") == 0) {
    dynamic->number = 1.0;
    return true;
  }
  return read_number(schema, option, node, &readings[OPTREG_OPTION_LOSS_SCALE_FACTOR],
                     error);
}

static bool
read_value(const OptregSchema *schema, const OptregOption *option,
           const OptregNode *node, OptregReading *readings, GError **error)
{
  const size_t index = (size_t)(option - schema->options);

  if (index == OPTREG_OPTION_LOSS_SCALE_FACTOR) {
    return read_loss_scale(schema, node, readings, error);
  }
  switch (option->row.type) {
  case OPTREG_LIST:
    return true;
  case OPTREG_TEXT:
    return read_text(schema, option, node, &readings[index], error);
  default:
    return read_number(schema, option, node, &readings[index], error);
  }
}

/* what the model says of the core's options holds for other optimizers, too; a decay
 * that it does not set is the optimizer's own */
OptregReading *
optreg_reading_lend(const OptregSchema *schema, const OptregReading *model)
{
  OptregReading *readings = optreg_reading_new(schema);

  for (size_t i = 0; i < OPTREG_N_BASE_OPTIONS; i++) {
    if (model[i].is_set) {
      readings[i] = model[i];
      readings[i].is_own = false;
    }
  }
  return readings;
}

bool
optreg_reading_check_keys(const OptregSchema *schema, const OptregNode *mapping,
                          unsigned scope, GError **error)
{
  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    if (optreg_schema_find(schema, node->key, scope) == NULL) {
      return optreg_unknown_key(schema, node, scope, error);
    }
  }
  return true;
}

bool
optreg_reading_add(OptregReading *readings, const OptregSchema *schema,
                   const OptregNode *mapping, unsigned scope, GError **error)
{
  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    const OptregOption *option = optreg_schema_find(schema, node->key, scope);
    if (option == NULL) {
      return optreg_unknown_key(schema, node, scope, error);
    }
    if (!read_value(schema, option, node, readings, error)) {
      return false;
    }
    OptregReading *reading = &readings[option - schema->options];
    reading->line = node->line;
    reading->column = node->column;
    reading->is_set = reading->is_own = true;
  }
  return true;
}
