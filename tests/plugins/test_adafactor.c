/* SPDX-License-Identifier: MIT */
/* Adafactor, for tests: variants and slot shapes chosen for each tensor, scratch. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, BETA_2_DECAY, EPSILON_1, EPSILON_2, CLIP_THRESHOLD };
enum { ROWS, COLUMNS, VELOCITY, SCRATCH, LAST_RMS, N_SLOTS };
enum { VECTOR, MATRIX };
enum { RATE, DECAY, N_SCALARS };
enum { PARAM_SQUARES, UPDATE_SQUARES };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "largest rate"),
  OPTREG_REAL_ROW("beta_2_decay", -0.8, -INFINITY, 0.0, 0, "exponent of the decay"),
  OPTREG_REAL_ROW("epsilon_1", 1e-30, 0.0, INFINITY, 0, "added to squared gradients"),
  OPTREG_REAL_ROW("epsilon_2", 1e-3, 0.0, INFINITY, 0, "least scale of a parameter"),
  OPTREG_REAL_ROW("clip_threshold", 1.0, 0.0, INFINITY, OPTREG_MINIMUM_OPEN,
                  "largest root mean square of an update"),
};

static const optreg_slot slots[N_SLOTS] = {
  OPTREG_ELEMENT_SLOT("r", NULL, OPTREG_NON_NEGATIVE, "mean square of rows"),
  OPTREG_ELEMENT_SLOT("c", NULL, OPTREG_NON_NEGATIVE, "mean square of columns"),
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE, "mean square of elements"),
  OPTREG_ELEMENT_SLOT("update", NULL, OPTREG_TRANSIENT, "the update before clipping"),
  { "rms", "of the last update of a matrix", NULL, NULL, 0.0, OPTREG_PER_TENSOR,
    OPTREG_INIT_ZERO, 0, 0 },
};

static const optreg_variant variants[] = {
  { "vector", "rank 0 and 1: one average for each element", OPTREG_ELEMENT, 0 },
  { "matrix", "rank 2 and more: averages of rows and columns", OPTREG_TENSOR, 0 },
};

static const optreg_reduction reductions[] = {
  { "param_squares", "sum of squares", OPTREG_PER_TENSOR, OPTREG_SUM, 0, 0 },
  { "update_squares", "sum of squares", OPTREG_PER_TENSOR, OPTREG_SUM, 0, 0 },
};

static int32_t
build_tensor(const void *self, const optreg_tensor *tensor, optreg_layout *layout)
{
  static const uint32_t shapes[][4] = {
    [VECTOR] = { OPTREG_SHAPE_ABSENT, OPTREG_SHAPE_ABSENT, OPTREG_SHAPE_FULL,
                 OPTREG_SHAPE_ABSENT },
    [MATRIX] = { OPTREG_SHAPE_WITHOUT_LAST, OPTREG_SHAPE_WITHOUT_SECOND_LAST,
                 OPTREG_SHAPE_ABSENT, OPTREG_SHAPE_FULL },
  };
  (void)self;
  layout->variant = tensor->ndim >= 2 ? MATRIX : VECTOR;
  for (uint32_t s = ROWS; s <= SCRATCH; s++) {
    layout->slot_shape[s] = shapes[layout->variant][s];
  }
  return OPTREG_OK;
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  const double t = (double)step->step;
  scalar[RATE] = fmin(step->hyperparameter[LEARNING_RATE], 1.0 / sqrt(t));
  scalar[DECAY] = 1.0 - pow(t, step->hyperparameter[BETA_2_DECAY]);
  return OPTREG_OK;
}

OPTREG_INLINE double
square(const optreg_span *span, float g)
{
  return (double)g * (double)g + span->hyperparameter[EPSILON_1];
}

OPTREG_INLINE float
blend(const optreg_span *span, float average, double value)
{
  return (float)(span->scalar[DECAY] * (double)average
                 + (1.0 - span->scalar[DECAY]) * value);
}

/* α = max(ε₂, rms(p)) ρ, and the update is u / max(1, rms(u)/d) */
OPTREG_INLINE float
factor(const optreg_span *span, size_t n, double param_squares, double update_squares)
{
  const double *h = span->hyperparameter;
  const double clip = sqrt(update_squares / (double)n) / h[CLIP_THRESHOLD];
  return (float)(fmax(h[EPSILON_2], sqrt(param_squares / (double)n))
                 * span->scalar[RATE] / fmax(1.0, clip));
}

OPTREG_REDUCTION(sum_squares)
{
  const float *restrict p = span->param, *restrict g = span->grad;
  const float *restrict v = span->slot[VELOCITY];

  OPTREG_ACCUMULATE(lanes[PARAM_SQUARES], span->n, i, (double)p[i] * (double)p[i]);
  OPTREG_ACCUMULATE(lanes[UPDATE_SQUARES], span->n, i,
                    (double)g[i] * (double)g[i]
                        / (double)blend(span, v[i], square(span, g[i])));
}

/* v ← bv + (1−b)(g²+ε₁) ;  u = g/√v ;  p ← p − αu     Shazeer & Stern 2018, alg. 5 */
OPTREG_KERNEL(update_vector)
{
  float *restrict p = span->param, *restrict v = span->slot[VELOCITY];
  const float *restrict g = span->grad;
  size_t n = 1;
  for (uint32_t i = 0; i < span->ndim; i++) {
    n *= (size_t)span->dims[i];
  }
  const float step =
      factor(span, n, span->reduction[PARAM_SQUARES], span->reduction[UPDATE_SQUARES]);

  for (size_t i = 0; i < span->n; i++) {
    v[i] = blend(span, v[i], square(span, g[i]));
    p[i] = p[i] - step * (g[i] / sqrtf(v[i]));
  }
}

/* r ← br + (1−b) mean of g²+ε₁ over columns, c the same over rows ;
 * u = g / √(r c / mean(r)) ; one matrix of a stack of them, returns Σu² */
OPTREG_INLINE double
update_matrix(const optreg_span *span, size_t rows, size_t columns, size_t index)
{
  float *r = (float *)span->slot[ROWS] + index * rows;
  float *c = (float *)span->slot[COLUMNS] + index * columns;
  float *u = (float *)span->slot[SCRATCH] + index * rows * columns;
  const float *g = (const float *)span->grad + index * rows * columns;
  double mean_row = 0.0, squares = 0.0;

  for (size_t i = 0; i < rows; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < columns; j++) {
      sum += square(span, g[i * columns + j]);
    }
    r[i] = blend(span, r[i], sum / (double)columns);
    mean_row += (double)r[i] / (double)rows;
  }
  for (size_t j = 0; j < columns; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < rows; i++) {
      sum += square(span, g[i * columns + j]);
    }
    c[j] = blend(span, c[j], sum / (double)rows);
  }
  for (size_t i = 0; i < rows * columns; i++) {
    const double v = (double)r[i / columns] / mean_row * (double)c[i % columns];
    u[i] = (float)((double)g[i] / sqrt(v));
    squares += (double)u[i] * (double)u[i];
  }
  return squares;
}

OPTREG_TENSOR_KERNEL(update_matrices)
{
  float *p = span->param;
  const float *u = span->slot[SCRATCH];
  const size_t rows = (size_t)span->dims[span->ndim - 2];
  const size_t columns = (size_t)span->dims[span->ndim - 1];
  double param_squares = 0.0, update_squares = 0.0;

  for (size_t i = 0; i < span->n; i++) {
    param_squares += (double)p[i] * (double)p[i];
  }
  for (size_t index = 0; index < span->n / (rows * columns); index++) {
    update_squares += update_matrix(span, rows, columns, index);
  }
  *(double *)span->slot[LAST_RMS] = sqrt(update_squares / (double)span->n);
  const float step = factor(span, span->n, param_squares, update_squares);
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - step * u[i];
  }
  return OPTREG_OK;
}

static const optreg_kernel kernels[] = {
  OPTREG_REDUCING_KERNEL_ROWS(VECTOR, OPTREG_F32, update_vector, sum_squares),
  OPTREG_TENSOR_KERNEL_ROWS(MATRIX, OPTREG_F32, update_matrices),
};

static const optreg_optimizer_class test_adafactor = {
  OPTREG_OPTIMIZER,
  .name = "test_adafactor",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "Adafactor, for tests of variants, slot shapes and scratch",
  .n_scalars = N_SCALARS,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .variants = OPTREG_TABLE(variants),
  .reductions = OPTREG_TABLE(reductions),
  .build_tensor = build_tensor,
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&test_adafactor);
