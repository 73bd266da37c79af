/* SPDX-License-Identifier: MIT */
/* Softmax with cross-entropy over rows of logits. */
#ifndef OPTREG_PROBLEMS_SOFTMAX_H
#define OPTREG_PROBLEMS_SOFTMAX_H

#include <stddef.h>
#include <stdint.h>

/* Turns n rows of k logits into probabilities, in place. Returns the sum of −log of
 * those of the labels; *n_correct receives in how many rows the label has the one
 * largest logit, which is none where a logit is not finite. */
double softmax_loss(size_t n, size_t k, const uint32_t *labels, float *rows,
                    size_t *n_correct);

/* Turns the probabilities into the gradient of `factor` times that sum by the logits:
 * (p − onehot) factor. */
void softmax_gradient(size_t n, size_t k, const uint32_t *labels, float factor,
                      float *rows);

#endif
