/* SPDX-License-Identifier: MIT */
/* Counters of the engine and of its wrappers, as one list. */
#include "checkpoint/counters.h"

#include "config/number.h"

#include <math.h>

static const struct {
  const char *name;
  size_t offset;
} own[] = {
  { "step", offsetof(optreg_step_report, step) },
  { "micro_step", offsetof(optreg_step_report, micro_step) },
  { "skipped", offsetof(optreg_step_report, skipped) },
  { "consecutive_skips", offsetof(optreg_step_report, consecutive_skips) },
};

GArray *
optreg_counters_get(const OptregEngine *engine)
{
  GArray *counters = g_array_new(FALSE, FALSE, sizeof(OptregCounter));
  const char *report = (const char *)&engine->report;

  for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
    const uint64_t *value = (const uint64_t *)(const void *)(report + own[i].offset);
    const OptregCounter counter = { .name = own[i].name,
                                    .value = (double)*value,
                                    .maximum = OPTREG_COUNTER_MAX,
                                    .is_whole = true };
    g_array_append_val(counters, counter);
  }
  const OptregCounter deployed = { .name = "deployed_at",
                                   .value = (double)engine->deployed_at,
                                   .maximum = OPTREG_COUNTER_MAX,
                                   .is_whole = true,
                                   .is_rare = true };
  g_array_append_val(counters, deployed);
  for (size_t i = 0; i < OPTREG_N_LINKS; i++) {
    const OptregWrapper *wrapper = engine->chain->wrappers[i];
    OptregCounter of_wrapper[OPTREG_MAX_COUNTERS];
    if (wrapper->class->serialize != NULL) {
      const size_t n = wrapper->class->serialize(wrapper, of_wrapper);
      g_array_append_vals(counters, of_wrapper, (guint)n);
    }
  }
  return counters;
}

void
optreg_counters_set(OptregEngine *engine, const GArray *counters)
{
  const OptregCounter *next = (const OptregCounter *)(const void *)counters->data;

  engine->report = (optreg_step_report){ 0 };
  for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
    char *report = (char *)&engine->report;
    *(uint64_t *)(void *)(report + own[i].offset) = (uint64_t)next++->value;
  }
  engine->deployed_at = (uint64_t)next++->value;
  for (size_t i = 0; i < OPTREG_N_LINKS; i++) {
    OptregWrapper *wrapper = engine->chain->wrappers[i];
    OptregCounter unused[OPTREG_MAX_COUNTERS];
    if (wrapper->class->serialize != NULL) {
      wrapper->class->deserialize(wrapper, next);
      next += wrapper->class->serialize(wrapper, unused);
    }
  }
}

char *
optreg_counter_show(const OptregCounter *counter)
{
  return counter->is_whole
             ? g_strdup_printf("%" G_GUINT64_FORMAT, (uint64_t)counter->value)
             : optreg_number_show(counter->value);
}

char *
optreg_counter_read(OptregCounter *counter, const char *text)
{
  const OptregNumber kind = optreg_number_read(text, &counter->value);
  const bool is_number = kind == OPTREG_NUMBER_INTEGER || kind == OPTREG_NUMBER_REAL;

  if (is_number && counter->value >= counter->minimum
      && counter->value <= counter->maximum
      && (!counter->is_whole || counter->value == floor(counter->value))) {
    return NULL;
  }
  g_autofree char *minimum = optreg_number_show(counter->minimum);
  g_autofree char *maximum = optreg_number_show(counter->maximum);
  return g_strdup_printf(
      "counter '%s' is '%s' in the checkpoint, permitted here are %s "
      "to %s",
      counter->name, text, minimum, maximum);
}
