/* SPDX-License-Identifier: MIT */
/* exponential_decay: the same factor every decay_steps steps, as in Keras. */
#include "schedules/kind.h"

#include <math.h>

enum { INITIAL, DECAY_STEPS, DECAY_RATE, STAIRCASE };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_learning_rate", NULL, "the value at step 0"),
  OPTREG_STEPS_PARAMETER("decay_steps", NULL, "[1, inf)",
                         "steps for one factor of decay_rate"),
  OPTREG_NUMBER_PARAMETER("decay_rate", NULL, "[0, inf)", "the factor"),
  OPTREG_SWITCH_PARAMETER("staircase", "false",
                          "only at whole multiples of decay_steps"),
};

/* initial · rate^(s / D), the exponent rounded down for a staircase; 0 stays 0 when the
 * power is infinite */
static double
value(const OptregArgument *arguments, double s)
{
  const double initial = optreg_number(arguments, INITIAL);
  const double p = s / optreg_number(arguments, DECAY_STEPS);
  const bool is_staircase = optreg_number(arguments, STAIRCASE) != 0.0;

  return initial == 0.0 ? 0.0
                        : initial
                              * pow(optreg_number(arguments, DECAY_RATE),
                                    is_staircase ? floor(p) : p);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const double initial = optreg_number(arguments, INITIAL);
  const double rate = optreg_number(arguments, DECAY_RATE);

  optreg_bounds_add(bounds, initial);
  if (rate < 1.0) {
    optreg_bounds_add(bounds, 0.0);
  } else if (rate > 1.0 && initial != 0.0) {
    optreg_bounds_add(bounds, copysign(INFINITY, initial));
  }
}

const OptregScheduleKind optreg_schedule_exponential_decay = {
  .info = OPTREG_SCHEDULE_INFO("exponential_decay",
                               "times decay_rate every decay_steps steps", parameters),
  .value = value,
  .bounds = bounds,
};
