/* SPDX-License-Identifier: MIT */
/* The network: forward and backward. */
#include "mlp.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>

enum { HIDDEN_KERNEL, HIDDEN_BIAS, OUTPUT_KERNEL, OUTPUT_BIAS };

struct Mlp {
  size_t n_inputs, n_hidden, n_classes, capacity;
  uint32_t *labels;
  float *inputs, *hidden, *outputs;     /* rows of the batch */
  float *probabilities, *hidden_errors; /* the same shapes as outputs and hidden */
};

Mlp *
mlp_new(size_t n_inputs, size_t n_hidden, size_t n_classes, size_t capacity)
{
  Mlp *mlp = g_new0(Mlp, 1);

  openblas_set_num_threads(1);
  mlp->n_inputs = n_inputs;
  mlp->n_hidden = n_hidden;
  mlp->n_classes = n_classes;
  mlp->capacity = capacity;
  mlp->labels = g_new0(uint32_t, capacity);
  mlp->inputs = g_new0(float, capacity *n_inputs);
  mlp->hidden = g_new0(float, capacity *n_hidden);
  mlp->hidden_errors = g_new0(float, capacity *n_hidden);
  mlp->outputs = g_new0(float, capacity *n_classes);
  mlp->probabilities = g_new0(float, capacity *n_classes);
  return mlp;
}

void
mlp_free(Mlp *mlp)
{
  if (mlp != NULL) {
    g_free(mlp->labels);
    g_free(mlp->inputs);
    g_free(mlp->hidden);
    g_free(mlp->hidden_errors);
    g_free(mlp->outputs);
    g_free(mlp->probabilities);
    g_free(mlp);
  }
}

size_t
mlp_capacity(const Mlp *mlp)
{
  return mlp->capacity;
}

float *
mlp_inputs(Mlp *mlp)
{
  return mlp->inputs;
}

uint32_t *
mlp_labels(Mlp *mlp)
{
  return mlp->labels;
}

/* c [rows, columns] ← op(a) op(b) + beta c, all row-major and dense */
static void
multiply(CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, size_t rows, size_t columns,
         size_t inner, const float *a, const float *b, float beta, float *c)
{
  const size_t lda = op_a == CblasNoTrans ? inner : rows;
  const size_t ldb = op_b == CblasNoTrans ? columns : inner;

  cblas_sgemm(CblasRowMajor, op_a, op_b, (blasint)rows, (blasint)columns,
              (blasint)inner, 1.0f, a, (blasint)lda, b, (blasint)ldb, beta, c,
              (blasint)columns);
}

/* each row of out ← bias + its row of in times kernel */
static void
dense(const float *in, size_t n, size_t n_in, size_t n_out, const float *kernel,
      const float *bias, float *out)
{
  for (size_t i = 0; i < n * n_out; i++) {
    out[i] = bias[i % n_out];
  }
  multiply(CblasNoTrans, CblasNoTrans, n, n_out, n_in, in, kernel, 1.0f, out);
}

static void
sum_rows(const float *rows, size_t n, size_t n_columns, float *sum)
{
  for (size_t j = 0; j < n_columns; j++) {
    sum[j] = 0.0f;
  }
  for (size_t i = 0; i < n * n_columns; i++) {
    sum[i % n_columns] += rows[i];
  }
}

/* probabilities from outputs, by the largest one so that exp cannot overflow; returns
 * −log of the label's */
static double
softmax(const float *z, size_t n, uint32_t label, float *p)
{
  float largest = z[0];
  double sum = 0.0;

  for (size_t k = 1; k < n; k++) {
    largest = z[k] > largest ? z[k] : largest;
  }
  for (size_t k = 0; k < n; k++) {
    p[k] = (float)exp((double)z[k] - largest);
    sum += p[k];
  }
  for (size_t k = 0; k < n; k++) {
    p[k] = (float)(p[k] / sum);
  }
  return log(sum) - ((double)z[label] - largest);
}

/* written so that NaN is never right */
static bool
is_correct(const float *z, size_t n, uint32_t label)
{
  for (size_t k = 0; k < n; k++) {
    if (k != label && !(z[k] < z[label])) {
      return false;
    }
  }
  return isfinite(z[label]);
}

double
mlp_loss(Mlp *mlp, const float *const *weights, size_t n, size_t *n_correct)
{
  const size_t n_classes = mlp->n_classes;
  double loss = 0.0;

  dense(mlp->inputs, n, mlp->n_inputs, mlp->n_hidden, weights[HIDDEN_KERNEL],
        weights[HIDDEN_BIAS], mlp->hidden);
  for (size_t i = 0; i < n * mlp->n_hidden; i++) {
    mlp->hidden[i] = tanhf(mlp->hidden[i]);
  }
  dense(mlp->hidden, n, mlp->n_hidden, n_classes, weights[OUTPUT_KERNEL],
        weights[OUTPUT_BIAS], mlp->outputs);
  *n_correct = 0;
  for (size_t i = 0; i < n; i++) {
    const float *z = mlp->outputs + i * n_classes;
    loss += softmax(z, n_classes, mlp->labels[i], mlp->probabilities + i * n_classes);
    *n_correct += is_correct(z, n_classes, mlp->labels[i]);
  }
  return loss;
}

/* ∂loss/∂outputs = (p − onehot) scale/n, in place of p */
static void
output_errors(Mlp *mlp, size_t n, double scale)
{
  const float factor = (float)(scale / (double)n);

  for (size_t i = 0; i < n; i++) {
    float *p = mlp->probabilities + i * mlp->n_classes;
    p[mlp->labels[i]] -= 1.0f;
    for (size_t k = 0; k < mlp->n_classes; k++) {
      p[k] *= factor;
    }
  }
}

/* ∂loss/∂(input of tanh) = ∂loss/∂hidden (1 − hidden²) */
static void
hidden_errors(Mlp *mlp, const float *output_kernel, size_t n)
{
  multiply(CblasNoTrans, CblasTrans, n, mlp->n_hidden, mlp->n_classes,
           mlp->probabilities, output_kernel, 0.0f, mlp->hidden_errors);
  for (size_t i = 0; i < n * mlp->n_hidden; i++) {
    mlp->hidden_errors[i] *= 1.0f - mlp->hidden[i] * mlp->hidden[i];
  }
}

void
mlp_gradient(Mlp *mlp, const float *const *weights, size_t n, double scale,
             float *const *gradients)
{
  output_errors(mlp, n, scale);
  hidden_errors(mlp, weights[OUTPUT_KERNEL], n);
  multiply(CblasTrans, CblasNoTrans, mlp->n_hidden, mlp->n_classes, n, mlp->hidden,
           mlp->probabilities, 0.0f, gradients[OUTPUT_KERNEL]);
  sum_rows(mlp->probabilities, n, mlp->n_classes, gradients[OUTPUT_BIAS]);
  multiply(CblasTrans, CblasNoTrans, mlp->n_inputs, mlp->n_hidden, n, mlp->inputs,
           mlp->hidden_errors, 0.0f, gradients[HIDDEN_KERNEL]);
  sum_rows(mlp->hidden_errors, n, mlp->n_hidden, gradients[HIDDEN_BIAS]);
}
