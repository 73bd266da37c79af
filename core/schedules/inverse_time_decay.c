/* SPDX-License-Identifier: MIT */
/* inverse_time_decay: one over the time, as in Keras. */
#include "schedules/kind.h"

#include <math.h>

enum { INITIAL, DECAY_STEPS, DECAY_RATE, STAIRCASE };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_learning_rate", NULL, "the value at step 0"),
  OPTREG_STEPS_PARAMETER("decay_steps", NULL, "[1, inf)", "the unit of time"),
  OPTREG_NUMBER_PARAMETER("decay_rate", NULL, "[0, inf)", "how fast it falls"),
  OPTREG_SWITCH_PARAMETER("staircase", "false",
                          "only at whole multiples of decay_steps"),
};

/* initial / (1 + rate · s / D), the quotient rounded down for a staircase */
static double
value(const OptregArgument *arguments, double s)
{
  const double p = s / optreg_number(arguments, DECAY_STEPS);
  const bool is_staircase = optreg_number(arguments, STAIRCASE) != 0.0;

  return optreg_number(arguments, INITIAL)
         / (1.0 + optreg_number(arguments, DECAY_RATE) * (is_staircase ? floor(p) : p));
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  optreg_bounds_add(bounds, optreg_number(arguments, INITIAL));
  if (optreg_number(arguments, DECAY_RATE) > 0.0) {
    optreg_bounds_add(bounds, 0.0);
  }
}

const OptregScheduleKind optreg_schedule_inverse_time_decay = {
  .info = OPTREG_SCHEDULE_INFO("inverse_time_decay",
                               "divided by 1 + decay_rate every decay_steps steps, "
                               "ever more slowly",
                               parameters),
  .value = value,
  .bounds = bounds,
};
