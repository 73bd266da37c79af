/* SPDX-License-Identifier: MIT */
/* Patches, and dense layers over them. */
#include "conv.h"

#include "linear.h"
#include "matrix.h"

#include <string.h>

size_t
conv_patches_size(const Conv *conv)
{
  return conv->height * conv->width * conv->size * conv->size * conv->n_in;
}

static Linear
as_linear(const Conv *conv)
{
  return (Linear){ conv->size * conv->size * conv->n_in, conv->n_out };
}

/* The part of a patch's row that lies in the picture: one run in both. */
typedef struct Run {
  size_t in_picture, in_patch, length; /* floats; length 0: all of it lies outside */
} Run;

static Run
find_run(const Conv *conv, size_t y, size_t x, size_t patch_row)
{
  const size_t half = conv->size / 2;
  const size_t row = y + patch_row; /* shifted by half */
  const size_t left = x < half ? half - x : 0;
  const size_t beyond =
      x + conv->size > conv->width + half ? x + conv->size - conv->width - half : 0;

  if (row < half || row - half >= conv->height) {
    return (Run){ 0 };
  }
  return (Run){
    .in_picture = ((row - half) * conv->width + x + left - half) * conv->n_in,
    .in_patch = left * conv->n_in,
    .length = (conv->size - left - beyond) * conv->n_in,
  };
}

/* zeros before and after the run */
static void
cut_row(const float *picture, Run run, size_t n, float *patch_row)
{
  for (size_t i = 0; i < run.in_patch; i++) {
    patch_row[i] = 0.0f;
  }
  for (size_t i = 0; i < run.length; i++) {
    patch_row[run.in_patch + i] = picture[run.in_picture + i];
  }
  for (size_t i = run.in_patch + run.length; i < n; i++) {
    patch_row[i] = 0.0f;
  }
}

static void
add_row(const float *patch_row, Run run, float *picture)
{
  for (size_t i = 0; i < run.length; i++) {
    picture[run.in_picture + i] += patch_row[run.in_patch + i];
  }
}

static void
cut_patches(const Conv *conv, const float *picture, float *patches)
{
  const size_t n = conv->size * conv->n_in;

  for (size_t y = 0; y < conv->height; y++) {
    for (size_t x = 0; x < conv->width; x++) {
      for (size_t row = 0; row < conv->size; row++, patches += n) {
        cut_row(picture, find_run(conv, y, x, row), n, patches);
      }
    }
  }
}

static void
add_patches(const Conv *conv, const float *patches, float *picture)
{
  const size_t n = conv->size * conv->n_in;

  memset(picture, 0, conv->height * conv->width * conv->n_in * sizeof *picture);
  for (size_t y = 0; y < conv->height; y++) {
    for (size_t x = 0; x < conv->width; x++) {
      for (size_t row = 0; row < conv->size; row++, patches += n) {
        add_row(patches, find_run(conv, y, x, row), picture);
      }
    }
  }
}

/* one picture at a time, whose patches stay in the cache: to cut them again for
 * backward is cheaper than to keep those of a batch */
void
conv_forward(const Conv *conv, size_t n, const float *in, const float *kernel,
             const float *bias, float *patches, float *out)
{
  const size_t n_pixels = conv->height * conv->width;

  for (size_t i = 0; i < n; i++) {
    cut_patches(conv, in + i * n_pixels * conv->n_in, patches);
    linear_forward(as_linear(conv), n_pixels, patches, kernel, bias,
                   out + i * n_pixels * conv->n_out);
  }
}

void
conv_backward(const Conv *conv, size_t n, const float *in, const float *kernel,
              const float *out_gradient, float *patches, float *in_gradient,
              float *kernel_gradient, float *bias_gradient)
{
  const size_t n_pixels = conv->height * conv->width, patch = as_linear(conv).n_in;
  const Matrix cut = { patches, patch };

  matrix_sum_rows(out_gradient, n * n_pixels, conv->n_out, bias_gradient);
  for (size_t i = 0; i < n; i++) {
    const Matrix by_out = { out_gradient + i * n_pixels * conv->n_out, conv->n_out };
    cut_patches(conv, in + i * n_pixels * conv->n_in, patches);
    matrix_multiply(MATRIX_TRANSPOSED, MATRIX_AS_IS, patch, conv->n_out, n_pixels, 1.0f,
                    cut, by_out, i == 0 ? 0.0f : 1.0f, kernel_gradient, conv->n_out);
    if (in_gradient != NULL) {
      matrix_multiply(MATRIX_AS_IS, MATRIX_TRANSPOSED, n_pixels, patch, conv->n_out,
                      1.0f, by_out, (Matrix){ kernel, conv->n_out }, 0.0f, patches,
                      patch);
      add_patches(conv, patches, in_gradient + i * n_pixels * conv->n_in);
    }
  }
}
