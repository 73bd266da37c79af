/* SPDX-License-Identifier: MIT */
/* The function, its slope and its minimum. */
#include "logistic.h"

#include "newton.h"

#include <math.h>
#include <string.h>

double
logistic_output(const Tumour *tumour, const double *w)
{
  double z = w[LOGISTIC_BIAS];

  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    z += w[i] * tumour->measure[i];
  }
  return z;
}

/* log(1 + exp(−m)) without overflow */
double
logistic_loss(double margin)
{
  return margin > 0.0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin;
}

double
logistic_penalty(const Logistic *logistic, const double *w)
{
  double squares = 0.0;

  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    squares += w[i] * w[i];
  }
  return 0.5 * logistic->l2 * squares;
}

/* adds factor times the gradient of one tumour's loss */
void
logistic_add_slope(const Tumour *tumour, double z, double factor, double *gradient)
{
  const double slope = -tumour->sign / (1.0 + exp(tumour->sign * z));

  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    gradient[i] += factor * slope * tumour->measure[i];
  }
  gradient[LOGISTIC_BIAS] += factor * slope;
}

double
logistic_mean_loss(const Logistic *logistic, uint32_t split, const double *w)
{
  const size_t n = tumours_count(logistic->tumours, split);
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    const Tumour *tumour = tumours_get(logistic->tumours, split, i);
    sum += logistic_loss(tumour->sign * logistic_output(tumour, w));
  }
  return sum / (double)n + logistic_penalty(logistic, w);
}

double
logistic_accuracy(const Logistic *logistic, uint32_t split, const double *w)
{
  const size_t n = tumours_count(logistic->tumours, split);
  size_t n_correct = 0;

  for (size_t i = 0; i < n; i++) {
    const Tumour *tumour = tumours_get(logistic->tumours, split, i);
    n_correct += tumour->sign * logistic_output(tumour, w) > 0.0;
  }
  return (double)n_correct / (double)n;
}

/* ---- the minimum ---- */

static void
add_curvature(const Tumour *tumour, double z, double factor, double *hessian)
{
  const double p = 1.0 / (1.0 + exp(-z)), curvature = factor * p * (1.0 - p);

  for (size_t i = 0; i < LOGISTIC_WEIGHTS; i++) {
    const double a = i == LOGISTIC_BIAS ? 1.0 : tumour->measure[i];
    for (size_t j = 0; j < LOGISTIC_WEIGHTS; j++) {
      hessian[i * LOGISTIC_WEIGHTS + j] +=
          curvature * a * (j == LOGISTIC_BIAS ? 1.0 : tumour->measure[j]);
    }
  }
}

static double
objective(const void *context, const double *w, double *gradient, double *hessian)
{
  const Logistic *logistic = context;
  const size_t n = tumours_count(logistic->tumours, OPTREG_PROBLEM_TRAINING);

  if (gradient != NULL) {
    memset(gradient, 0, LOGISTIC_WEIGHTS * sizeof *gradient);
    memset(hessian, 0, LOGISTIC_WEIGHTS * LOGISTIC_WEIGHTS * sizeof *hessian);
    for (size_t i = 0; i < n; i++) {
      const Tumour *tumour = tumours_get(logistic->tumours, OPTREG_PROBLEM_TRAINING, i);
      const double z = logistic_output(tumour, w);
      logistic_add_slope(tumour, z, 1.0 / (double)n, gradient);
      add_curvature(tumour, z, 1.0 / (double)n, hessian);
    }
    for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
      gradient[i] += logistic->l2 * w[i];
      hessian[i * LOGISTIC_WEIGHTS + i] += logistic->l2;
    }
  }
  return logistic_mean_loss(logistic, OPTREG_PROBLEM_TRAINING, w);
}

double
logistic_minimum(const Logistic *logistic)
{
  double best[LOGISTIC_WEIGHTS] = { 0.0 };

  return newton_minimise(objective, logistic, LOGISTIC_WEIGHTS, best);
}
