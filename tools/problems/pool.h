/* SPDX-License-Identifier: MIT */
/* The largest of every 2x2 pixels of pictures [height, width, channels]. */
#ifndef OPTREG_PROBLEMS_POOL_H
#define OPTREG_PROBLEMS_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Even extents. */
typedef struct Pool {
  size_t height, width, n_channels;
} Pool;

/* winners, as many as `out`, keeps which of the four it was; the first of equal ones.
 */
void pool_forward(const Pool *pool, size_t n, const float *in, uint32_t *winners,
                  float *out);
void pool_backward(const Pool *pool, size_t n, const uint32_t *winners,
                   const float *out_gradient, float *in_gradient);

#endif
