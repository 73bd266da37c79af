/* SPDX-License-Identifier: MIT */
/* Causal self-attention over windows of `context` rows: each row sees itself and those
 * before it in its window. */
#ifndef OPTREG_PROBLEMS_ATTENTION_H
#define OPTREG_PROBLEMS_ATTENTION_H

#include <stddef.h>

/* n_heads divides width. */
typedef struct Attention {
  size_t context, width, n_heads;
} Attention;

/* Floats that forward keeps for backward, for n windows. */
size_t attention_shares_size(const Attention *attention, size_t n);

/* `in` has rows of queries, keys and values side by side, `width` of each; `out` has
 * rows of `width`. */
void attention_forward(const Attention *attention, size_t n, const float *in,
                       float *shares, float *out);

/* Writes the gradient by `in`. */
void attention_backward(const Attention *attention, size_t n, const float *in,
                        float *shares, const float *out_gradient, float *in_gradient);

#endif
