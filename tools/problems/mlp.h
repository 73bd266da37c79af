/* SPDX-License-Identifier: MIT */
/* A network of one hidden tanh layer with softmax cross-entropy, in f32.
 *
 * Weights are four tensors: hidden kernel [inputs, hidden], hidden bias [hidden],
 * output kernel [hidden, classes], output bias [classes]. Matrix products are
 * OpenBLAS's on one thread: more would change the order of sums, and so the bits. */
#ifndef OPTREG_HARNESS_MLP_H
#define OPTREG_HARNESS_MLP_H

#include <glib.h>
#include <stdint.h>

enum { MLP_N_TENSORS = 4 };

typedef struct Mlp Mlp;

/* Scratch for batches of up to `capacity` examples. */
Mlp *mlp_new(size_t n_inputs, size_t n_hidden, size_t n_classes, size_t capacity);
void mlp_free(Mlp *mlp);

size_t mlp_capacity(const Mlp *mlp);

/* Where a batch of n rows of inputs and n labels goes; filled by the caller. */
float *mlp_inputs(Mlp *mlp);
uint32_t *mlp_labels(Mlp *mlp);

/* Sum of the losses of the first n examples. *n_correct receives how many have their
 * label as the one largest output; no output of an example that is not finite is. */
double mlp_loss(Mlp *mlp, const float *const *weights, size_t n, size_t *n_correct);

/* Gradients of `scale` times the mean loss of the n examples of the last mlp_loss. */
void mlp_gradient(Mlp *mlp, const float *const *weights, size_t n, double scale,
                  float *const *gradients);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mlp, mlp_free)

#endif
