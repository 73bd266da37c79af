/* SPDX-License-Identifier: MIT */
/* As many rows as a table may have, in three tables, for tests. */
#include <math.h>
#include <optreg/plugin.h>

enum { MOST = 1024 };

/* row(r00000) row(r00001) ... row(r33333): 1024 numbers of five digits in base 4 */
#define ROWS(row) ROWS_4(row, r0) ROWS_4(row, r1) ROWS_4(row, r2) ROWS_4(row, r3)
#define ROWS_4(row, d) \
  ROWS_3(row, d##0) ROWS_3(row, d##1) ROWS_3(row, d##2) ROWS_3(row, d##3)
#define ROWS_3(row, d) \
  ROWS_2(row, d##0) ROWS_2(row, d##1) ROWS_2(row, d##2) ROWS_2(row, d##3)
#define ROWS_2(row, d) \
  ROWS_1(row, d##0) ROWS_1(row, d##1) ROWS_1(row, d##2) ROWS_1(row, d##3)
#define ROWS_1(row, d) row(d##0) row(d##1) row(d##2) row(d##3)

#define HYPERPARAMETER(name) OPTREG_REAL_ROW(#name, 1.0, 0.0, 4.0, 0, "a factor"),
#define SLOT(name) OPTREG_ELEMENT_SLOT(#name, NULL, 0, "a sum"),
#define REDUCTION(name) { #name, "a sum", OPTREG_PER_TENSOR, OPTREG_SUM, 0, 0 },

static const optreg_hyperparameter hyperparameters[] = { ROWS(HYPERPARAMETER) };
static const optreg_slot slots[] = { ROWS(SLOT) };
static const optreg_reduction reductions[] = { ROWS(REDUCTION) };

OPTREG_ASSERT(sizeof hyperparameters == MOST * sizeof hyperparameters[0], "all rows");

OPTREG_REDUCTION(sums)
{
  const float *restrict g = span->grad;

  for (size_t row = 0; row < MOST; row++) {
    OPTREG_ACCUMULATE(lanes[row], span->n, i, g[i] * (float)row);
  }
}

/* s_r ← s_r + h_r g ;  p ← p − Σ s_r − (Σ g · 1023) */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  const float *restrict g = span->grad;

  for (size_t row = 0; row < MOST; row++) {
    float *restrict s = span->slot[row];
    for (size_t i = 0; i < span->n; i++) {
      s[i] = s[i] + (float)span->hyperparameter[row] * g[i];
      p[i] = p[i] - s[i];
    }
  }
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - (float)span->reduction[MOST - 1];
  }
}

static const optreg_kernel kernels[] = {
  OPTREG_REDUCING_KERNEL_ROWS(0, OPTREG_F32, update, sums),
};

static const optreg_optimizer_class test_many = {
  OPTREG_OPTIMIZER,
  .name = "test_many",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "many sums, for tests of large tables",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .reductions = OPTREG_TABLE(reductions),
};

OPTREG_PLUGIN(&test_many);
