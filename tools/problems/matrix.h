/* SPDX-License-Identifier: MIT */
/* Products of f32 matrices, row-major, by OpenBLAS on one thread: more would change the
 * order of sums, and so the bits. */
#ifndef OPTREG_PROBLEMS_MATRIX_H
#define OPTREG_PROBLEMS_MATRIX_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A part of a larger matrix: `stride` elements from row to row. */
typedef struct Matrix {
  const float *at;
  size_t stride;
} Matrix;

typedef enum MatrixForm { MATRIX_AS_IS, MATRIX_TRANSPOSED } MatrixForm;

/* Whether there is something to multiply with; before the first product, by whoever can
 * still fail. */
bool matrix_open(GError **error);

/* c [rows, columns] ← scale op(a) op(b) + beta c, where op(a) is [rows, inner]. */
void matrix_multiply(MatrixForm form_a, MatrixForm form_b, size_t rows, size_t columns,
                     size_t inner, float scale, Matrix a, Matrix b, float beta,
                     float *c, size_t c_stride);

/* sum[j] ← Σ over rows */
void matrix_sum_rows(const float *rows, size_t n, size_t n_columns, float *sum);

#endif
