/* SPDX-License-Identifier: MIT */
/* Pooling. */
#include "pool.h"

/* the larger of two pixels, and which it is; what is not a number wins, so that it is
 * not lost */
static inline void
choose(size_t n, uint32_t which, const float *restrict pixel,
       uint32_t *restrict winners, float *restrict out)
{
  for (size_t c = 0; c < n; c++) {
    /* all ones or zeros: compilers make no branch of it, and vectors instead */
    const uint32_t wins = 0u - (uint32_t) !(pixel[c] <= out[c]);
    out[c] = pixel[c] <= out[c] ? out[c] : pixel[c];
    winners[c] = (winners[c] & ~wins) | (which & wins);
  }
}

/* One row of outputs, of n_channels for each of width / 2 pixels; `in` is two rows. */
static void
forward_row(const Pool *pool, const float *in, uint32_t *winners, float *out)
{
  const size_t n = pool->n_channels, row = pool->width * n;

  for (size_t x = 0; x < pool->width / 2; x++, in += 2 * n, winners += n, out += n) {
    for (size_t c = 0; c < n; c++) {
      out[c] = in[c];
      winners[c] = 0;
    }
    choose(n, 1, in + n, winners, out);
    choose(n, 2, in + row, winners, out);
    choose(n, 3, in + row + n, winners, out);
  }
}

static inline void
give(size_t n, uint32_t which, const uint32_t *restrict winners,
     const float *restrict out_gradient, float *restrict pixel)
{
  for (size_t c = 0; c < n; c++) {
    const float gradient = out_gradient[c];
    pixel[c] = winners[c] == which ? gradient : 0.0f;
  }
}

static void
backward_row(const Pool *pool, const uint32_t *winners, const float *out_gradient,
             float *in_gradient)
{
  const size_t n = pool->n_channels, row = pool->width * n;

  for (size_t x = 0; x < pool->width / 2; x++) {
    give(n, 0, winners, out_gradient, in_gradient);
    give(n, 1, winners, out_gradient, in_gradient + n);
    give(n, 2, winners, out_gradient, in_gradient + row);
    give(n, 3, winners, out_gradient, in_gradient + row + n);
    in_gradient += 2 * n;
    winners += n;
    out_gradient += n;
  }
}

void
pool_forward(const Pool *pool, size_t n, const float *in, uint32_t *winners, float *out)
{
  const size_t row = pool->width * pool->n_channels;

  for (size_t i = 0; i < n * pool->height / 2; i++) {
    forward_row(pool, in + i * 2 * row, winners + i * row / 2, out + i * row / 2);
  }
}

void
pool_backward(const Pool *pool, size_t n, const uint32_t *winners,
              const float *out_gradient, float *in_gradient)
{
  const size_t row = pool->width * pool->n_channels;

  for (size_t i = 0; i < n * pool->height / 2; i++) {
    backward_row(pool, winners + i * row / 2, out_gradient + i * row / 2,
                 in_gradient + i * 2 * row);
  }
}
