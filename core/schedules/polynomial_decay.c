/* SPDX-License-Identifier: MIT */
/* polynomial_decay: a power of the way that is left, as in Keras. */
#include "schedules/kind.h"

#include <math.h>

enum { INITIAL, DECAY_STEPS, END, POWER, CYCLE };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_learning_rate", NULL, "the value at step 0"),
  OPTREG_STEPS_PARAMETER("decay_steps", NULL, "[1, inf)", "the length of the decay"),
  OPTREG_VALUE_PARAMETER("end_learning_rate", "1e-4", "the value at its end"),
  OPTREG_NUMBER_PARAMETER("power", "1", "[0, inf)",
                          "1 is a straight line; with 0 it stays as in Keras"),
  OPTREG_SWITCH_PARAMETER("cycle", "false",
                          "start again at each end, each time more slowly"),
};

/* (initial − end) · (1 − s / D)^power + end; with cycle D grows to the next multiple */
static double
value(const OptregArgument *arguments, double s)
{
  const double decay_steps = optreg_number(arguments, DECAY_STEPS);
  const double end = optreg_number(arguments, END);
  const bool is_cycle = optreg_number(arguments, CYCLE) != 0.0;
  const double length = is_cycle ? decay_steps * fmax(ceil(s / decay_steps), 1.0)
                                 : decay_steps;
  const double left = 1.0 - fmin(s, length) / length;

  return (optreg_number(arguments, INITIAL) - end)
             * pow(left, optreg_number(arguments, POWER))
         + end;
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  optreg_bounds_add(bounds, optreg_number(arguments, INITIAL));
  optreg_bounds_add(bounds, optreg_number(arguments, END));
}

const OptregScheduleKind optreg_schedule_polynomial_decay = {
  .info = OPTREG_SCHEDULE_INFO(
      "polynomial_decay", "down to end_learning_rate along a power of the way left",
      parameters),
  .value = value,
  .bounds = bounds,
};
