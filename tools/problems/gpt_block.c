/* SPDX-License-Identifier: MIT */
/* Blocks of the transformer: attention and a hidden layer, each behind a normalisation
 * and around the stream. */
#include "gpt_private.h"

#include "activation.h"
#include "layernorm.h"

/* ---- normalisation ---- */

void
gpt_norm_init(GptNorm *norm, size_t n, size_t width)
{
  *norm = (GptNorm){ g_new0(float, n *width), g_new0(float, n), g_new0(float, n) };
}

void
gpt_norm_clear(GptNorm *norm)
{
  g_free(norm->out);
  g_free(norm->mean);
  g_free(norm->inverse);
}

void
gpt_norm_add_parameters(Parameters *parameters, const char *name, size_t width)
{
  g_autofree char *scale = g_strconcat(name, "/scale", NULL);
  g_autofree char *bias = g_strconcat(name, "/bias", NULL);

  parameters_add_constant(parameters, scale, 1.0f, 1, width);
  parameters_add_constant(parameters, bias, 0.0f, 1, width);
}

void
gpt_norm_forward(size_t n, size_t width, const float *in, const float *const *weights,
                 GptNorm *norm)
{
  layernorm_forward(n, width, in, weights[0], weights[1], norm->mean, norm->inverse,
                    norm->out);
}

void
gpt_norm_backward(const Gpt *gpt, size_t rows, const float *in,
                  const float *const *weights, const GptNorm *norm,
                  float *const *gradients)
{
  layernorm_backward(rows, gpt->shape.width, in, weights[0], norm->mean, norm->inverse,
                     gpt->by_norm, gpt->by_stream, gradients[0], gradients[1]);
}

/* ---- memory and parameters ---- */

void
gpt_block_init(GptBlock *block, const Gpt *gpt, size_t capacity)
{
  const size_t width = gpt->shape.width, n = capacity * gpt->shape.context;

  block->in = g_new0(float, n *width);
  block->middle = g_new0(float, n *width);
  gpt_norm_init(&block->norm_1, n, width);
  gpt_norm_init(&block->norm_2, n, width);
  block->queries = g_new0(float, n * 3 * width);
  block->shares = g_new0(float, attention_shares_size(&gpt->attention, capacity));
  block->attended = g_new0(float, n *width);
  block->hidden = g_new0(float, n * 4 * width);
}

void
gpt_block_clear(GptBlock *block)
{
  g_free(block->in);
  g_free(block->middle);
  gpt_norm_clear(&block->norm_1);
  gpt_norm_clear(&block->norm_2);
  g_free(block->queries);
  g_free(block->shares);
  g_free(block->attended);
  g_free(block->hidden);
}

static void
add_linear(Parameters *parameters, const char *block, const char *name, Linear layer)
{
  g_autofree char *path = g_strconcat(block, name, NULL);
  parameters_add_linear(parameters, path, layer.n_in, layer.n_out);
}

void
gpt_block_add_parameters(const Gpt *gpt, Parameters *parameters, size_t index)
{
  g_autofree char *block = g_strdup_printf("block_%zu/", index + 1);
  g_autofree char *norm_1 = g_strconcat(block, "norm_1", NULL);
  g_autofree char *norm_2 = g_strconcat(block, "norm_2", NULL);

  gpt_norm_add_parameters(parameters, norm_1, gpt->shape.width);
  add_linear(parameters, block, "attention_in", gpt->attention_in);
  add_linear(parameters, block, "attention_out", gpt->attention_out);
  gpt_norm_add_parameters(parameters, norm_2, gpt->shape.width);
  add_linear(parameters, block, "dense_1", gpt->dense_1);
  add_linear(parameters, block, "dense_2", gpt->dense_2);
}

/* ---- forward and backward ---- */

void
gpt_add(size_t n, const float *from, float *to)
{
  for (size_t i = 0; i < n; i++) {
    to[i] += from[i];
  }
}

void
gpt_block_forward(Gpt *gpt, GptBlock *block, const float *const *weights, size_t n,
                  float *out)
{
  const size_t width = gpt->shape.width, rows = n * gpt->shape.context;

  gpt_norm_forward(rows, width, block->in, weights + GPT_NORM_1_SCALE, &block->norm_1);
  linear_forward(gpt->attention_in, rows, block->norm_1.out,
                 weights[GPT_ATTENTION_IN_KERNEL], weights[GPT_ATTENTION_IN_BIAS],
                 block->queries);
  attention_forward(&gpt->attention, n, block->queries, block->shares, block->attended);
  linear_forward(gpt->attention_out, rows, block->attended,
                 weights[GPT_ATTENTION_OUT_KERNEL], weights[GPT_ATTENTION_OUT_BIAS],
                 block->middle);
  gpt_add(rows * width, block->in, block->middle);
  gpt_norm_forward(rows, width, block->middle, weights + GPT_NORM_2_SCALE,
                   &block->norm_2);
  linear_forward(gpt->dense_1, rows, block->norm_2.out, weights[GPT_DENSE_1_KERNEL],
                 weights[GPT_DENSE_1_BIAS], block->hidden);
  activation_forward(ACTIVATION_RELU, rows * 4 * width, block->hidden);
  linear_forward(gpt->dense_2, rows, block->hidden, weights[GPT_DENSE_2_KERNEL],
                 weights[GPT_DENSE_2_BIAS], out);
  gpt_add(rows * width, block->middle, out);
}

void
gpt_block_backward(Gpt *gpt, GptBlock *block, const float *const *weights, size_t n,
                   float *const *gradients)
{
  const size_t rows = n * gpt->shape.context;

  linear_backward(gpt->dense_2, rows, block->hidden, weights[GPT_DENSE_2_KERNEL],
                  gpt->by_stream, gpt->by_hidden, gradients[GPT_DENSE_2_KERNEL],
                  gradients[GPT_DENSE_2_BIAS]);
  activation_backward(ACTIVATION_RELU, rows * gpt->dense_1.n_out, block->hidden,
                      gpt->by_hidden);
  linear_backward(gpt->dense_1, rows, block->norm_2.out, weights[GPT_DENSE_1_KERNEL],
                  gpt->by_hidden, gpt->by_norm, gradients[GPT_DENSE_1_KERNEL],
                  gradients[GPT_DENSE_1_BIAS]);
  gpt_norm_backward(gpt, rows, block->middle, weights + GPT_NORM_2_SCALE,
                    &block->norm_2, gradients + GPT_NORM_2_SCALE);
  linear_backward(gpt->attention_out, rows, block->attended,
                  weights[GPT_ATTENTION_OUT_KERNEL], gpt->by_stream, gpt->by_attended,
                  gradients[GPT_ATTENTION_OUT_KERNEL],
                  gradients[GPT_ATTENTION_OUT_BIAS]);
  attention_backward(&gpt->attention, n, block->queries, block->shares,
                     gpt->by_attended, gpt->by_queries);
  linear_backward(gpt->attention_in, rows, block->norm_1.out,
                  weights[GPT_ATTENTION_IN_KERNEL], gpt->by_queries, gpt->by_norm,
                  gradients[GPT_ATTENTION_IN_KERNEL], gradients[GPT_ATTENTION_IN_BIAS]);
  gpt_norm_backward(gpt, rows, block->in, weights + GPT_NORM_1_SCALE, &block->norm_1,
                    gradients + GPT_NORM_1_SCALE);
}
