/* SPDX-License-Identifier: MIT */
/* Options that contradict each other, and options that would change nothing. */
#include "config/effect.h"

#include "config/place.h"
#include "config/value.h"

#include <string.h>

#define GROUP(groups, i) (&g_array_index(groups, OptregGrouping, i))

static bool
is_on(const OptregOption *option, const OptregReading *needed)
{
  return needed->schedule != NULL
         || (option->needs_first ? needed->number == 0.0 : needed->number != 0.0);
}

static bool
is_default(const OptregOption *option, const OptregReading *reading)
{
  return reading->schedule == NULL && reading->number == option->row.default_value;
}

/* what would give the option an effect: "set use_ema: true" */
static char *
explain_need(const OptregOption *option, const OptregOption *needed)
{
  const char *name = needed->row.name;
  const bool is_word = needed->row.type == OPTREG_BOOLEAN || option->needs_first;

  if (is_word) {
    g_autofree char *word =
        optreg_value_show(&needed->row, option->needs_first ? 0.0 : 1.0);
    return g_strdup_printf("set %s: %s", name, word);
  }
  g_autofree char *zero = optreg_value_show(&needed->row, 0.0);
  return g_strdup_printf("set %s to something other than %s", name, zero);
}

static bool
refuse_effectless(const OptregSchema *schema, const OptregOption *option,
                  const OptregOption *needed, const OptregReading *readings,
                  GError **error)
{
  const OptregReading *reading = &readings[option - schema->options];
  const double off = readings[needed - schema->options].number;
  g_autofree char *state = optreg_value_show(&needed->row, off);
  g_autofree char *remedy = explain_need(option, needed);

  return optreg_fail_at(schema->source, reading->line, reading->column, error,
                        "%s: has no effect while %s is %s; %s or remove %s",
                        option->row.name, needed->row.name, state, remedy,
                        option->row.name);
}

/* a value outside groups counts when any group that inherits it uses it */
static bool
has_effect(const GArray *groups, size_t group, const OptregOption *option,
           const OptregOption *needed)
{
  const OptregSchema *schema = GROUP(groups, group)->schema;
  const size_t index = (size_t)(option - schema->options);
  const size_t needed_index = (size_t)(needed - schema->options);

  if (is_on(option, &GROUP(groups, group)->readings[needed_index])) {
    return true;
  }
  if (group + 1 < groups->len) {
    return false;
  }
  for (size_t i = 0; i < group; i++) {
    const OptregReading *readings = GROUP(groups, i)->readings;
    if (GROUP(groups, i)->schema == schema && !readings[index].is_own
        && is_on(option, &readings[needed_index])) {
      return true;
    }
  }
  return false;
}

static bool
check_needs(const GArray *groups, size_t group, GError **error)
{
  const OptregSchema *schema = GROUP(groups, group)->schema;
  const OptregReading *readings = GROUP(groups, group)->readings;

  for (size_t i = 0; i < schema->n_options; i++) {
    const OptregOption *option = &schema->options[i];
    if (option->row.needs == NULL || !readings[i].is_own
        || is_default(option, &readings[i])) {
      continue;
    }
    const OptregOption *needed =
        optreg_schema_find(schema, option->row.needs, OPTREG_IN_MODEL);
    if (needed != NULL && !has_effect(groups, group, option, needed)) {
      return refuse_effectless(schema, option, needed, readings, error);
    }
  }
  return true;
}

static bool
check_loss_scale(const OptregSchema *schema, const OptregReading *model, GError **error)
{
  const OptregReading *scale = &model[OPTREG_OPTION_LOSS_SCALE_FACTOR];

  if (model[OPTREG_OPTION_DYNAMIC].number == 0.0
      || model[OPTREG_OPTION_NONFINITE].number == 0.0) {
    return true;
  }
  return optreg_fail_at(
      schema->source, scale->line, scale->column, error,
      "loss_scale_factor: a dynamic loss scale skips steps that are not "
      "finite; set nonfinite: skip, or a number as loss_scale_factor");
}

/* a multiplier needs a learning rate of the model that groups may change */
static bool
check_multiplier(const OptregGrouping *grouping, GError **error)
{
  const OptregSchema *schema = grouping->schema;
  const OptregReading *group = grouping->readings;
  const OptregReading *multiplier = &group[OPTREG_OPTION_LEARNING_RATE_MULTIPLIER];
  const OptregOption *rate =
      optreg_schema_find(schema, "learning_rate", OPTREG_IN_MODEL);

  if (!multiplier->is_own) {
    return true;
  }
  if (rate == NULL || (rate->scopes & OPTREG_IN_GROUP) == 0) {
    return optreg_fail_at(
        schema->source, multiplier->line, multiplier->column, error,
        "learning_rate_multiplier: %s has no learning_rate that may differ "
        "between groups; remove it",
        schema->descriptor->class.name);
  }
  if (group[rate - schema->options].is_own) {
    return optreg_fail_at(
        schema->source, multiplier->line, multiplier->column, error,
        "learning_rate_multiplier: the group sets learning_rate too; remove "
        "one of the two");
  }
  return true;
}

/* the decay is a share of the learning rate */
static bool
check_decay(const OptregGrouping *grouping, GError **error)
{
  const OptregSchema *schema = grouping->schema;
  const OptregReading *group = grouping->readings;
  const OptregReading *decay = &group[OPTREG_OPTION_WEIGHT_DECAY];

  if (decay->number == 0.0
      || optreg_schema_find(schema, "learning_rate", OPTREG_IN_MODEL) != NULL) {
    return true;
  }
  const OptregReading *place = decay->is_set ? decay : &group[OPTREG_OPTION_OPTIMIZER];
  return optreg_fail_at(schema->source, place->line, place->column, error,
                        "weight_decay: %s has no learning_rate, by which the decay is "
                        "multiplied; %s",
                        schema->descriptor->class.name,
                        decay->is_set ? "remove it" : "write weight_decay: null");
}

/* rows that an optimizer has once, though groups say them */
static bool
check_shared(const GArray *groups, size_t group, GError **error)
{
  const OptregGrouping *mine = GROUP(groups, group);
  const OptregSchema *schema = mine->schema;

  for (size_t first = 0; first < group; first++) {
    const OptregGrouping *other = GROUP(groups, first);
    for (size_t i = OPTREG_N_BASE_OPTIONS;
         other->schema == schema && i < schema->n_options; i++) {
      const OptregReading *reading = &mine->readings[i];
      if ((schema->options[i].row.flags & OPTREG_PER_GROUP) == 0
          && reading->number != other->readings[i].number) {
        const unsigned line = reading->is_own ? reading->line : mine->line;
        const unsigned column = reading->is_own ? reading->column : mine->column;
        return optreg_fail_at(
            schema->source, line, column, error,
            "%s of %s cannot differ between groups: write what %s says",
            schema->options[i].row.name, schema->descriptor->class.name, other->label);
      }
    }
  }
  return true;
}

bool
optreg_effect_check(const GArray *groups, GError **error)
{
  const OptregGrouping *model = GROUP(groups, groups->len - 1);

  if (!check_loss_scale(model->schema, model->readings, error)) {
    return false;
  }
  for (size_t i = 0; i < groups->len; i++) {
    if (!check_multiplier(GROUP(groups, i), error)
        || !check_decay(GROUP(groups, i), error) || !check_needs(groups, i, error)
        || (i + 1 < groups->len && !check_shared(groups, i, error))) {
      return false;
    }
  }
  return true;
}
