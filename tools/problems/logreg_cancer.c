/* SPDX-License-Identifier: MIT */
/* logreg-cancer: logistic regression of 569 tumours on 30 measures of their cells, with
 * an L2 penalty: convex, so that the distance from the optimum is known. In double. */
#include "problems.h"

#include "csv.h"
#include "newton.h"

#include <math.h>
#include <string.h>

enum { L2 };
enum { N_FEATURES = 30, N_COLUMNS = 31, N_WEIGHTS = 31, BIAS = 30 };
enum { METRIC_LOSS, METRIC_ACCURACY, METRIC_GAP };

static const optreg_problem_option options[] = {
  { "l2", "factor of half the square of the weights, but for the bias", NULL, 0.002,
    0.0, 1000.0, OPTREG_PROBLEM_REAL, OPTREG_PROBLEM_MINIMUM_OPEN },
};

static const optreg_problem_metric metrics[] = {
  { "loss", "mean logistic loss and penalty", INFINITY, 0.01, 0, 0 },
  { "accuracy", "share of right answers", 0.0, 0.005,
    OPTREG_PROBLEM_HIGHER_IS_BETTER | OPTREG_PROBLEM_SHARE, 0 },
  { "log10_gap",
    "decimal logarithm of the distance of the training loss from its minimum, at least -16",
    38.0, 0.1, 0, 0 },
};

static const uint64_t dims[] = { N_FEATURES, 1 };
static const optreg_problem_tensor tensors[] = {
  { "logistic/kernel", dims, 1, 0 },
  { "logistic/bias", dims + 1, 1, 0 },
};

/* standardised measures, and 1 or −1 for benign or malignant */
typedef struct Tumour {
  double measure[N_FEATURES], sign;
} Tumour;

typedef struct Cancer {
  const optreg_problem_host *host;
  double l2, optimum;
  GArray *split[OPTREG_PROBLEM_SPLITS]; /* of Tumour */
} Cancer;

static const Tumour *
tumour_of(const Cancer *cancer, uint32_t split, size_t i)
{
  return &g_array_index(cancer->split[split], Tumour, i);
}

/* ---- data ---- */

static uint32_t
split_of_row(size_t row)
{
  if (row % 5 == 4) {
    return OPTREG_PROBLEM_TEST;
  }
  return row % 10 == 3 ? OPTREG_PROBLEM_VALIDATION : OPTREG_PROBLEM_TRAINING;
}

/* by mean and deviation of the training split */
static void
standardise(Cancer *cancer, size_t feature)
{
  const size_t n = cancer->split[OPTREG_PROBLEM_TRAINING]->len;
  double sum = 0.0, squares = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += tumour_of(cancer, OPTREG_PROBLEM_TRAINING, i)->measure[feature];
  }
  const double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) {
    const double way = tumour_of(cancer, OPTREG_PROBLEM_TRAINING, i)->measure[feature]
                       - mean;
    squares += way * way;
  }
  const double deviation = sqrt(squares / (double)n);
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    for (size_t i = 0; i < cancer->split[s]->len; i++) {
      double *measure = g_array_index(cancer->split[s], Tumour, i).measure;
      measure[feature] = (measure[feature] - mean) / deviation;
    }
  }
}

static void
fill_splits(Cancer *cancer, const double *cells, size_t n_rows)
{
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    cancer->split[s] = g_array_new(FALSE, FALSE, sizeof(Tumour));
  }
  for (size_t row = 0; row < n_rows; row++) {
    const double *cell = cells + row * N_COLUMNS;
    Tumour tumour = { .sign = cell[N_FEATURES] != 0.0 ? 1.0 : -1.0 };
    memcpy(tumour.measure, cell, sizeof tumour.measure);
    g_array_append_val(cancer->split[split_of_row(row)], tumour);
  }
  for (size_t i = 0; i < N_FEATURES; i++) {
    standardise(cancer, i);
  }
}

/* ---- the function ---- */

static double
output(const Tumour *tumour, const double *w)
{
  double z = w[BIAS];

  for (size_t i = 0; i < N_FEATURES; i++) {
    z += w[i] * tumour->measure[i];
  }
  return z;
}

/* log(1 + exp(−m)) without overflow */
static double
logistic_loss(double margin)
{
  return margin > 0.0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin;
}

static double
penalty(const Cancer *cancer, const double *w)
{
  double squares = 0.0;

  for (size_t i = 0; i < N_FEATURES; i++) {
    squares += w[i] * w[i];
  }
  return 0.5 * cancer->l2 * squares;
}

/* adds factor times the gradient of one tumour's loss */
static void
add_slope(const Tumour *tumour, double z, double factor, double *gradient)
{
  const double slope = -tumour->sign / (1.0 + exp(tumour->sign * z));

  for (size_t i = 0; i < N_FEATURES; i++) {
    gradient[i] += factor * slope * tumour->measure[i];
  }
  gradient[BIAS] += factor * slope;
}

static double
loss_of_split(const Cancer *cancer, uint32_t split, const double *w)
{
  const size_t n = cancer->split[split]->len;
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    const Tumour *tumour = tumour_of(cancer, split, i);
    sum += logistic_loss(tumour->sign * output(tumour, w));
  }
  return sum / (double)n + penalty(cancer, w);
}

/* ---- the optimum ---- */

static void
add_curvature(const Tumour *tumour, double z, double factor, double *hessian)
{
  const double p = 1.0 / (1.0 + exp(-z)), curvature = factor * p * (1.0 - p);

  for (size_t i = 0; i < N_WEIGHTS; i++) {
    const double a = i == BIAS ? 1.0 : tumour->measure[i];
    for (size_t j = 0; j < N_WEIGHTS; j++) {
      hessian[i * N_WEIGHTS + j] += curvature * a
                                    * (j == BIAS ? 1.0 : tumour->measure[j]);
    }
  }
}

static double
objective(const void *context, const double *w, double *gradient, double *hessian)
{
  const Cancer *cancer = context;
  const size_t n = cancer->split[OPTREG_PROBLEM_TRAINING]->len;

  if (gradient != NULL) {
    memset(gradient, 0, N_WEIGHTS * sizeof *gradient);
    memset(hessian, 0, N_WEIGHTS * N_WEIGHTS * sizeof *hessian);
    for (size_t i = 0; i < n; i++) {
      const Tumour *tumour = tumour_of(cancer, OPTREG_PROBLEM_TRAINING, i);
      const double z = output(tumour, w);
      add_slope(tumour, z, 1.0 / (double)n, gradient);
      add_curvature(tumour, z, 1.0 / (double)n, hessian);
    }
    for (size_t i = 0; i < N_FEATURES; i++) {
      gradient[i] += cancer->l2 * w[i];
      hessian[i * N_WEIGHTS + i] += cancer->l2;
    }
  }
  return loss_of_split(cancer, OPTREG_PROBLEM_TRAINING, w);
}

/* ---- the problem ---- */

static void
cancer_close(void *self)
{
  Cancer *cancer = self;

  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    g_array_unref(cancer->split[s]);
  }
  g_free(cancer);
}

static int32_t
cancer_open(const optreg_problem_host *host, const double *values, uint32_t batch_size,
            void **self)
{
  g_autoptr(GError) error = NULL;
  size_t n_rows;
  g_autofree double *cells =
      csv_read("breast_cancer.csv.gz", N_COLUMNS, 1, &n_rows, &error);
  double best[N_WEIGHTS] = { 0.0 };

  (void)batch_size;
  if (cells == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_FAILED, error->message);
  }
  Cancer *cancer = g_new0(Cancer, 1);
  cancer->host = host;
  cancer->l2 = values[L2];
  fill_splits(cancer, cells, n_rows);
  cancer->optimum = newton_minimise(objective, cancer, N_WEIGHTS, best);
  *self = cancer;
  return OPTREG_PROBLEM_OK;
}

static size_t
cancer_tensors(const void *self, const optreg_problem_tensor **rows)
{
  (void)self;
  *rows = tensors;
  return G_N_ELEMENTS(tensors);
}

static size_t
cancer_examples(const void *self)
{
  const Cancer *cancer = self;
  return cancer->split[OPTREG_PROBLEM_TRAINING]->len;
}

static void
cancer_init(void *self, uint32_t seed, float *const *weights)
{
  const Cancer *cancer = self;

  cancer->host->normal(cancer->host->context, seed, OPTREG_PROBLEM_INIT, 0,
                       1.0 / sqrt(N_FEATURES), N_FEATURES, weights[0]);
  weights[1][0] = 0.0f;
}

static void
widen(const float *const *weights, double *w)
{
  for (size_t i = 0; i < N_FEATURES; i++) {
    w[i] = (double)weights[0][i];
  }
  w[BIAS] = (double)weights[1][0];
}

static double
cancer_gradient(void *self, const optreg_problem_batch *batch,
                const float *const *weights, float *const *gradients)
{
  const Cancer *cancer = self;
  double w[N_WEIGHTS], gradient[N_WEIGHTS] = { 0.0 }, sum = 0.0;

  widen(weights, w);
  for (size_t i = 0; i < batch->n; i++) {
    const Tumour *tumour =
        tumour_of(cancer, OPTREG_PROBLEM_TRAINING, batch->examples[i]);
    const double z = output(tumour, w);
    sum += logistic_loss(tumour->sign * z);
    add_slope(tumour, z, 1.0 / (double)batch->n, gradient);
  }
  for (size_t i = 0; i < N_FEATURES; i++) {
    gradients[0][i] = (float)(batch->scale * (gradient[i] + cancer->l2 * w[i]));
  }
  gradients[1][0] = (float)(batch->scale * gradient[BIAS]);
  return sum / (double)batch->n + penalty(cancer, w);
}

static double
accuracy(const Cancer *cancer, uint32_t split, const double *w)
{
  const size_t n = cancer->split[split]->len;
  size_t n_correct = 0;

  for (size_t i = 0; i < n; i++) {
    const Tumour *tumour = tumour_of(cancer, split, i);
    n_correct += tumour->sign * output(tumour, w) > 0.0;
  }
  return (double)n_correct / (double)n;
}

static void
cancer_evaluate(void *self, uint32_t split, const float *const *weights, double *values)
{
  const Cancer *cancer = self;
  double w[N_WEIGHTS];

  widen(weights, w);
  const double gap = loss_of_split(cancer, OPTREG_PROBLEM_TRAINING, w)
                     - cancer->optimum;
  values[METRIC_LOSS] = loss_of_split(cancer, split, w);
  values[METRIC_ACCURACY] = accuracy(cancer, split, w);
  values[METRIC_GAP] = gap > 1e-16 ? log10(gap) : isnan(gap) ? NAN : -16.0;
}

const optreg_problem_class problem_logreg_cancer = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "logreg-cancer",
  .version = "1",
  .doc = "logistic regression with L2 penalty, 569 tumours (Wisconsin), 30 measures",
  .tier = OPTREG_PROBLEM_SMOKE,
  .batch_size = 32,
  .epochs = 50,
  .primary = METRIC_GAP,
  .primary_split = OPTREG_PROBLEM_TEST,
  .options = OPTREG_PROBLEM_TABLE(options),
  .metrics = OPTREG_PROBLEM_TABLE(metrics),
  .open = cancer_open,
  .close = cancer_close,
  .tensors = cancer_tensors,
  .examples = cancer_examples,
  .init = cancer_init,
  .gradient = cancer_gradient,
  .evaluate = cancer_evaluate,
};
