/* SPDX-License-Identifier: MIT */
/* Variants of a configuration, each without one wrapper, or with diagnostics. */
#include "stages.h"

#include "configs.h"
#include "demand.h"
#include "support/status.h"

#include <string.h>

#define MOST_OPTIONS 4

/* a stage, the options that make it, the first of which switches it on, and how that is
 * written when it is off */
static const struct {
  const char *name, *off;
  const char *options[MOST_OPTIONS];
} stages[] = {
  { "loss_scale", "null", { "loss_scale_factor" } },
  { "accumulate", "null", { "gradient_accumulation_steps" } },
  { "finite", "propagate", { "nonfinite", "max_consecutive_skips" } },
  { "clipvalue", "null", { "clipvalue" } },
  { "clipnorm", "null", { "clipnorm" } },
  { "global_clipnorm", "null", { "global_clipnorm" } },
  { "weight_decay", "null", { "weight_decay" } },
  { "ema", "false", { "use_ema", "ema_momentum", "ema_overwrite_frequency" } },
};

size_t
stages_count(void)
{
  return G_N_ELEMENTS(stages);
}

const char *
stages_name(size_t stage)
{
  return stages[stage].name;
}

static bool
belongs(size_t stage, const char *option)
{
  for (size_t i = 0; i < MOST_OPTIONS && stages[stage].options[i] != NULL; i++) {
    if (g_str_equal(stages[stage].options[i], option)) {
      return true;
    }
  }
  return false;
}

/* accumulation over one gradient is none */
static bool
is_off(size_t stage, const char *value)
{
  return value == NULL || g_str_equal(value, stages[stage].off)
         || (g_str_equal(stages[stage].name, "accumulate") && g_str_equal(value, "1"));
}

char *
stages_leave_out(const optreg_optimizer *optimizer, size_t stage)
{
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  if (is_off(stage, demand_option(optimizer, stages[stage].options[0]))) {
    return NULL;
  }
  GString *yaml = g_string_new(NULL);
  for (size_t i = 0; i < n; i++) {
    if (options[i].group == NULL && !belongs(stage, options[i].name)
        && !g_str_has_prefix(options[i].origin, "default")) {
      g_string_append_printf(yaml, "%s: %s\n", options[i].name, options[i].value);
    }
  }
  g_string_append_printf(yaml, "%s: %s\n", stages[stage].options[0], stages[stage].off);
  return g_string_free(yaml, FALSE);
}

/* both take turns on the same model, in multiples of `period` steps */
static bool
compare(const Setting *setting, optreg_optimizer *whole, optreg_optimizer *part,
        size_t period, StageCost *cost, GError **error)
{
  const Subject subjects[] = { measure_steps(whole), measure_steps(part) };
  g_autofree double *values = g_new0(double, 3 * setting->n_runs);
  double *times[] = { values, values + setting->n_runs };
  double *differences = values + 2 * setting->n_runs;
  Traffic traffic[2];
  size_t n_windows[2];

  for (size_t i = 0; i < 2; i++) {
    optreg_optimizer *optimizer = i == 0 ? whole : part;
    if (!measure_prepare(setting, optimizer, &traffic[i], error)
        || !subject_choose_windows(&subjects[i], &traffic[i], &n_windows[i], error)) {
      return false;
    }
    n_windows[i] = (n_windows[i] + period - 1) / period * period;
  }
  for (size_t run = 0; run < setting->n_runs; run++) {
    setting->report(setting->context, cost->name, run, setting->n_runs);
    for (size_t i = 0; i < 2; i++) {
      Sample sample;
      if (!subject_time(&subjects[i], &traffic[i], n_windows[i], &sample, error)) {
        return false;
      }
      times[i][run] = sample.seconds[CALL_STEP];
    }
    differences[run] = times[0][run] - times[1][run];
  }
  cost->seconds = timing_spread(times[0], setting->n_runs).median;
  cost->seconds_without = timing_spread(times[1], setting->n_runs).median;
  cost->difference = timing_spread(differences, setting->n_runs);
  return true;
}

static bool
measure(const Setting *setting, const char *name, const char *yaml, StageCost *cost,
        GError **error)
{
  optreg_error *failure = NULL;
  g_autoptr(optreg_optimizer) whole = configs_open(setting->registry, name, error);

  if (whole == NULL) {
    return false;
  }
  g_autoptr(optreg_optimizer) part =
      optreg_optimizer_from_string(setting->registry, yaml, cost->name, &failure);
  if (part == NULL) {
    cost->reason = g_strdup(failure->message);
    optreg_error_free(failure);
    return true;
  }
  return compare(setting, whole, part, 1, cost, error);
}

static void
clear_cost(void *data)
{
  g_free(((StageCost *)data)->reason);
}

GArray *
stages_new(void)
{
  GArray *costs = g_array_new(FALSE, TRUE, sizeof(StageCost));

  g_array_set_clear_func(costs, clear_cost);
  return costs;
}

GArray *
stages_measure(const Setting *setting, const char *name, GError **error)
{
  g_autoptr(optreg_optimizer) optimizer = configs_open(setting->registry, name, error);
  g_autoptr(GArray) costs = stages_new();

  for (size_t i = 0; optimizer != NULL && i < stages_count(); i++) {
    g_autofree char *yaml = stages_leave_out(optimizer, i);
    StageCost cost = { .name = stages_name(i) };
    if (yaml == NULL) {
      continue;
    }
    if (!measure(setting, name, yaml, &cost, error)) {
      return NULL;
    }
    g_array_append_val(costs, cost);
  }
  return optimizer != NULL ? g_steal_pointer(&costs) : NULL;
}

bool
stages_measure_diagnostics(const Setting *setting, const char *name, uint32_t every,
                           GArray *costs, GError **error)
{
  g_autoptr(optreg_optimizer) with = configs_open(setting->registry, name, error);
  g_autoptr(optreg_optimizer)
      without = with != NULL ? configs_open(setting->registry, name, error) : NULL;
  optreg_error *failure = NULL;
  StageCost cost = { .name = "diagnostics" };

  if (without == NULL) {
    return false;
  }
  if (!optreg_optimizer_set_diagnostics(with, every, &failure)) {
    return status_take(failure, error);
  }
  if (!compare(setting, with, without, every, &cost, error)) {
    return false;
  }
  g_array_append_val(costs, cost);
  return true;
}
