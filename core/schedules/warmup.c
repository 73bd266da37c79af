/* SPDX-License-Identifier: MIT */
/* warmup: a straight line up to the start of any other schedule, then that one. */
#include "schedules/kind.h"

enum { STEPS, INITIAL_VALUE, THEN };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_STEPS_PARAMETER("steps", NULL, "[0, inf)",
                         "the length of the warmup, 0 for none"),
  OPTREG_VALUE_PARAMETER("initial_value", "0", "the value at step 0"),
  OPTREG_NESTED_PARAMETER("then", "what follows; its own step 0 is the end of the "
                                  "warmup, which rises to its first value"),
};

static double
value_then(const OptregArgument *arguments, double s)
{
  const OptregArgument *then = &arguments[THEN];

  return then->nested != NULL ? optreg_schedule_at(then->nested, s) : then->numbers[0];
}

static double
value(const OptregArgument *arguments, double s)
{
  const double steps = optreg_number(arguments, STEPS);

  if (s >= steps) {
    return value_then(arguments, s - steps);
  }
  return optreg_straight(optreg_number(arguments, INITIAL_VALUE),
                         value_then(arguments, 0.0), s, steps);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const OptregArgument *then = &arguments[THEN];

  if (optreg_number(arguments, STEPS) > 0.0) {
    optreg_bounds_add(bounds, optreg_number(arguments, INITIAL_VALUE));
  }
  if (then->nested != NULL) {
    optreg_schedule_bounds(then->nested, bounds);
  } else {
    optreg_bounds_add(bounds, then->numbers[0]);
  }
}

const OptregScheduleKind optreg_schedule_warmup = {
  .info = OPTREG_SCHEDULE_INFO("warmup", "a straight line, then any other schedule",
                               parameters),
  .value = value,
  .bounds = bounds,
};
