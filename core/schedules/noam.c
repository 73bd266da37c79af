/* SPDX-License-Identifier: MIT */
/* noam: up in a line, down with the square root (Vaswani et al. 2017, section 5.3). */
#include "schedules/kind.h"

#include <math.h>

enum { MODEL_SIZE, WARMUP_STEPS, FACTOR };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_NUMBER_PARAMETER("model_size", NULL, "[1, inf)", "the width of the model"),
  OPTREG_STEPS_PARAMETER("warmup_steps", NULL, "[0, inf)",
                         "the length of the way up, 0 for none"),
  OPTREG_NUMBER_PARAMETER("factor", "1", "[0, inf)", "a factor on all values"),
};

/* with 0 steps of warmup the value at n = 1 is the highest, as with 1 */
static double
count_warmup(const OptregArgument *arguments)
{
  return fmax(optreg_number(arguments, WARMUP_STEPS), 1.0);
}

/* factor · d^−½ · min(n^−½, n · W^−3⁄2), n from 1 */
static double
value(const OptregArgument *arguments, double s)
{
  const double n = s + 1.0, warmup_steps = count_warmup(arguments);

  return optreg_number(arguments, FACTOR) / sqrt(optreg_number(arguments, MODEL_SIZE))
         * fmin(1.0 / sqrt(n), n / (warmup_steps * sqrt(warmup_steps)));
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const double warmup_steps = count_warmup(arguments);

  optreg_bounds_add(bounds, 0.0);
  optreg_bounds_add(bounds, value(arguments, warmup_steps - 1.0));
}

const OptregScheduleKind optreg_schedule_noam = {
  .info = OPTREG_SCHEDULE_INFO(
      "noam", "up in a straight line, down with one over the root of the step",
      parameters),
  .value = value,
  .bounds = bounds,
};
