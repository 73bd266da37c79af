/* SPDX-License-Identifier: MIT */
/* piecewise_constant_decay: a value for each stretch of steps, as in Keras. */
#include "schedules/kind.h"

#include "config/number.h"

enum { BOUNDARIES, VALUES };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_STEPS_LIST_PARAMETER("boundaries", "[0, inf)",
                              "the last step of each value but the last, increasing"),
  OPTREG_VALUES_PARAMETER("values", "the values, one more than boundaries"),
};

/* values[i] for boundaries[i - 1] < s ≤ boundaries[i] */
static double
value(const OptregArgument *arguments, double s)
{
  const OptregArgument *boundaries = &arguments[BOUNDARIES];
  size_t i = 0;

  while (i < boundaries->n && s > boundaries->numbers[i]) {
    i++;
  }
  return arguments[VALUES].numbers[i];
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  for (size_t i = 0; i < arguments[VALUES].n; i++) {
    optreg_bounds_add(bounds, arguments[VALUES].numbers[i]);
  }
}

static bool
check_lengths(const OptregSchedule *schedule, GError **error)
{
  const size_t n_boundaries = schedule->arguments[BOUNDARIES].n;
  const OptregArgument *values = &schedule->arguments[VALUES];

  return values->n == n_boundaries + 1
         || optreg_argument_fail(schedule, values, error,
                                 "values: there must be %zu, one more than boundaries, "
                                 "not %zu",
                                 n_boundaries + 1, values->n);
}

/* Keras adds values up where boundaries do not increase */
static bool
check(const OptregSchedule *schedule, GError **error)
{
  const OptregArgument *boundaries = &schedule->arguments[BOUNDARIES];
  const double *numbers = boundaries->numbers;

  for (size_t i = 1; i < boundaries->n; i++) {
    if (numbers[i] <= numbers[i - 1]) {
      g_autofree char *here = optreg_number_show(numbers[i]);
      g_autofree char *before = optreg_number_show(numbers[i - 1]);
      return optreg_argument_fail(schedule, boundaries, error,
                                  "boundaries: must increase, but %s follows %s", here,
                                  before);
    }
  }
  return check_lengths(schedule, error);
}

const OptregScheduleKind optreg_schedule_piecewise_constant_decay = {
  .info = OPTREG_SCHEDULE_INFO(
      "piecewise_constant_decay",
      "one value after the other, changing after each boundary", parameters),
  .value = value,
  .bounds = bounds,
  .check = check,
};
