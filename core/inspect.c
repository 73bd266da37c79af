/* SPDX-License-Identifier: MIT */
/* Looking inside an optimizer: options, groups, plan, state. */
#include "gate.h"
#include "optimizer.h"
#include "running/fp_mode.h"
#include "running/values.h"
#include "schedules/schedule.h"

#include <math.h>

/* group and model slots stand in the list once per parameter, but are kept once */
uint64_t
optreg_optimizer_state_bytes(const optreg_optimizer *optimizer)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  uint64_t bytes = 0;

  if (optimizer == NULL || optimizer->engine == NULL) {
    return 0;
  }
  const GArray *states = optimizer->engine->chain->builder.states;
  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    bytes += g_hash_table_add(seen, *state->data) ? state->size : 0;
  }
  return bytes;
}

const void *
optreg_optimizer_state(const optreg_optimizer *optimizer, size_t index,
                       const char *role, uint64_t *n)
{
  const OptregStateTensor *state =
      optreg_gate_shows_state(optimizer) && role != NULL
          ? optreg_chain_find_state(optimizer->engine->chain, index, role)
          : NULL;

  if (n != NULL) {
    *n = state != NULL ? state->n : 0;
  }
  return state != NULL ? *state->data : NULL;
}

size_t
optreg_optimizer_options(const optreg_optimizer *optimizer,
                         const optreg_option_info **options)
{
  if (options != NULL) {
    *options = optimizer != NULL ? optimizer->config->options : NULL;
  }
  return optimizer != NULL ? optimizer->config->n_options : 0;
}

const char *
optreg_optimizer_name(const optreg_optimizer *optimizer)
{
  return optimizer != NULL ? optimizer->config->optimizer : NULL;
}

uint64_t
optreg_optimizer_accumulation_steps(const optreg_optimizer *optimizer)
{
  return optimizer != NULL ? optimizer->config->gradient_accumulation_steps : 0;
}

static bool
waits_for_total_steps(const OptregConfig *config, const optreg_option_info *option)
{
  const OptregGroup *group = optreg_config_group_of_option(config, option);
  const gssize row = optreg_descriptor_find(group->descriptor, option->name);
  const OptregSchedule *schedule = row >= 0 ? group->schedules[row] : NULL;

  return schedule != NULL && optreg_schedule_needs_total_steps(schedule);
}

bool
optreg_optimizer_needs_total_steps(const optreg_optimizer *optimizer,
                                   const optreg_option_info **option)
{
  const optreg_option_info *found = NULL;

  for (size_t i = 0; optimizer != NULL && i < optimizer->config->n_options; i++) {
    const optreg_option_info *candidate = &optimizer->config->options[i];
    if (found == NULL && waits_for_total_steps(optimizer->config, candidate)) {
      found = candidate;
    }
  }
  if (option != NULL) {
    *option = found;
  }
  return found != NULL;
}

/* values may have changed since the last look */
static const optreg_group_info *
describe_groups(const optreg_optimizer *optimizer)
{
  OPTREG_IN_STEP_MODE;
  const OptregConfig *config = optimizer->config;
  const double asked = optreg_values_ask(&optimizer->options);

  for (size_t i = 0; i < config->n_groups; i++) {
    const OptregGroup *group = &config->groups[i];
    const gssize row = optreg_descriptor_find(group->descriptor, "learning_rate");
    optimizer->groups[i].weight_decay = group->weight_decay;
    optimizer->groups[i].learning_rate =
        row < 0
            ? NAN
            : optreg_values_learning_rate(group, (size_t)row, &optimizer->options,
                                          asked, optreg_optimizer_last_step(optimizer));
  }
  return optimizer->groups;
}

size_t
optreg_optimizer_groups(const optreg_optimizer *optimizer,
                        const optreg_group_info **groups)
{
  if (groups != NULL) {
    *groups = optimizer != NULL ? describe_groups(optimizer) : NULL;
  }
  return optimizer != NULL ? optimizer->config->n_groups : 0;
}

size_t
optreg_optimizer_parameter_group(const optreg_optimizer *optimizer, size_t index)
{
  if (optimizer == NULL) {
    return 0;
  }
  const OptregEngine *engine = optimizer->engine;
  return engine != NULL && index < engine->n_tensors ? engine->tensors[index].group
                                                     : optimizer->config->n_groups - 1;
}

const optreg_diagnostics *
optreg_optimizer_diagnostics(const optreg_optimizer *optimizer, size_t group)
{
  const OptregDiagnosis *diagnosis = optimizer != NULL && optimizer->engine != NULL
                                         ? &optimizer->engine->diagnosis
                                         : NULL;

  if (diagnosis == NULL || diagnosis->every == 0) {
    return NULL;
  }
  if (group == OPTREG_WHOLE_MODEL) {
    return &diagnosis->results[diagnosis->n_groups];
  }
  return group < diagnosis->n_groups ? &diagnosis->results[group] : NULL;
}

size_t
optreg_optimizer_sweeps(const optreg_optimizer *optimizer,
                        const optreg_sweep_info **sweeps)
{
  const OptregPlan *plan =
      optimizer != NULL && optimizer->engine != NULL ? optimizer->engine->plan : NULL;

  if (sweeps != NULL) {
    *sweeps = plan != NULL ? plan->infos : NULL;
  }
  return plan != NULL ? plan->n_infos : 0;
}
