/* SPDX-License-Identifier: MIT */
/* linear: a straight line, then its end. */
#include "schedules/kind.h"

enum { INITIAL_VALUE, END_VALUE, STEPS };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_value", NULL, "the value at step 0"),
  OPTREG_VALUE_PARAMETER("end_value", NULL, "the value from step `steps` on"),
  OPTREG_STEPS_PARAMETER("steps", NULL, "[1, inf)", "the length of the line"),
};

static double
value(const OptregArgument *arguments, double s)
{
  return optreg_straight(optreg_number(arguments, INITIAL_VALUE),
                         optreg_number(arguments, END_VALUE), s,
                         optreg_number(arguments, STEPS));
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  optreg_bounds_add(bounds, optreg_number(arguments, INITIAL_VALUE));
  optreg_bounds_add(bounds, optreg_number(arguments, END_VALUE));
}

const OptregScheduleKind optreg_schedule_linear = {
  .info = OPTREG_SCHEDULE_INFO("linear", "a straight line from one value to another",
                               parameters),
  .value = value,
  .bounds = bounds,
};
