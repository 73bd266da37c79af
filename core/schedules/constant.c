/* SPDX-License-Identifier: MIT */
/* constant: one value, to compose with. */
#include "schedules/kind.h"

enum { VALUE };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("value", NULL, "the value at every step"),
};

static double
value(const OptregArgument *arguments, double s)
{
  (void)s;
  return optreg_number(arguments, VALUE);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  optreg_bounds_add(bounds, optreg_number(arguments, VALUE));
}

const OptregScheduleKind optreg_schedule_constant = {
  .info = OPTREG_SCHEDULE_INFO("constant", "one value for ever, to compose with",
                               parameters),
  .value = value,
  .bounds = bounds,
};
