/* SPDX-License-Identifier: MIT */
/* Patches, and dense layers over them. */
#include "conv.h"

#include "linear.h"

#include <stdbool.h>
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
  size_t in_picture, in_patch, length; /* floats */
} Run;

/* false where all of it lies outside */
static bool
find_run(const Conv *conv, size_t y, size_t x, size_t patch_row, Run *run)
{
  const size_t half = conv->size / 2;
  const size_t row = y + patch_row; /* shifted by half */
  const size_t left = x < half ? half - x : 0;
  const size_t beyond =
      x + conv->size > conv->width + half ? x + conv->size - conv->width - half : 0;

  if (row < half || row - half >= conv->height) {
    return false;
  }
  run->in_picture = ((row - half) * conv->width + x + left - half) * conv->n_in;
  run->in_patch = (patch_row * conv->size + left) * conv->n_in;
  run->length = (conv->size - left - beyond) * conv->n_in;
  return true;
}

static void
cut_patches(const Conv *conv, const float *picture, float *patches)
{
  const size_t patch = as_linear(conv).n_in;
  Run run;

  memset(patches, 0, conv_patches_size(conv) * sizeof *patches);
  for (size_t y = 0; y < conv->height; y++) {
    for (size_t x = 0; x < conv->width; x++, patches += patch) {
      for (size_t row = 0; row < conv->size; row++) {
        if (find_run(conv, y, x, row, &run)) {
          memcpy(patches + run.in_patch, picture + run.in_picture,
                 run.length * sizeof *patches);
        }
      }
    }
  }
}

static void
add_patches(const Conv *conv, const float *patches, float *picture)
{
  const size_t patch = as_linear(conv).n_in;
  Run run;

  memset(picture, 0, conv->height * conv->width * conv->n_in * sizeof *picture);
  for (size_t y = 0; y < conv->height; y++) {
    for (size_t x = 0; x < conv->width; x++, patches += patch) {
      for (size_t row = 0; row < conv->size; row++) {
        const bool is_inside = find_run(conv, y, x, row, &run);
        for (size_t i = 0; is_inside && i < run.length; i++) {
          picture[run.in_picture + i] += patches[run.in_patch + i];
        }
      }
    }
  }
}

void
conv_forward(const Conv *conv, size_t n, const float *in, const float *kernel,
             const float *bias, float *patches, float *out)
{
  const size_t n_pixels = conv->height * conv->width;

  for (size_t i = 0; i < n; i++) {
    cut_patches(conv, in + i * n_pixels * conv->n_in,
                patches + i * conv_patches_size(conv));
  }
  linear_forward(as_linear(conv), n * n_pixels, patches, kernel, bias, out);
}

void
conv_backward(const Conv *conv, size_t n, const float *kernel,
              const float *out_gradient, float *patches, float *in_gradient,
              float *kernel_gradient, float *bias_gradient)
{
  const size_t n_pixels = conv->height * conv->width;

  /* the gradient by the patches may take their place: they are read first */
  linear_backward(as_linear(conv), n * n_pixels, patches, kernel, out_gradient,
                  in_gradient != NULL ? patches : NULL, kernel_gradient, bias_gradient);
  for (size_t i = 0; in_gradient != NULL && i < n; i++) {
    add_patches(conv, patches + i * conv_patches_size(conv),
                in_gradient + i * n_pixels * conv->n_in);
  }
}
