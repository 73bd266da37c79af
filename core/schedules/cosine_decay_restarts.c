/* SPDX-License-Identifier: MIT */
/* cosine_decay_restarts: half cosines one after the other (Loshchilov & Hutter 2017,
 * SGDR), as in Keras. */
#include "schedules/kind.h"

#include <math.h>

enum { INITIAL, FIRST_DECAY_STEPS, T_MUL, M_MUL, ALPHA };

static const optreg_schedule_parameter_info parameters[] = {
  OPTREG_VALUE_PARAMETER("initial_learning_rate", NULL, "the value at step 0"),
  OPTREG_STEPS_PARAMETER("first_decay_steps", NULL, "[1, inf)",
                         "the length of the first decay"),
  OPTREG_NUMBER_PARAMETER("t_mul", "2", "[1, 1e6]",
                          "each decay is so many times as long as the one before"),
  OPTREG_NUMBER_PARAMETER("m_mul", "1", "[0, inf)",
                          "each starts at this share of the start before"),
  OPTREG_NUMBER_PARAMETER("alpha", "0", "(-inf, inf)",
                          "the share that is left at an end"),
};

/* first step of a period: F · (t^i − 1) / (t − 1). What is whole but for rounding is
 * whole, so that a restart never comes a step late */
static double
find_start(double first, double t, uint64_t i)
{
  const double start = t == 1.0 ? first * (double)i
                                : first * ((optreg_power(t, i) - 1.0) / (t - 1.0));

  return fabs(start - round(start)) <= 1e-9 * start ? round(start) : start;
}

/* the logarithm may be off by one at a restart, where a comparison decides */
static uint64_t
find_period(double first, double t, double s)
{
  const double x = s / first;
  const double estimate = t == 1.0 ? x : log1p(x * (t - 1.0)) / log1p(t - 1.0);
  uint64_t i = (uint64_t)fmin(estimate, 0x1p53);

  if (i > 0 && find_start(first, t, i) > s) {
    i--;
  }
  return find_start(first, t, i + 1) <= s ? i + 1 : i;
}

/* initial · ((1 − α) · mⁱ · (1 + cos(π x)) / 2 + α), x the share of period i that is
 * over; 0 stays 0 when the power is infinite */
static double
value(const OptregArgument *arguments, double s)
{
  const double first = optreg_number(arguments, FIRST_DECAY_STEPS);
  const double t = optreg_number(arguments, T_MUL);
  const double alpha = optreg_number(arguments, ALPHA);
  const uint64_t i = find_period(first, t, s);
  const double x = (s - find_start(first, t, i)) / (first * optreg_power(t, i));
  const double scale = optreg_power(optreg_number(arguments, M_MUL), i);

  const double initial = optreg_number(arguments, INITIAL);

  return initial == 0.0
             ? 0.0
             : initial * ((1.0 - alpha) * 0.5 * scale * (1.0 + cos(G_PI * x)) + alpha);
}

static void
bounds(const OptregArgument *arguments, OptregBounds *bounds)
{
  const double initial = optreg_number(arguments, INITIAL);
  const double alpha = optreg_number(arguments, ALPHA);
  const double factor = initial * (1.0 - alpha);

  optreg_bounds_add(bounds, initial);
  optreg_bounds_add(bounds, initial * alpha);
  if (optreg_number(arguments, M_MUL) > 1.0 && factor != 0.0) {
    optreg_bounds_add(bounds, copysign(INFINITY, factor));
  }
}

const OptregScheduleKind optreg_schedule_cosine_decay_restarts = {
  .info = OPTREG_SCHEDULE_INFO(
      "cosine_decay_restarts",
      "half cosines that start again, each longer than the last", parameters),
  .value = value,
  .bounds = bounds,
};
