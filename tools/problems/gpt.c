/* SPDX-License-Identifier: MIT */
/* The transformer: embeddings, blocks, the end. */
#include "gpt_private.h"

#include <math.h>
#include <string.h>

/* tensors, in order: two embeddings, those of each block, then the end's */
enum { TOKENS, POSITIONS, N_EMBEDDINGS };
enum { END_SCALE, END_BIAS, OUTPUT_KERNEL, OUTPUT_BIAS };

Gpt *
gpt_new(const GptShape *shape, size_t capacity)
{
  const size_t width = shape->width, n = capacity * shape->context;
  Gpt *gpt = g_new0(Gpt, 1);

  g_assert(shape->n_layers <= GPT_MOST_LAYERS && width % shape->n_heads == 0);
  gpt->shape = *shape;
  gpt->attention = (Attention){ shape->context, width, shape->n_heads };
  gpt->attention_in = (Linear){ width, 3 * width };
  gpt->attention_out = (Linear){ width, width };
  gpt->dense_1 = (Linear){ width, 4 * width };
  gpt->dense_2 = (Linear){ 4 * width, width };
  gpt->output = (Linear){ width, shape->vocabulary };
  for (size_t i = 0; i < shape->n_layers; i++) {
    gpt_block_init(&gpt->blocks[i], gpt, capacity);
  }
  gpt->end = g_new0(float, n *width);
  gpt_norm_init(&gpt->norm, n, width);
  gpt->by_stream = g_new0(float, n *width);
  gpt->by_norm = g_new0(float, n *width);
  gpt->by_queries = g_new0(float, n * 3 * width);
  gpt->by_attended = g_new0(float, n *width);
  gpt->by_hidden = g_new0(float, n * 4 * width);
  return gpt;
}

void
gpt_free(Gpt *gpt)
{
  if (gpt != NULL) {
    for (size_t i = 0; i < gpt->shape.n_layers; i++) {
      gpt_block_clear(&gpt->blocks[i]);
    }
    g_free(gpt->end);
    gpt_norm_clear(&gpt->norm);
    g_free(gpt->by_stream);
    g_free(gpt->by_norm);
    g_free(gpt->by_queries);
    g_free(gpt->by_attended);
    g_free(gpt->by_hidden);
    g_free(gpt);
  }
}

void
gpt_add_parameters(const Gpt *gpt, Parameters *parameters)
{
  const GptShape *shape = &gpt->shape;
  const double deviation = 1.0 / sqrt((double)shape->width);

  parameters_add_normal(parameters, "embedding/tokens", deviation, 2, shape->vocabulary,
                        shape->width);
  parameters_add_normal(parameters, "embedding/positions", deviation, 2, shape->context,
                        shape->width);
  for (size_t i = 0; i < shape->n_layers; i++) {
    gpt_block_add_parameters(gpt, parameters, i);
  }
  gpt_norm_add_parameters(parameters, "norm", shape->width);
  parameters_add_linear(parameters, "output", gpt->output.n_in, gpt->output.n_out);
}

static size_t
block_at(size_t index)
{
  return N_EMBEDDINGS + index * GPT_N_BLOCK;
}

/* ---- forward ---- */

static void
embed(const Gpt *gpt, const float *const *weights, const uint32_t *tokens, size_t n,
      float *stream)
{
  const size_t width = gpt->shape.width;

  for (size_t i = 0; i < n * gpt->shape.context; i++) {
    const float *token = weights[TOKENS] + tokens[i] * width;
    const float *position = weights[POSITIONS] + i % gpt->shape.context * width;
    for (size_t j = 0; j < width; j++) {
      stream[i * width + j] = token[j] + position[j];
    }
  }
}

/* where block i reads the stream, or the end does */
static float *
stream_at(Gpt *gpt, size_t i)
{
  return i < gpt->shape.n_layers ? gpt->blocks[i].in : gpt->end;
}

void
gpt_forward(Gpt *gpt, const float *const *weights, const uint32_t *tokens, size_t n,
            float *logits)
{
  const size_t rows = n * gpt->shape.context;
  const float *const *end = weights + block_at(gpt->shape.n_layers);

  embed(gpt, weights, tokens, n, stream_at(gpt, 0));
  for (size_t i = 0; i < gpt->shape.n_layers; i++) {
    gpt_block_forward(gpt, &gpt->blocks[i], weights + block_at(i), n,
                      stream_at(gpt, i + 1));
  }
  gpt_norm_forward(rows, gpt->shape.width, gpt->end, end + END_SCALE, &gpt->norm);
  linear_forward(gpt->output, rows, gpt->norm.out, end[OUTPUT_KERNEL], end[OUTPUT_BIAS],
                 logits);
}

/* ---- backward ---- */

static void
embed_backward(const Gpt *gpt, const uint32_t *tokens, size_t n,
               float *const *gradients)
{
  const size_t width = gpt->shape.width, context = gpt->shape.context;

  memset(gradients[TOKENS], 0, gpt->shape.vocabulary * width * sizeof(float));
  memset(gradients[POSITIONS], 0, context * width * sizeof(float));
  for (size_t i = 0; i < n * context; i++) {
    gpt_add(width, gpt->by_stream + i * width, gradients[TOKENS] + tokens[i] * width);
    gpt_add(width, gpt->by_stream + i * width,
            gradients[POSITIONS] + i % context * width);
  }
}

void
gpt_backward(Gpt *gpt, const float *const *weights, const uint32_t *tokens, size_t n,
             const float *logits, float *const *gradients)
{
  const size_t rows = n * gpt->shape.context, end = block_at(gpt->shape.n_layers);

  linear_backward(gpt->output, rows, gpt->norm.out, weights[end + OUTPUT_KERNEL],
                  logits, gpt->by_norm, gradients[end + OUTPUT_KERNEL],
                  gradients[end + OUTPUT_BIAS]);
  memset(gpt->by_stream, 0, rows * gpt->shape.width * sizeof(float));
  gpt_norm_backward(gpt, rows, gpt->end, weights + end, &gpt->norm, gradients + end);
  for (size_t i = gpt->shape.n_layers; i-- > 0;) {
    gpt_block_backward(gpt, &gpt->blocks[i], weights + block_at(i), n,
                       gradients + block_at(i));
  }
  embed_backward(gpt, tokens, n, gradients);
}
