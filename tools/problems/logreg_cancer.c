/* SPDX-License-Identifier: MIT */
/* logreg-cancer: logistic regression of 569 tumours on 30 measures of their cells, with
 * an L2 penalty: convex, so that the distance from the optimum is known. In double. */
#include "problems.h"

#include "logistic.h"

#include <math.h>

enum { L2 };
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
    "decimal logarithm of the distance of the training loss from its minimum, at least "
    "-16",
    38.0, 0.1, 0, 0 },
};

static const uint64_t dims[] = { TUMOUR_MEASURES, 1 };
static const optreg_problem_tensor tensors[] = {
  { "logistic/kernel", dims, 1, 0 },
  { "logistic/bias", dims + 1, 1, 0 },
};

typedef struct Cancer {
  const optreg_problem_host *host;
  Tumours tumours;
  Logistic logistic;
  double optimum;
} Cancer;

static void
cancer_close(void *self)
{
  Cancer *cancer = self;

  tumours_clear(&cancer->tumours);
  g_free(cancer);
}

static int32_t
cancer_open(const optreg_problem_host *host, const double *values, uint32_t batch_size,
            void **self)
{
  g_autoptr(GError) error = NULL;
  Cancer *cancer = g_new0(Cancer, 1);

  (void)batch_size;
  if (!tumours_read(&cancer->tumours, &error)) {
    g_free(cancer);
    return host->fail(host->context, OPTREG_PROBLEM_FAILED, error->message);
  }
  cancer->host = host;
  cancer->logistic = (Logistic){ &cancer->tumours, values[L2] };
  cancer->optimum = logistic_minimum(&cancer->logistic);
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
  return tumours_count(&cancer->tumours, OPTREG_PROBLEM_TRAINING);
}

static void
cancer_init(void *self, uint32_t seed, float *const *weights)
{
  const Cancer *cancer = self;

  cancer->host->normal(cancer->host->context, seed, OPTREG_PROBLEM_INIT, 0,
                       1.0 / sqrt(TUMOUR_MEASURES), TUMOUR_MEASURES, weights[0]);
  weights[1][0] = 0.0f;
}

static void
widen(const float *const *weights, double *w)
{
  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    w[i] = (double)weights[0][i];
  }
  w[LOGISTIC_BIAS] = (double)weights[1][0];
}

static double
cancer_gradient(void *self, const optreg_problem_batch *batch,
                const float *const *weights, float *const *gradients)
{
  const Cancer *cancer = self;
  double w[LOGISTIC_WEIGHTS], gradient[LOGISTIC_WEIGHTS] = { 0.0 }, sum = 0.0;

  widen(weights, w);
  for (size_t i = 0; i < batch->n; i++) {
    const Tumour *tumour =
        tumours_get(&cancer->tumours, OPTREG_PROBLEM_TRAINING, batch->examples[i]);
    const double z = logistic_output(tumour, w);
    sum += logistic_loss(tumour->sign * z);
    logistic_add_slope(tumour, z, 1.0 / (double)batch->n, gradient);
  }
  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    gradients[0][i] =
        (float)(batch->scale * (gradient[i] + cancer->logistic.l2 * w[i]));
  }
  gradients[1][0] = (float)(batch->scale * gradient[LOGISTIC_BIAS]);
  return sum / (double)batch->n + logistic_penalty(&cancer->logistic, w);
}

static void
cancer_evaluate(void *self, uint32_t split, const float *const *weights, double *values)
{
  const Cancer *cancer = self;
  double w[LOGISTIC_WEIGHTS];

  widen(weights, w);
  const double gap = logistic_mean_loss(&cancer->logistic, OPTREG_PROBLEM_TRAINING, w)
                     - cancer->optimum;
  values[METRIC_LOSS] = logistic_mean_loss(&cancer->logistic, split, w);
  values[METRIC_ACCURACY] = logistic_accuracy(&cancer->logistic, split, w);
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
