/* SPDX-License-Identifier: MIT */
/* The one user of OpenBLAS. */
#include "matrix.h"

#include "blas.h"

bool
matrix_open(GError **error)
{
  return blas_open(error) != NULL;
}

void
matrix_multiply(MatrixForm form_a, MatrixForm form_b, size_t rows, size_t columns,
                size_t inner, float scale, Matrix a, Matrix b, float beta, float *c,
                size_t c_stride)
{
  const Blas *blas = blas_open(NULL);

  g_assert(blas != NULL);
  blas->multiply(CblasRowMajor, form_a == MATRIX_AS_IS ? CblasNoTrans : CblasTrans,
                 form_b == MATRIX_AS_IS ? CblasNoTrans : CblasTrans, (blasint)rows,
                 (blasint)columns, (blasint)inner, scale, a.at, (blasint)a.stride, b.at,
                 (blasint)b.stride, beta, c, (blasint)c_stride);
}

void
matrix_sum_rows(const float *rows, size_t n, size_t n_columns, float *sum)
{
  for (size_t j = 0; j < n_columns; j++) {
    sum[j] = 0.0f;
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n_columns; j++) {
      sum[j] += rows[i * n_columns + j];
    }
  }
}
