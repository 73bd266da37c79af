/* SPDX-License-Identifier: MIT */
/* one_cycle: up and down once (Smith & Topin 2018), as PyTorch's OneCycleLR. */
#include "schedules/kind.h"

#include <math.h>

enum {
  MAX_VALUE,
  TOTAL_STEPS,
  PCT_START,
  ANNEAL_STRATEGY,
  DIV_FACTOR,
  FINAL_DIV_FACTOR,
  THREE_PHASE
};

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("max_value", NULL, "the value at the top"),
  OPTREG_STEPS_PARAMETER("total_steps", "100%", "[1, inf)", "the length of the cycle"),
  OPTREG_NUMBER_PARAMETER("pct_start", "0.3", "[0, 1]", "the share of it that goes up"),
  OPTREG_CHOICE_PARAMETER("anneal_strategy", "cos", "cos | linear",
                          "the form of the way"),
  OPTREG_NUMBER_PARAMETER("div_factor", "25", "(0, inf)",
                          "the first value is max_value divided by it"),
  OPTREG_NUMBER_PARAMETER("final_div_factor", "1e4", "(0, inf)",
                          "the last value is the first one divided by it"),
  OPTREG_SWITCH_PARAMETER(
      "three_phase", "false",
      "go down to the first value as fast as up, and then to the last"),
};

static double
anneal(const OptregArgument *arguments, double from, double to, double share)
{
  if (optreg_number(arguments, ANNEAL_STRATEGY) != 0.0) {
    return from + (to - from) * share;
  }
  return to + (from - to) / 2.0 * (1.0 + cos(G_PI * share));
}

/* a phase from step `start` to step `end`; one without length is over at once */
static double
run_phase(const OptregArgument *arguments, double from, double to, double start,
          double end, double s)
{
  const double share = end > start && s < end ? (s - start) / (end - start) : 1.0;

  return anneal(arguments, from, to, share);
}

static double
value(const OptregArgument *arguments, double s)
{
  const double total = optreg_number(arguments, TOTAL_STEPS);
  const double up = optreg_number(arguments, PCT_START) * total;
  const double top = optreg_number(arguments, MAX_VALUE);
  const double first = top / optreg_number(arguments, DIV_FACTOR);
  const double last = first / optreg_number(arguments, FINAL_DIV_FACTOR);
  const bool is_three_phase = optreg_number(arguments, THREE_PHASE) != 0.0;

  if (s <= up - 1.0) {
    return run_phase(arguments, first, top, 0.0, up - 1.0, s);
  }
  if (!is_three_phase) {
    return run_phase(arguments, top, last, up - 1.0, total - 1.0, s);
  }
  return s <= 2.0 * up - 2.0
             ? run_phase(arguments, top, first, up - 1.0, 2.0 * up - 2.0, s)
             : run_phase(arguments, first, last, 2.0 * up - 2.0, total - 1.0, s);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const double top = optreg_number(arguments, MAX_VALUE);
  const double first = top / optreg_number(arguments, DIV_FACTOR);

  optreg_bounds_add(bounds, top);
  optreg_bounds_add(bounds, first);
  optreg_bounds_add(bounds, first / optreg_number(arguments, FINAL_DIV_FACTOR));
}

static bool
check(const OptregSchedule *schedule, GError **error)
{
  const OptregArgument *start = &schedule->arguments[PCT_START];

  if (optreg_number(schedule->arguments, THREE_PHASE) == 0.0
      || start->numbers[0] <= 0.5) {
    return true;
  }
  return optreg_argument_fail(
      schedule, start, error,
      "pct_start: three_phase goes down as long as up; write at "
      "most 0.5");
}

const OptregScheduleKind optreg_schedule_one_cycle = {
  .info = OPTREG_SCHEDULE_INFO("one_cycle", "up to max_value and down again, far below",
                               parameters),
  .value = value,
  .bounds = bounds,
  .check = check,
};
