/* SPDX-License-Identifier: MIT */
/* The optimizers' formulas in double, one element at a time, from their papers. */
#include "reference.h"

#include <math.h>

/* ---- running averages of gradients and of their squares ---- */

enum { M, V };

static void
update_moments(Tensor *tensor, double beta1, double beta2)
{
  for (size_t i = 0; i < tensor->n; i++) {
    const double g = tensor->gradient[i];
    tensor->slot[M][i] = beta1 * tensor->slot[M][i] + (1.0 - beta1) * g;
    tensor->slot[V][i] = beta2 * tensor->slot[V][i] + (1.0 - beta2) * g * g;
  }
}

static void
update_adam(Tensor *tensor, uint64_t step)
{
  const double c1 = 1.0 - pow(0.8, (double)step), c2 = 1.0 - pow(0.99, (double)step);
  update_moments(tensor, 0.8, 0.99);
  for (size_t i = 0; i < tensor->n; i++) {
    const double m = tensor->slot[M][i], v = tensor->slot[V][i];
    tensor->weight[i] -= tensor->learning_rate * sqrt(c2) / c1 * m / (sqrt(v) + 1e-7);
  }
}

static double
norm(const double *values, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    sum += values[i] * values[i];
  }
  return sqrt(sum);
}

static void
update_lamb(Tensor *tensor, uint64_t step)
{
  const double c1 = 1.0 - pow(0.8, (double)step), c2 = 1.0 - pow(0.99, (double)step);
  g_autofree double *u = g_new(double, tensor->n);
  update_moments(tensor, 0.8, 0.99);
  for (size_t i = 0; i < tensor->n; i++) {
    u[i] = tensor->slot[M][i] / c1 / (sqrt(tensor->slot[V][i] / c2) + 1e-7);
  }
  const double ratio = norm(tensor->weight, tensor->n) / norm(u, tensor->n);
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->learning_rate * ratio * u[i];
  }
}

static double
nadam_schedule(uint64_t step)
{
  return 0.8 * (1.0 - 0.5 * pow(0.96, (double)step));
}

static void
update_nadam(Tensor *tensor, uint64_t step)
{
  const double u = nadam_schedule(step), u_next = nadam_schedule(step + 1);
  double product = 1.0;
  for (uint64_t t = 1; t <= step; t++) {
    product *= nadam_schedule(t);
  }
  update_moments(tensor, 0.8, 0.99);
  for (size_t i = 0; i < tensor->n; i++) {
    const double m = u_next * tensor->slot[M][i] / (1.0 - product * u_next)
                     + (1.0 - u) * tensor->gradient[i] / (1.0 - product);
    const double v = tensor->slot[V][i] / (1.0 - pow(0.99, (double)step));
    tensor->weight[i] -= tensor->learning_rate * m / (sqrt(v) + 1e-7);
  }
}

/* ---- Adafactor ---- */

/* the whole factored estimate of one matrix, from its rows and columns */
static void
estimate_matrix(const double *square, double *r, double *c, double *v, size_t rows,
                size_t columns, double b)
{
  double mean = 0.0;
  for (size_t i = 0; i < rows; i++) {
    double row = 0.0;
    for (size_t j = 0; j < columns; j++) {
      row += square[i * columns + j] / (double)columns;
    }
    r[i] = b * r[i] + (1.0 - b) * row;
    mean += r[i] / (double)rows;
  }
  for (size_t j = 0; j < columns; j++) {
    double column = 0.0;
    for (size_t i = 0; i < rows; i++) {
      column += square[i * columns + j] / (double)rows;
    }
    c[j] = b * c[j] + (1.0 - b) * column;
    for (size_t i = 0; i < rows; i++) {
      v[i * columns + j] = r[i] * c[j] / mean;
    }
  }
}

static void
estimate_squares(Tensor *tensor, const double *square, double *v, double b)
{
  if (tensor->ndim < 2) {
    for (size_t i = 0; i < tensor->n; i++) {
      tensor->slot[0][i] = b * tensor->slot[0][i] + (1.0 - b) * square[i];
      v[i] = tensor->slot[0][i];
    }
    return;
  }
  const size_t rows = tensor->dims[tensor->ndim - 2],
               columns = tensor->dims[tensor->ndim - 1];
  for (size_t k = 0; k < tensor->n / (rows * columns); k++) {
    estimate_matrix(square + k * rows * columns, tensor->slot[0] + k * rows,
                    tensor->slot[1] + k * columns, v + k * rows * columns, rows,
                    columns, b);
  }
}

static void
update_adafactor(Tensor *tensor, uint64_t step)
{
  g_autofree double *u = g_new(double, tensor->n), *square = g_new(double, tensor->n);
  const double root = sqrt((double)tensor->n);
  const double rate = fmin(tensor->learning_rate, 1.0 / sqrt((double)step));
  const double alpha = fmax(1e-3, norm(tensor->weight, tensor->n) / root) * rate;

  for (size_t i = 0; i < tensor->n; i++) {
    square[i] = tensor->gradient[i] * tensor->gradient[i] + 1e-30;
  }
  estimate_squares(tensor, square, u, 1.0 - pow((double)step, -0.8));
  for (size_t i = 0; i < tensor->n; i++) {
    u[i] = tensor->gradient[i] / sqrt(u[i]);
  }
  const double clip = fmax(1.0, norm(u, tensor->n) / root / 0.9);
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= alpha * u[i] / clip;
  }
}

/* ---- the others ---- */

static void
start_adagrad(Tensor *tensor)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->slot[0][i] = 0.25;
  }
}

static void
update_adagrad(Tensor *tensor, uint64_t step)
{
  (void)step;
  for (size_t i = 0; i < tensor->n; i++) {
    const double g = tensor->gradient[i];
    tensor->slot[0][i] += g * g;
    tensor->weight[i] -= tensor->learning_rate * g / sqrt(tensor->slot[0][i] + 1e-7);
  }
}

enum { Z = 0 };

static void
start_schedulefree(Tensor *tensor)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->slot[Z][i] = tensor->weight[i];
  }
}

/* y = (1 - beta) z + beta x, solved for x */
static double
schedulefree_average(double y, double z)
{
  return (y - 0.2 * z) / 0.8;
}

static void
update_schedulefree(Tensor *tensor, uint64_t step)
{
  const double k = 1.0 / (double)step, c2 = 1.0 - pow(0.99, (double)step);
  for (size_t i = 0; i < tensor->n; i++) {
    const double g = tensor->gradient[i];
    double *z = &tensor->slot[Z][i], *v = &tensor->slot[V][i];
    double x = schedulefree_average(tensor->weight[i], *z);
    *v = 0.99 * *v + (1.0 - 0.99) * g * g;
    *z -= tensor->learning_rate * g / (sqrt(*v / c2) + 1e-8);
    x = (1.0 - k) * x + k * *z;
    tensor->weight[i] = 0.2 * *z + 0.8 * x;
  }
}

static void
finish_schedulefree(const Tensor *tensor, double *weight)
{
  for (size_t i = 0; i < tensor->n; i++) {
    weight[i] = schedulefree_average(weight[i], tensor->slot[Z][i]);
  }
}

static void
update_blob(Tensor *tensor, uint64_t step)
{
  (void)step;
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->learning_rate * 2.0 / (double)(i % 4 + 1)
                         * tensor->gradient[i];
  }
}

static void
update_shampoo(Tensor *tensor, uint64_t step)
{
  (void)step;
  const double length = norm(tensor->gradient, tensor->n);
  double *squares = &tensor->slot[0][0]; /* both traces are the sum of squares so far */
  *squares += length * length;
  const double root = tensor->ndim == 2 ? pow(*squares * *squares, 1.0 / 6.0) : 1.0;
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->learning_rate * tensor->gradient[i] / root;
  }
}

/* slots of each tensor: largest gradient of the model, the tensor's share of its norm
 */
static void
prepare_phases(Tensor *tensors)
{
  double largest = 0.0, all_squares = 0.0;
  for (size_t t = 0; t < N_TENSORS; t++) {
    for (size_t i = 0; tensors[t].has_gradient && i < tensors[t].n; i++) {
      largest = fmax(largest, fabs(tensors[t].gradient[i]));
      all_squares += tensors[t].gradient[i] * tensors[t].gradient[i];
    }
  }
  for (size_t t = 0; t < N_TENSORS; t++) {
    const double length = norm(tensors[t].gradient, tensors[t].n);
    tensors[t].slot[0][0] = largest;
    tensors[t].slot[1][0] = length / sqrt(all_squares);
  }
}

static void
update_phases(Tensor *tensor, uint64_t step)
{
  const double largest = tensor->slot[0][0], share = tensor->slot[1][0];
  (void)step;
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->learning_rate * share * tensor->gradient[i] / largest;
  }
}

/* the rate falls with the product of two counters, of the group and of the model */
static void
update_counting(Tensor *tensor, uint64_t step)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->learning_rate / (double)(step * step)
                         * tensor->gradient[i];
  }
}

static void
update_adadelta(Tensor *tensor, uint64_t step)
{
  (void)step;
  for (size_t i = 0; i < tensor->n; i++) {
    const double g = tensor->gradient[i];
    double *a = &tensor->slot[0][i], *d = &tensor->slot[1][i];
    *a = 0.9 * *a + (1.0 - 0.9) * g * g;
    const double delta = sqrt(*d + 1e-3) / sqrt(*a + 1e-3) * g;
    *d = 0.9 * *d + (1.0 - 0.9) * delta * delta;
    tensor->weight[i] -= tensor->learning_rate * delta;
  }
}

static void
update_nesterov(Tensor *tensor, uint64_t step)
{
  (void)step;
  for (size_t i = 0; i < tensor->n; i++) {
    const double push = -tensor->learning_rate * tensor->gradient[i];
    tensor->slot[0][i] = 0.9 * tensor->slot[0][i] + push;
    tensor->weight[i] += 0.9 * tensor->slot[0][i] + push;
  }
}

static const char betas[] = "beta_1: 0.8\nbeta_2: 0.99\n";

const Formula formulas[] = {
  { "adadelta", "rho: 0.9\nepsilon: 1e-3\n", 1.0, .update = update_adadelta },
  { "sgd", "momentum: 0.9\nnesterov: true\n", 0.02, .update = update_nesterov },
  { "test_adam", betas, 0.05, .update = update_adam },
  { "test_lamb", betas, 0.05, .update = update_lamb },
  { "test_nadam", betas, 0.05, .update = update_nadam },
  { "test_adafactor", "clip_threshold: 0.9\n", 0.05, .update = update_adafactor },
  { "test_adagrad", "initial_accumulator_value: 0.25\n", 0.1, .start = start_adagrad,
    .update = update_adagrad },
  { "test_schedulefree", betas, 0.05, .start = start_schedulefree,
    .update = update_schedulefree, .finish = finish_schedulefree },
  { "test_blob", "first_gain: 2\n", 0.1, .update = update_blob },
  { "test_fail", "", 0.5, .update = update_counting },
  { "test_phases", "", 0.2, .prepare = prepare_phases, .update = update_phases },
  { "test_shampoo", "power: 3\n", 0.2, .update = update_shampoo },
};
const size_t n_formulas = G_N_ELEMENTS(formulas);
