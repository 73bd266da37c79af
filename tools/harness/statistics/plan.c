/* SPDX-License-Identifier: MIT */
/* Levels and numbers of seeds. */
#include "plan.h"

#include "normal.h"
#include "sign_flip.h"

#include <math.h>

#define POWER 0.8

enum { MOST_SEEDS = 1000000 };

double
plan_alpha_of_look(double alpha, unsigned look)
{
  return ldexp(alpha, -(int)look);
}

size_t
plan_least_seeds(double alpha, size_t factor)
{
  size_t n = 1;

  while ((double)factor * sign_flip_smallest_p(n) >= alpha && n < MOST_SEEDS) {
    n++;
  }
  return n;
}

size_t
plan_seeds(double deviation, double effect, double alpha)
{
  if (!(effect > 0.0) || !(deviation > 0.0)) {
    return 0;
  }
  const double z = -normal_quantile(0.5 * alpha), z_power = normal_quantile(POWER);
  const double ratio = (z + z_power) * deviation / effect;
  return (size_t)fmin(MOST_SEEDS, ceil(ratio * ratio + 0.5 * z * z));
}
