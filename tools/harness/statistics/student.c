/* SPDX-License-Identifier: MIT */
/* Student's t for whole degrees of freedom. */
#include "student.h"

#include "sample.h"

#include <math.h>

/* The probability of |t| <= tan(angle) sqrt(n): a finite sum (Zelen and Severo 1964,
 * 26.7.3 and 26.7.4), for odd n
 *   2/pi (a + sin a (cos a + 2/3 cos^3 a + ... + 2 4 ... (n-3) / 3 5 ... (n-2)
 * cos^(n-2) a)) and for even n sin a (1 + 1/2 cos^2 a + ... + 1 3 ... (n-3) / 2 4 ...
 * (n-2) cos^(n-2) a) */
static double
probability_within(size_t n, double angle)
{
  const double cosine = cos(angle);
  const size_t first = n % 2;
  double term = first == 1 ? cosine : 1.0, sum = 0.0;

  for (size_t power = first; power + 2 <= n; power += 2) {
    sum += term;
    term *= cosine * cosine * (double)(power + 1) / (double)(power + 2);
  }
  return first == 1 ? M_2_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double
student_quantile(size_t n, double alpha)
{
  double low = 0.0, high = M_PI_2;

  for (int i = 0; i < 60; i++) {
    const double middle = 0.5 * (low + high);
    if (probability_within(n, middle) < 1.0 - alpha) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return sqrt((double)n) * tan(0.5 * (low + high));
}

Interval
student_interval(const double *values, size_t n, double alpha)
{
  if (n < 2) {
    return (Interval){ NAN, NAN };
  }
  const double mean = statistics_mean(values, n);
  const double room = student_quantile(n - 1, alpha) * statistics_deviation(values, n)
                      / sqrt((double)n);

  return (Interval){ mean - room, mean + room };
}
