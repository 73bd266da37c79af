/* SPDX-License-Identifier: MIT */
/* cosine_decay: half a cosine, after a warmup if there is one, as in Keras. */
#include "schedules/kind.h"

#include <math.h>

enum { INITIAL, DECAY_STEPS, ALPHA, WARMUP_TARGET, WARMUP_STEPS };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_learning_rate", NULL, "the value at step 0"),
  OPTREG_STEPS_PARAMETER("decay_steps", NULL, "[1, inf)", "the length of the decay"),
  OPTREG_NUMBER_PARAMETER("alpha", "0", "(-inf, inf)",
                          "the share that is left at the end"),
  OPTREG_VALUE_PARAMETER("warmup_target", "null",
                         "warm up to this value and decay from there"),
  { "warmup_steps", "steps", "0", "[0, inf)", "warmup_target",
    "the length of the warmup, before the decay" },
};

/* peak · ((1 − α) · (1 + cos(π s / D)) / 2 + α) */
static double
decay(const OptregArgument *arguments, double peak, double s)
{
  const double decay_steps = optreg_number(arguments, DECAY_STEPS);
  const double alpha = optreg_number(arguments, ALPHA);
  const double cosine = 0.5 * (1.0 + cos(G_PI * (fmin(s, decay_steps) / decay_steps)));

  return peak * ((1.0 - alpha) * cosine + alpha);
}

static double
value(const OptregArgument *arguments, double s)
{
  const double initial = optreg_number(arguments, INITIAL);
  const double target = optreg_number(arguments, WARMUP_TARGET);
  const double warmup_steps = optreg_number(arguments, WARMUP_STEPS);

  if (isnan(target)) {
    return decay(arguments, initial, s);
  }
  return s < warmup_steps ? optreg_straight(initial, target, s, warmup_steps)
                          : decay(arguments, target, s - warmup_steps);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const double initial = optreg_number(arguments, INITIAL);
  const double target = optreg_number(arguments, WARMUP_TARGET);
  const double peak = isnan(target) ? initial : target;

  optreg_bounds_add(bounds, initial);
  optreg_bounds_add(bounds, peak);
  optreg_bounds_add(bounds, peak * optreg_number(arguments, ALPHA));
}

const OptregScheduleKind optreg_schedule_cosine_decay = {
  .info =
      OPTREG_SCHEDULE_INFO("cosine_decay",
                           "half a cosine down to the share alpha, with or without a "
                           "warmup before it",
                           parameters),
  .value = value,
  .bounds = bounds,
};
