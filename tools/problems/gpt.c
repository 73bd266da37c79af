/* SPDX-License-Identifier: MIT */
/* The transformer: forward and backward. */
#include "gpt.h"

#include "activation.h"
#include "attention.h"
#include "layernorm.h"
#include "linear.h"

#include <math.h>
#include <string.h>

/* tensors, in order: two embeddings, those of each block, then the end's */
enum { TOKENS, POSITIONS, N_EMBEDDINGS };
enum {
  NORM_1_SCALE,
  NORM_1_BIAS,
  ATTENTION_IN_KERNEL,
  ATTENTION_IN_BIAS,
  ATTENTION_OUT_KERNEL,
  ATTENTION_OUT_BIAS,
  NORM_2_SCALE,
  NORM_2_BIAS,
  DENSE_1_KERNEL,
  DENSE_1_BIAS,
  DENSE_2_KERNEL,
  DENSE_2_BIAS,
  N_BLOCK
};
enum { END_SCALE, END_BIAS, OUTPUT_KERNEL, OUTPUT_BIAS };

/* a normalised copy of the stream, and what its backward needs */
typedef struct Norm {
  float *out, *mean, *inverse;
} Norm;

/* what a block keeps of the batch; rows are tokens */
typedef struct Block {
  float *in, *middle; /* the stream before attention, and after it */
  Norm norm_1, norm_2;
  float *queries, *shares, *attended, *hidden;
} Block;

struct Gpt {
  GptShape shape;
  Attention attention;
  Linear attention_in, attention_out, dense_1, dense_2, output;
  Block blocks[GPT_MOST_LAYERS];
  float *end; /* the stream after the last block */
  Norm norm;
  float *by_stream, *by_norm, *by_queries, *by_attended, *by_hidden; /* gradients */
};

static void
norm_init(Norm *norm, size_t n, size_t width)
{
  *norm = (Norm){ g_new0(float, n *width), g_new0(float, n), g_new0(float, n) };
}

static void
norm_clear(Norm *norm)
{
  g_free(norm->out);
  g_free(norm->mean);
  g_free(norm->inverse);
}

static void
block_init(Block *block, const Gpt *gpt, size_t capacity)
{
  const size_t width = gpt->shape.width, n = capacity * gpt->shape.context;

  block->in = g_new0(float, n *width);
  block->middle = g_new0(float, n *width);
  norm_init(&block->norm_1, n, width);
  norm_init(&block->norm_2, n, width);
  block->queries = g_new0(float, n * 3 * width);
  block->shares = g_new0(float, attention_shares_size(&gpt->attention, capacity));
  block->attended = g_new0(float, n *width);
  block->hidden = g_new0(float, n * 4 * width);
}

static void
block_clear(Block *block)
{
  g_free(block->in);
  g_free(block->middle);
  norm_clear(&block->norm_1);
  norm_clear(&block->norm_2);
  g_free(block->queries);
  g_free(block->shares);
  g_free(block->attended);
  g_free(block->hidden);
}

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
    block_init(&gpt->blocks[i], gpt, capacity);
  }
  gpt->end = g_new0(float, n *width);
  norm_init(&gpt->norm, n, width);
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
      block_clear(&gpt->blocks[i]);
    }
    g_free(gpt->end);
    norm_clear(&gpt->norm);
    g_free(gpt->by_stream);
    g_free(gpt->by_norm);
    g_free(gpt->by_queries);
    g_free(gpt->by_attended);
    g_free(gpt->by_hidden);
    g_free(gpt);
  }
}

/* ---- parameters ---- */

static void
add_norm(Parameters *parameters, const char *name, size_t width)
{
  g_autofree char *scale = g_strconcat(name, "/scale", NULL);
  g_autofree char *bias = g_strconcat(name, "/bias", NULL);

  parameters_add_constant(parameters, scale, 1.0f, 1, width);
  parameters_add_constant(parameters, bias, 0.0f, 1, width);
}

static void
add_linear(Parameters *parameters, const char *block, const char *name, Linear layer)
{
  g_autofree char *path = g_strconcat(block, name, NULL);
  parameters_add_linear(parameters, path, layer.n_in, layer.n_out);
}

static void
add_block(const Gpt *gpt, Parameters *parameters, size_t index)
{
  g_autofree char *block = g_strdup_printf("block_%zu/", index + 1);
  g_autofree char *norm_1 = g_strconcat(block, "norm_1", NULL);
  g_autofree char *norm_2 = g_strconcat(block, "norm_2", NULL);

  add_norm(parameters, norm_1, gpt->shape.width);
  add_linear(parameters, block, "attention_in", gpt->attention_in);
  add_linear(parameters, block, "attention_out", gpt->attention_out);
  add_norm(parameters, norm_2, gpt->shape.width);
  add_linear(parameters, block, "dense_1", gpt->dense_1);
  add_linear(parameters, block, "dense_2", gpt->dense_2);
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
    add_block(gpt, parameters, i);
  }
  add_norm(parameters, "norm", shape->width);
  parameters_add_linear(parameters, "output", gpt->output.n_in, gpt->output.n_out);
}

static size_t
block_at(size_t index)
{
  return N_EMBEDDINGS + index * N_BLOCK;
}

/* ---- forward ---- */

static void
add(size_t n, const float *from, float *to)
{
  for (size_t i = 0; i < n; i++) {
    to[i] += from[i];
  }
}

static void
normalise(size_t n, size_t width, const float *in, const float *const *weights,
          Norm *norm)
{
  layernorm_forward(n, width, in, weights[0], weights[1], norm->mean, norm->inverse,
                    norm->out);
}

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

/* from block->in to `out` */
static void
block_forward(Gpt *gpt, Block *block, const float *const *weights, size_t n, float *out)
{
  const size_t width = gpt->shape.width, rows = n * gpt->shape.context;

  normalise(rows, width, block->in, weights + NORM_1_SCALE, &block->norm_1);
  linear_forward(gpt->attention_in, rows, block->norm_1.out,
                 weights[ATTENTION_IN_KERNEL], weights[ATTENTION_IN_BIAS],
                 block->queries);
  attention_forward(&gpt->attention, n, block->queries, block->shares, block->attended);
  linear_forward(gpt->attention_out, rows, block->attended,
                 weights[ATTENTION_OUT_KERNEL], weights[ATTENTION_OUT_BIAS],
                 block->middle);
  add(rows * width, block->in, block->middle);
  normalise(rows, width, block->middle, weights + NORM_2_SCALE, &block->norm_2);
  linear_forward(gpt->dense_1, rows, block->norm_2.out, weights[DENSE_1_KERNEL],
                 weights[DENSE_1_BIAS], block->hidden);
  activation_forward(ACTIVATION_RELU, rows * 4 * width, block->hidden);
  linear_forward(gpt->dense_2, rows, block->hidden, weights[DENSE_2_KERNEL],
                 weights[DENSE_2_BIAS], out);
  add(rows * width, block->middle, out);
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
    block_forward(gpt, &gpt->blocks[i], weights + block_at(i), n,
                  stream_at(gpt, i + 1));
  }
  normalise(rows, gpt->shape.width, gpt->end, end + END_SCALE, &gpt->norm);
  linear_forward(gpt->output, rows, gpt->norm.out, end[OUTPUT_KERNEL], end[OUTPUT_BIAS],
                 logits);
}

/* ---- backward ---- */

/* adds to by_stream what comes through a normalisation of `in`, by_norm being by its
 * output */
static void
normalise_backward(const Gpt *gpt, size_t rows, const float *in,
                   const float *const *weights, const Norm *norm,
                   float *const *gradients)
{
  layernorm_backward(rows, gpt->shape.width, in, weights[0], norm->mean, norm->inverse,
                     gpt->by_norm, gpt->by_stream, gradients[0], gradients[1]);
}

/* by_stream goes from behind the block to before it */
static void
block_backward(Gpt *gpt, Block *block, const float *const *weights, size_t n,
               float *const *gradients)
{
  const size_t rows = n * gpt->shape.context;

  linear_backward(gpt->dense_2, rows, block->hidden, weights[DENSE_2_KERNEL],
                  gpt->by_stream, gpt->by_hidden, gradients[DENSE_2_KERNEL],
                  gradients[DENSE_2_BIAS]);
  activation_backward(ACTIVATION_RELU, rows * gpt->dense_1.n_out, block->hidden,
                      gpt->by_hidden);
  linear_backward(gpt->dense_1, rows, block->norm_2.out, weights[DENSE_1_KERNEL],
                  gpt->by_hidden, gpt->by_norm, gradients[DENSE_1_KERNEL],
                  gradients[DENSE_1_BIAS]);
  normalise_backward(gpt, rows, block->middle, weights + NORM_2_SCALE, &block->norm_2,
                     gradients + NORM_2_SCALE);
  linear_backward(gpt->attention_out, rows, block->attended,
                  weights[ATTENTION_OUT_KERNEL], gpt->by_stream, gpt->by_attended,
                  gradients[ATTENTION_OUT_KERNEL], gradients[ATTENTION_OUT_BIAS]);
  attention_backward(&gpt->attention, n, block->queries, block->shares,
                     gpt->by_attended, gpt->by_queries);
  linear_backward(gpt->attention_in, rows, block->norm_1.out,
                  weights[ATTENTION_IN_KERNEL], gpt->by_queries, gpt->by_norm,
                  gradients[ATTENTION_IN_KERNEL], gradients[ATTENTION_IN_BIAS]);
  normalise_backward(gpt, rows, block->in, weights + NORM_1_SCALE, &block->norm_1,
                     gradients + NORM_1_SCALE);
}

static void
embed_backward(const Gpt *gpt, const uint32_t *tokens, size_t n,
               float *const *gradients)
{
  const size_t width = gpt->shape.width, context = gpt->shape.context;

  memset(gradients[TOKENS], 0, gpt->shape.vocabulary * width * sizeof(float));
  memset(gradients[POSITIONS], 0, context * width * sizeof(float));
  for (size_t i = 0; i < n * context; i++) {
    add(width, gpt->by_stream + i * width, gradients[TOKENS] + tokens[i] * width);
    add(width, gpt->by_stream + i * width, gradients[POSITIONS] + i % context * width);
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
  normalise_backward(gpt, rows, gpt->end, weights + end, &gpt->norm, gradients + end);
  for (size_t i = gpt->shape.n_layers; i-- > 0;) {
    block_backward(gpt, &gpt->blocks[i], weights + block_at(i), n,
                   gradients + block_at(i));
  }
  embed_backward(gpt, tokens, n, gradients);
}
