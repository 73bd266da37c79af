/* SPDX-License-Identifier: MIT */
/* A network of dense layers with one activation between them. */
#ifndef OPTREG_PROBLEMS_MLP_H
#define OPTREG_PROBLEMS_MLP_H

#include "activation.h"
#include "classifier.h"

enum { MLP_MOST_LAYERS = 8 };

typedef struct Mlp Mlp;

/* Layers of sizes[0] inputs to sizes[n_layers] outputs; weights are kernel and bias of
 * each layer in order. */
Mlp *mlp_new(const size_t *sizes, size_t n_layers, Activation activation,
             size_t capacity);

/* Append "dense_1/kernel", "dense_1/bias", ... */
void mlp_add_parameters(const Mlp *mlp, Parameters *parameters);

/* `self` is an Mlp. */
extern const ClassifierModel mlp_model;

#endif
