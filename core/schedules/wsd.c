/* SPDX-License-Identifier: MIT */
/* wsd: warmup, stable, decay (Hu et al. 2024, MiniCPM; Hägele et al. 2024). */
#include "schedules/kind.h"

#include "config/number.h"

#include <math.h>

enum { PEAK, WARMUP_STEPS, TOTAL_STEPS, DECAY_STEPS, INITIAL, END, SHAPE };

enum { LINEAR, COSINE, SQRT };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("peak_value", NULL, "the value between warmup and decay"),
  OPTREG_STEPS_PARAMETER("warmup_steps", NULL, "[0, inf)",
                         "the length of the warmup, 0 for none"),
  OPTREG_STEPS_PARAMETER("total_steps", "100%", "[1, inf)", "where the decay ends"),
  OPTREG_STEPS_PARAMETER("decay_steps", "10%", "[1, inf)", "the length of the decay"),
  OPTREG_VALUE_PARAMETER("initial_value", "0", "the value at step 0"),
  OPTREG_VALUE_PARAMETER("end_value", "0", "the value after the decay"),
  OPTREG_CHOICE_PARAMETER("decay", "linear", "linear | cosine | sqrt",
                          "the form of the decay; sqrt is 1 - sqrt(share)"),
};

/* what is left of the way down when a share of it is over */
static double
find_rest(const OptregArgument *arguments, double share)
{
  switch ((int)optreg_number(arguments, SHAPE)) {
  case COSINE:
    return 0.5 * (1.0 + cos(G_PI * share));
  case SQRT:
    return 1.0 - sqrt(share);
  default:
    return 1.0 - share;
  }
}

static double
value(const OptregArgument *arguments, double s)
{
  const double warmup_steps = optreg_number(arguments, WARMUP_STEPS);
  const double decay_steps = optreg_number(arguments, DECAY_STEPS);
  const double decay_start = optreg_number(arguments, TOTAL_STEPS) - decay_steps;
  const double peak = optreg_number(arguments, PEAK);
  const double end = optreg_number(arguments, END);

  if (s < warmup_steps) {
    return optreg_straight(optreg_number(arguments, INITIAL), peak, s, warmup_steps);
  }
  if (s <= decay_start) {
    return peak;
  }
  const double share = fmin(s - decay_start, decay_steps) / decay_steps;
  return end + (peak - end) * find_rest(arguments, share);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  optreg_bounds_add(bounds, optreg_number(arguments, PEAK));
  optreg_bounds_add(bounds, optreg_number(arguments, INITIAL));
  optreg_bounds_add(bounds, optreg_number(arguments, END));
}

static bool
check(const OptregSchedule *schedule, GError **error)
{
  const OptregArgument *arguments = schedule->arguments;
  const double warmup_steps = optreg_number(arguments, WARMUP_STEPS);
  const double decay_steps = optreg_number(arguments, DECAY_STEPS);
  const double total = optreg_number(arguments, TOTAL_STEPS);

  if (!(warmup_steps + decay_steps > total)) {
    return true;
  }
  g_autofree char *all = optreg_number_show(total);
  g_autofree char *warmup = optreg_number_show(warmup_steps);
  g_autofree char *decay = optreg_number_show(decay_steps);
  return optreg_argument_fail(schedule, &arguments[TOTAL_STEPS], error,
                              "total_steps: %s are less than %s of warmup and %s of "
                              "decay together",
                              all, warmup, decay);
}

const OptregScheduleKind optreg_schedule_wsd = {
  .info = OPTREG_SCHEDULE_INFO("wsd", "warmup, then stable, then decay", parameters),
  .value = value,
  .bounds = bounds,
  .check = check,
};
