/* SPDX-License-Identifier: MIT */
/* A small decoder-only transformer: normalisation before attention and before the relu
 * layers, learned positions. */
#ifndef OPTREG_PROBLEMS_GPT_H
#define OPTREG_PROBLEMS_GPT_H

#include "parameters.h"

#include <stdint.h>

enum { GPT_MOST_LAYERS = 16 };

/* n_heads divides width; at most GPT_MOST_LAYERS layers. */
typedef struct GptShape {
  size_t vocabulary, context, width, n_heads, n_layers;
} GptShape;

typedef struct Gpt Gpt;

/* Scratch for `capacity` windows of `context` tokens. */
Gpt *gpt_new(const GptShape *shape, size_t capacity);
void gpt_free(Gpt *gpt);

void gpt_add_parameters(const Gpt *gpt, Parameters *parameters);

/* Logits, `vocabulary` for each token, of n windows of tokens; kept is what backward
 * needs. */
void gpt_forward(Gpt *gpt, const float *const *weights, const uint32_t *tokens,
                 size_t n, float *logits);

/* All gradients from those by the logits of the last forward. */
void gpt_backward(Gpt *gpt, const float *const *weights, const uint32_t *tokens,
                  size_t n, const float *logits, float *const *gradients);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gpt, gpt_free)

#endif
