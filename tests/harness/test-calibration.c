/* SPDX-License-Identifier: MIT */
/* The control against itself, on scores whose noise is known. */
#include "harness/calibration.h"
#include "harness/random.h"

#include <math.h>

enum { N = 60 };

static void
fill(double *scores, double deviation)
{
  RandomStream stream =
      random_stream(RANDOM_ROOT, "calibration", 1, RANDOM_STATISTICS, 1);

  for (size_t i = 0; i < N; i++) {
    scores[i] = 0.9 + deviation * random_normal(&stream);
  }
}

/* means of 10 differ by 1.96 √(2/10) = 0.88 deviations in 5 % of cases */
static void
test_noise_is_measured(void)
{
  double scores[N];

  fill(scores, 0.01);
  const Calibration row = calibration_of(scores, N, 0.05);
  g_assert_cmpuint(row.n_pairings, ==, 200);
  g_assert_cmpfloat(row.expected_share, ==, 25.0 / 512.0);
  g_assert_cmpfloat(row.false_share, <, 0.12);
  g_assert_cmpfloat(row.noise_floor, >, 0.006);
  g_assert_cmpfloat(row.noise_floor, <, 0.011);
}

static void
test_no_noise_no_finding(void)
{
  double scores[N];

  fill(scores, 0.0);
  const Calibration row = calibration_of(scores, N, 0.05);
  g_assert_cmpuint(row.n_false, ==, 0);
  g_assert_cmpfloat(row.noise_floor, ==, 0.0);
}

static void
test_too_few_streams(void)
{
  double scores[N];

  fill(scores, 0.01);
  g_assert_cmpuint(calibration_of(scores, 19, 0.05).n_pairings, ==, 0);
  g_assert_cmpuint(calibration_of(scores, 20, 0.05).n_pairings, ==, 200);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/calibration/noise-is-measured", test_noise_is_measured);
  g_test_add_func("/calibration/no-noise-no-finding", test_no_noise_no_finding);
  g_test_add_func("/calibration/too-few-streams", test_too_few_streams);
  return g_test_run();
}
