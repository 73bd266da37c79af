/* SPDX-License-Identifier: MIT */
/* The standard normal distribution, on top of libm's erfc. */
#include "normal.h"

#include <math.h>

double
normal_cdf(double z)
{
  return 0.5 * erfc(-z / sqrt(2.0));
}

/* lower half, p <= 0.5: Newton's steps in log(cdf), which is concave, from the left end
 */
static double
lower_quantile(double p)
{
  const double pi = 3.14159265358979323846;
  double z = -sqrt(-2.0 * log(p));

  for (int i = 0; i < 60; i++) {
    const double cdf = normal_cdf(z);
    const double density = exp(-0.5 * z * z) / sqrt(2.0 * pi);
    const double step = (log(p) - log(cdf)) * cdf / density;
    z += step;
    if (fabs(step) <= 1e-15 * fabs(z)) {
      break;
    }
  }
  return z;
}

double
normal_quantile(double p)
{
  if (p <= 0.0 || p >= 1.0) {
    return p <= 0.0 ? -INFINITY : INFINITY;
  }
  return p <= 0.5 ? lower_quantile(p) : -lower_quantile(1.0 - p);
}
