/* SPDX-License-Identifier: MIT */
/* Hyperparameters from their sources to the optimizer. */
#include "values.h"

#include "config/number.h"
#include "error.h"
#include "running/fp_mode.h"
#include "running/limits.h"
#include "schedules/schedule.h"

#include <math.h>

static const OptregSchedule *
schedule_of(const OptregGroup *group, size_t row)
{
  return group->schedules != NULL ? group->schedules[row] : NULL;
}

bool
optreg_values_is_scheduled(const OptregGroup *group, size_t row)
{
  return schedule_of(group, row) != NULL;
}

bool
optreg_values_check(const OptregConfig *config, GError **error)
{
  for (size_t i = 0; i < config->n_groups; i++) {
    const OptregDescriptor *descriptor = config->groups[i].descriptor;
    for (size_t row = 0; row < descriptor->n_hyperparameters; row++) {
      const OptregSchedule *schedule = schedule_of(&config->groups[i], row);
      if (schedule != NULL && optreg_schedule_needs_total_steps(schedule)) {
        g_set_error(
            error, OPTREG_ERROR, OPTREG_ERROR_CONFIG,
            "%s: the schedule of %s has a percentage of the planned steps: call "
            "optreg_optimizer_set_total_steps before build, or write steps",
            config->source, descriptor->hyperparameters[row].name);
        return false;
      }
    }
  }
  return true;
}

static bool
is_in_range(const optreg_hyperparameter *row, double value)
{
  const bool is_above = (row->flags & OPTREG_MINIMUM_OPEN) != 0 ? value > row->minimum
                                                                : value >= row->minimum;
  const bool is_below = (row->flags & OPTREG_MAXIMUM_OPEN) != 0 ? value < row->maximum
                                                                : value <= row->maximum;
  return is_above && is_below && isfinite(value);
}

static bool
check_range(const optreg_hyperparameter *row, double value, GError **error)
{
  if (is_in_range(row, value)) {
    return true;
  }
  g_autofree char *text = optreg_number_round(value);
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
              "%s: %s is out of range: see optreg info", row->name, text);
  return false;
}

/* in the type of every parameter that it would reach */
static bool
check_types(const OptregEngine *engine, double value, GError **error)
{
  for (size_t i = 0; engine != NULL && i < engine->config->n_groups; i++) {
    if (!engine->config->groups[i].has_own_learning_rate
        && !optreg_limits_check_value(engine, i, (size_t)engine->learning_rate_rows[i],
                                      value, error)) {
      return false;
    }
  }
  return true;
}

static void
spread(OptregConfig *config, size_t row, double value)
{
  for (size_t i = 0; i < config->n_groups; i++) {
    if (!config->groups[i].has_own_learning_rate) {
      config->groups[i].hyperparameters[row] = value;
    }
  }
}

/* ---- the learning rate ---- */

/* the row that the application may take over, or -1 */
static gssize
find_free_row(const OptregConfig *config, const OptregDescriptor *descriptor,
              GError **error)
{
  const gssize row = optreg_descriptor_find(descriptor, "learning_rate");

  if (row < 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "optimizer '%s' has no learning rate", descriptor->class.name);
    return -1;
  }
  if (optreg_values_is_scheduled(&config->groups[config->n_groups - 1], (size_t)row)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "the learning rate follows a schedule: write a number into the "
                "configuration to set it");
    return -1;
  }
  return row;
}

bool
optreg_values_set_learning_rate(OptregConfig *config,
                                const OptregDescriptor *descriptor,
                                const OptregEngine *engine, double value,
                                GError **error)
{
  const gssize row = find_free_row(config, descriptor, error);

  if (row < 0) {
    return false;
  }
  if (!check_range(&descriptor->hyperparameters[row], value, error)
      || !check_types(engine, value, error)) {
    return false;
  }
  spread(config, (size_t)row, value);
  return true;
}

bool
optreg_values_set_function(OptregRunOptions *options, const OptregConfig *config,
                           const OptregDescriptor *descriptor,
                           optreg_learning_rate_function function, void *context,
                           GError **error)
{
  if (function != NULL && find_free_row(config, descriptor, error) < 0) {
    return false;
  }
  options->learning_rate_function = function;
  options->learning_rate_context = context;
  return true;
}

double
optreg_values_ask(const OptregRunOptions *options)
{
  if (options->learning_rate_function == NULL) {
    return NAN;
  }
  const OptregFpMode caller = optreg_fp_mode_enter();
  const double value = options->learning_rate_function(options->learning_rate_context);
  optreg_fp_mode_leave(&caller);
  return value;
}

static bool
ask_for_learning_rate(OptregEngine *engine, double *value, GError **error)
{
  const size_t row = (size_t)engine->learning_rate_rows[engine->config->n_groups - 1];

  *value = optreg_values_ask(engine->options);
  return check_range(&engine->descriptor->hyperparameters[row], *value, error);
}

static bool
is_asked_for(const OptregRunOptions *options, const OptregGroup *group)
{
  return options->learning_rate_function != NULL && !group->has_own_learning_rate;
}

double
optreg_values_of(const OptregGroup *group, size_t row, const optreg_step_report *report)
{
  const OptregSchedule *schedule = schedule_of(group, row);

  if (schedule == NULL) {
    return group->hyperparameters[row];
  }
  return optreg_schedule_value(schedule, optreg_schedule_counts_micro_steps(schedule)
                                             ? report->micro_step
                                             : report->step);
}

double
optreg_values_learning_rate(const OptregGroup *group, size_t row,
                            const OptregRunOptions *options, double asked,
                            const optreg_step_report *report)
{
  const double value =
      is_asked_for(options, group) ? asked : optreg_values_of(group, row, report);

  return value * group->learning_rate_multiplier;
}

/* ---- the values of a call ---- */

static bool
refresh_group(OptregEngine *engine, size_t index, double asked, GError **error)
{
  const OptregGroup *group = &engine->config->groups[index];
  double *values = optreg_instance_next_hyperparameters(
      optreg_instances_of_group(&engine->instances, group), index);

  for (size_t row = 0; row < group->descriptor->n_hyperparameters; row++) {
    const bool is_rate = (gssize)row == engine->learning_rate_rows[index];
    const bool is_asked = is_rate && is_asked_for(engine->options, group);
    values[row] = is_asked ? asked : optreg_values_of(group, row, &engine->report);
    if (optreg_values_is_scheduled(group, row)
        && !check_range(&group->descriptor->hyperparameters[row], values[row], error)) {
      return false;
    }
    values[row] *= is_rate ? group->learning_rate_multiplier : 1.0;
  }
  return optreg_limits_check_values(engine, index, values, error);
}

/* when all are known to be good: what a refused call would have used does not stay */
static void
adopt(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->instances.n; i++) {
    optreg_instance_adopt_hyperparameters(engine->instances.items[i]);
  }
}

static bool
has_schedules(const OptregGroup *group)
{
  for (size_t row = 0; row < group->descriptor->n_hyperparameters; row++) {
    if (optreg_values_is_scheduled(group, row)) {
      return true;
    }
  }
  return false;
}

/* constants need not be looked at again until one is set */
bool
optreg_values_refresh(OptregEngine *engine, GError **error)
{
  bool are_constant = engine->options->learning_rate_function == NULL;
  double asked = 0.0;

  if (engine->has_current_values) {
    return true;
  }
  if (!are_constant && !ask_for_learning_rate(engine, &asked, error)) {
    return false;
  }
  for (size_t i = 0; i < engine->config->n_groups; i++) {
    if (!refresh_group(engine, i, asked, error)) {
      return false;
    }
    are_constant &= !has_schedules(&engine->config->groups[i]);
  }
  adopt(engine);
  engine->has_current_values = are_constant;
  return true;
}

void
optreg_values_recall(OptregEngine *engine)
{
  const OptregConfig *config = engine->config;
  const uint64_t before = MAX(engine->report.step, 1) - 1;
  const optreg_step_report at = {
    .step = before,
    .micro_step = (before + 1) * config->gradient_accumulation_steps - 1,
  };
  const OptregFpMode caller = optreg_fp_mode_enter();

  for (size_t i = 0; i < config->n_groups; i++) {
    const OptregGroup *group = &config->groups[i];
    double *values = optreg_instance_hyperparameters(
        optreg_instances_of_group(&engine->instances, group), i);
    for (size_t row = 0; row < group->descriptor->n_hyperparameters; row++) {
      const bool is_rate = (gssize)row == engine->learning_rate_rows[i];
      values[row] = optreg_values_of(group, row, &at)
                    * (is_rate ? group->learning_rate_multiplier : 1.0);
    }
  }
  optreg_fp_mode_leave(&caller);
  engine->has_current_values = false;
}
