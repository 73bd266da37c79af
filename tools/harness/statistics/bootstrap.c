/* SPDX-License-Identifier: MIT */
/* BCa intervals. */
#include "bootstrap.h"

#include "harness/random.h"
#include "normal.h"
#include "sample.h"

#include <math.h>

static double
resample_mean(const double *values, size_t n, size_t resample)
{
  RandomStream stream = random_stream(RANDOM_ROOT, "bootstrap", (uint32_t)n,
                                      RANDOM_STATISTICS, (uint32_t)resample);
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += values[random_below(&stream, (uint32_t)n)];
  }
  return sum / (double)n;
}

/* how far the resamples' median is from the estimate; a tie, but for rounding, counts
 * half */
static double
bias(const double *means, double mean, double rounding)
{
  double n_below = 0.0;

  for (size_t i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
    n_below += 0.5 * (means[i] < mean - rounding) + 0.5 * (means[i] <= mean + rounding);
  }
  return normal_quantile(n_below / BOOTSTRAP_RESAMPLES);
}

/* from the jackknife; for a mean it is the skewness */
static double
acceleration(const double *values, size_t n, double mean)
{
  double squares = 0.0, cubes = 0.0;

  for (size_t i = 0; i < n; i++) {
    const double difference = values[i] - mean;
    squares += difference * difference;
    cubes += difference * difference * difference;
  }
  return cubes / (6.0 * pow(squares, 1.5));
}

/* linear between the order statistics around it */
static double
quantile(double *means, double p)
{
  const double place = p * (BOOTSTRAP_RESAMPLES - 1);
  const size_t below = (size_t)place;
  const size_t above = MIN(below + 1, BOOTSTRAP_RESAMPLES - 1);
  const double low = statistics_select(means, BOOTSTRAP_RESAMPLES, below);
  const double high = statistics_select(means, BOOTSTRAP_RESAMPLES, above);

  return low + (place - (double)below) * (high - low);
}

static double
end_of(double *means, double z0, double a, double p)
{
  const double z = z0 + normal_quantile(p);
  return quantile(means, normal_cdf(z0 + z / (1.0 - a * z)));
}

static double
largest_distance(const double *values, size_t n, double from)
{
  double largest = 0.0;

  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs(values[i] - from));
  }
  return largest;
}

Interval
bootstrap_bca(const double *values, size_t n, double alpha)
{
  if (n < 2) {
    return (Interval){ NAN, NAN };
  }
  if (largest_distance(values, n, values[0]) == 0.0) {
    return (Interval){ values[0], values[0] };
  }
  const double mean = statistics_mean(values, n);
  g_autofree double *means = g_new(double, BOOTSTRAP_RESAMPLES);
  for (size_t i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
    means[i] = resample_mean(values, n, i);
  }
  const double rounding = 1e-11 * largest_distance(values, n, 0.0);
  const double z0 = bias(means, mean, rounding), a = acceleration(values, n, mean);
  return (Interval){ end_of(means, z0, a, 0.5 * alpha),
                     end_of(means, z0, a, 1.0 - 0.5 * alpha) };
}
