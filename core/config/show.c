/* SPDX-License-Identifier: MIT */
/* Every option with its effective value and where the value comes from. */
#include "config/show.h"

#include "config/number.h"
#include "config/scalar.h"
#include "config/value.h"
#include "schedules/schedule.h"

static char *
show_loss_scale(const OptregReading *readings)
{
  if (readings[OPTREG_OPTION_DYNAMIC].number == 0.0) {
    const double scale = readings[OPTREG_OPTION_LOSS_SCALE_FACTOR].number;
    return scale == 0.0 ? g_strdup("null") : optreg_number_show(scale);
  }
  g_autofree char *scale =
      optreg_number_show(readings[OPTREG_OPTION_INITIAL_SCALE].number);
  g_autofree char *steps =
      optreg_number_show(readings[OPTREG_OPTION_DYNAMIC_GROWTH_STEPS].number);
  return g_strdup_printf("{dynamic: true, initial_scale: %s, dynamic_growth_steps: %s}",
                         scale, steps);
}

static char *
show_schedule(const OptregSchema *schema, const OptregReading *reading,
              const optreg_hyperparameter *row)
{
  g_autoptr(OptregSchedule)
      schedule = optreg_schedule_new(reading->schedule, schema->source, row, NULL);

  return optreg_schedule_show(schedule);
}

static char *
show_value(const OptregSchema *schema, const OptregReading *readings, size_t i)
{
  const OptregOption *option = &schema->options[i];

  if (option->row.type == OPTREG_TEXT) {
    const char *preset = schema->descriptor->class.name;
    return optreg_scalar_show(readings[i].text == NULL ? preset : readings[i].text);
  }
  if (readings[i].schedule != NULL) {
    return show_schedule(schema, &readings[i], &option->row);
  }
  if (i == OPTREG_OPTION_LOSS_SCALE_FACTOR) {
    return show_loss_scale(readings);
  }
  if (option->may_be_off && readings[i].number == option->off) {
    return g_strdup("null");
  }
  return optreg_value_show(&option->row, readings[i].number);
}

static char *
show_origin(const OptregSchema *schema, const OptregReading *readings, size_t i)
{
  const OptregReading *reading = &readings[i];
  const bool is_of_optimizer = i >= OPTREG_N_BASE_OPTIONS
                               || (i == OPTREG_OPTION_WEIGHT_DECAY
                                   && schema->descriptor->class.weight_decay != 0.0);

  if (reading->is_set) {
    return g_strdup_printf("%s:%u:%u", schema->source, reading->line, reading->column);
  }
  return is_of_optimizer
             ? g_strconcat("default of ", schema->descriptor->class.name, NULL)
             : g_strdup("default");
}

/* what a group says itself, and the rows of an optimizer of its own */
static bool
is_shown(const OptregGrouping *group, const OptregSchema *of_model, size_t i)
{
  return group->readings[i].is_own
         || (group->schema != of_model && i >= OPTREG_N_BASE_OPTIONS);
}

static void
add_option(GArray *options, const OptregSchema *of_model, const OptregGrouping *group,
           size_t i, unsigned scope)
{
  const OptregSchema *schema = group->schema;
  const OptregOption *option = &schema->options[i];
  const bool is_model = scope == OPTREG_IN_MODEL;

  if ((option->scopes & scope) == 0 || option->row.type == OPTREG_LIST
      || (!is_model && !is_shown(group, of_model, i))) {
    return;
  }
  const optreg_option_info info = {
    .name = option->row.name,
    .value = show_value(schema, group->readings, i),
    .origin = show_origin(schema, group->readings, i),
    .group = is_model ? NULL : g_strdup(group->label),
    .doc = option->row.doc,
  };
  g_array_append_val(options, info);
}

/* the optimizer's own rows stand behind its name */
static void
add_options(GArray *options, const OptregSchema *of_model, const OptregGrouping *group,
            unsigned scope)
{
  const OptregSchema *schema = group->schema;
  const size_t first_of_core = OPTREG_OPTION_NAME + 1;

  for (size_t i = 0; i < first_of_core; i++) {
    add_option(options, of_model, group, i, scope);
  }
  for (size_t i = OPTREG_N_BASE_OPTIONS; i < schema->n_options; i++) {
    add_option(options, of_model, group, i, scope);
  }
  for (size_t i = first_of_core; i < OPTREG_N_BASE_OPTIONS; i++) {
    add_option(options, of_model, group, i, scope);
  }
}

void
optreg_show_options(OptregConfig *config, const GArray *groups)
{
  g_autoptr(GArray) options = g_array_new(false, false, sizeof(optreg_option_info));
  const OptregGrouping *group = (const OptregGrouping *)(void *)groups->data;
  const OptregSchema *of_model = group[groups->len - 1].schema;

  add_options(options, of_model, &group[groups->len - 1], OPTREG_IN_MODEL);
  for (size_t i = 0; i + 1 < groups->len; i++) {
    add_options(options, of_model, &group[i], OPTREG_IN_GROUP);
  }
  config->n_options = options->len;
  config->options = (optreg_option_info *)(void *)g_array_steal(options, NULL);
}

void
optreg_show_free(optreg_option_info *options, size_t n_options)
{
  for (size_t i = 0; i < n_options; i++) {
    g_free((char *)options[i].value);
    g_free((char *)options[i].origin);
    g_free((char *)options[i].group);
  }
  g_free(options);
}
