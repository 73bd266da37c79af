/* SPDX-License-Identifier: MIT */
/* Pooling. */
#include "pool.h"

#include <stdbool.h>

/* One row of outputs, of n_channels for each of width / 2 pixels; `in` is two rows. */
static void
forward_row(const Pool *pool, const float *in, uint8_t *winners, float *out)
{
  const size_t n = pool->n_channels, row = pool->width * n;
  const size_t offsets[] = { 0, n, row, row + n };

  for (size_t x = 0; x < pool->width / 2; x++, in += 2 * n, winners += n, out += n) {
    for (size_t c = 0; c < n; c++) {
      out[c] = in[c];
      winners[c] = 0;
    }
    for (size_t k = 1; k < 4; k++) {
      const float *other = in + offsets[k];
      /* also what is not a number wins, so that it is not lost */
      for (size_t c = 0; c < n; c++) {
        const bool is_larger = !(other[c] <= out[c]);
        out[c] = is_larger ? other[c] : out[c];
        winners[c] = is_larger ? (uint8_t)k : winners[c];
      }
    }
  }
}

static void
backward_row(const Pool *pool, const uint8_t *winners, const float *out_gradient,
             float *in_gradient)
{
  const size_t n = pool->n_channels, row = pool->width * n;
  const size_t offsets[] = { 0, n, row, row + n };

  for (size_t x = 0; x < pool->width / 2; x++) {
    for (size_t k = 0; k < 4; k++) {
      for (size_t c = 0; c < n; c++) {
        in_gradient[offsets[k] + c] = winners[c] == k ? out_gradient[c] : 0.0f;
      }
    }
    in_gradient += 2 * n;
    winners += n;
    out_gradient += n;
  }
}

void
pool_forward(const Pool *pool, size_t n, const float *in, uint8_t *winners, float *out)
{
  const size_t row = pool->width * pool->n_channels;

  for (size_t i = 0; i < n * pool->height / 2; i++) {
    forward_row(pool, in + i * 2 * row, winners + i * row / 2, out + i * row / 2);
  }
}

void
pool_backward(const Pool *pool, size_t n, const uint8_t *winners,
              const float *out_gradient, float *in_gradient)
{
  const size_t row = pool->width * pool->n_channels;

  for (size_t i = 0; i < n * pool->height / 2; i++) {
    backward_row(pool, winners + i * row / 2, out_gradient + i * row / 2,
                 in_gradient + i * 2 * row);
  }
}
