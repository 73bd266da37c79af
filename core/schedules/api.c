/* SPDX-License-Identifier: MIT */
/* The schedules of an optimizer, as an application sees them. */
#include "optimizer.h"

#include "error.h"
#include "gate.h"
#include "running/fp_mode.h"
#include "running/limits.h"
#include "running/values.h"
#include "schedules/schedule.h"

#include <math.h>
#include <string.h>

#define MOST_GRADIENTS (UINT64_C(1) << 53) /* doubles hold every integer up to it */

double
optreg_optimizer_scheduled_value(const optreg_optimizer *optimizer, size_t group,
                                 const char *hyperparameter, uint64_t counter)
{
  OPTREG_IN_STEP_MODE;
  if (optimizer == NULL || hyperparameter == NULL) {
    return NAN;
  }
  const OptregConfig *config = optimizer->config;
  const gssize row = group < config->n_groups
                         ? optreg_descriptor_find(config->groups[group].descriptor,
                                                  hyperparameter)
                         : -1;
  if (row < 0) {
    return NAN;
  }
  const optreg_step_report at = { .step = counter, .micro_step = counter };
  const bool is_rate = strcmp(hyperparameter, "learning_rate") == 0;
  const double asked = is_rate ? optreg_values_ask(&optimizer->options) : NAN;
  const double value =
      is_rate ? optreg_values_learning_rate(&config->groups[group], (size_t)row,
                                            &optimizer->options, asked, &at)
              : optreg_values_of(&config->groups[group], (size_t)row, &at);
  return value;
}

/* a percentage of what the schedule counts */
static bool
set_schedule(OptregGroup *group, size_t row, const OptregConfig *config,
             uint64_t total_steps, GError **error)
{
  OptregSchedule *schedule = group->schedules[row];

  if (schedule == NULL) {
    return true;
  }
  const uint64_t unit = optreg_schedule_counts_micro_steps(schedule)
                            ? config->gradient_accumulation_steps
                            : 1;
  return optreg_schedule_set_total_steps(schedule, total_steps * unit, error);
}

static bool
set_total_steps(const optreg_optimizer *optimizer, uint64_t total_steps, GError **error)
{
  const OptregConfig *config = optimizer->config;

  for (size_t i = 0; i < config->n_groups; i++) {
    const OptregDescriptor *descriptor = config->groups[i].descriptor;
    for (size_t row = 0; row < descriptor->n_hyperparameters; row++) {
      if (!set_schedule(&config->groups[i], row, config, total_steps, error)) {
        return false;
      }
    }
  }
  return true;
}

/* what stands in the table of values before the first step; later steps write there */
static void
set_first_values(const optreg_optimizer *optimizer)
{
  const OptregConfig *config = optimizer->config;

  for (size_t i = 0; optimizer->engine == NULL && i < config->n_groups; i++) {
    OptregGroup *group = &config->groups[i];
    for (size_t row = 0; row < group->descriptor->n_hyperparameters; row++) {
      if (group->schedules[row] != NULL) {
        group->hyperparameters[row] = optreg_schedule_value(group->schedules[row], 0);
      }
    }
  }
}

bool
optreg_optimizer_set_total_steps(optreg_optimizer *optimizer, uint64_t total_steps,
                                 optreg_error **error)
{
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)) {
    return false;
  }
  OptregConfig *config = optimizer->config;
  if (total_steps == 0
      || total_steps > MOST_GRADIENTS / config->gradient_accumulation_steps) {
    return optreg_gate_refuse(error, OPTREG_ERROR_ARGUMENT,
                              "the number of planned steps must be at least 1, and at "
                              "most 2^53 gradients");
  }
  const uint64_t before = config->total_steps;
  config->total_steps = total_steps;
  const bool is_set = set_total_steps(optimizer, total_steps, &problem)
                      && (optimizer->engine == NULL
                          || optreg_limits_check(optimizer->engine, &problem));
  if (is_set) {
    set_first_values(optimizer);
    return true;
  }
  config->total_steps = before;
  set_total_steps(optimizer, before, NULL);
  return optreg_error_export(problem, error);
}
