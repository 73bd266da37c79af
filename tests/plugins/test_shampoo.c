/* SPDX-License-Identifier: MIT */
/* A Shampoo that only takes traces, for tests: square slots, the host's threads and
 * log. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, POWER };
enum { LEFT, RIGHT, COUNT, N_SLOTS };
enum { FLAT, MATRIX };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.1, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
  OPTREG_INTEGER_ROW("power", 2, 1, 8, 0,
                     "root of the trace that divides the gradient"),
};

static const optreg_slot slots[N_SLOTS] = {
  OPTREG_ELEMENT_SLOT("left", NULL, 0, "sum of G Gᵀ"),
  OPTREG_ELEMENT_SLOT("right", NULL, 0, "sum of Gᵀ G"),
  OPTREG_ELEMENT_SLOT("count", NULL, 0, "updates of the tensor"),
};

static const optreg_variant variants[] = {
  { "flat", "other ranks: plain descent", OPTREG_TENSOR, 0 },
  { "matrix", "rank 2", OPTREG_TENSOR, 0 },
};

/* one row of G Gᵀ or Gᵀ G; strides tell which */
typedef struct Product {
  const float *g;
  float *sum;
  size_t n, length, stride, step;
} Product;

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  (void)hyperparameter;
  host->log(host->context, OPTREG_LOG_INFO, "test_shampoo was built");
  *self = (void *)(uintptr_t)host;
  return host->get_extension(host->context, "no_such_extension/1") == NULL
             ? OPTREG_OK
             : OPTREG_UNSUPPORTED;
}

static int32_t
build_tensor(const void *self, const optreg_tensor *tensor, optreg_layout *layout)
{
  const int is_matrix = tensor->ndim == 2;
  (void)self;
  layout->variant = is_matrix ? MATRIX : FLAT;
  layout->slot_shape[LEFT] = is_matrix ? OPTREG_SHAPE_ROWS_ROWS : OPTREG_SHAPE_ABSENT;
  layout->slot_shape[RIGHT] = is_matrix ? OPTREG_SHAPE_COLUMNS_COLUMNS
                                        : OPTREG_SHAPE_ABSENT;
  layout->slot_shape[COUNT] = OPTREG_SHAPE_SCALAR;
  return OPTREG_OK;
}

static int32_t
add_product_row(void *argument, size_t row)
{
  const Product *product = argument;
  for (size_t column = 0; column < product->n; column++) {
    float sum = 0.0f;
    for (size_t k = 0; k < product->length; k++) {
      sum += product->g[row * product->stride + k * product->step]
             * product->g[column * product->stride + k * product->step];
    }
    product->sum[row * product->n + column] += sum;
  }
  return OPTREG_OK;
}

static float
trace(const float *matrix, size_t n)
{
  float sum = 0.0f;
  for (size_t i = 0; i < n; i++) {
    sum += matrix[i * n + i];
  }
  return sum;
}

OPTREG_TENSOR_KERNEL(update_flat)
{
  float *restrict p = span->param;
  const float *restrict g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];

  *(float *)span->slot[COUNT] += 1.0f;
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - lr * g[i];
  }
  return OPTREG_OK;
}

/* L ← L + G Gᵀ ;  R ← R + Gᵀ G ;  P ← P − αG / (tr L tr R)^(1/2k)
 * after Gupta et al. 2018, algorithm 1 */
OPTREG_TENSOR_KERNEL(update_matrix)
{
  const optreg_host *host = self;
  const size_t rows = (size_t)span->dims[0], columns = (size_t)span->dims[1];
  const float *g = span->grad;
  float *p = span->param, *left = span->slot[LEFT], *right = span->slot[RIGHT];
  Product by_row = { g, left, rows, columns, columns, 1 };
  Product by_column = { g, right, columns, rows, 1, columns };

  int32_t status = host->parallel_for(host->context, rows, add_product_row, &by_row);
  if (status == OPTREG_OK) {
    status = host->parallel_for(host->context, columns, add_product_row, &by_column);
  }
  const double traces = (double)trace(left, rows) * (double)trace(right, columns);
  const double root = pow(traces, 0.5 / span->hyperparameter[POWER]);
  const float step = root > 0.0 ? (float)(span->hyperparameter[LEARNING_RATE] / root)
                                : 0.0f;
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - step * g[i];
  }
  *(float *)span->slot[COUNT] += 1.0f;
  return status;
}

static const optreg_kernel kernels[] = {
  OPTREG_TENSOR_KERNEL_ROWS(FLAT, OPTREG_F32, update_flat),
  OPTREG_TENSOR_KERNEL_ROWS(MATRIX, OPTREG_F32, update_matrix),
};

static const optreg_optimizer_class test_shampoo = {
  OPTREG_OPTIMIZER,
  .name = "test_shampoo",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "traces of Shampoo's matrices, for tests of square slots and of the host",
  .weight_decay = 0.01,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .variants = OPTREG_TABLE(variants),
  .build = build,
  .build_tensor = build_tensor,
};

OPTREG_PLUGIN(&test_shampoo);
