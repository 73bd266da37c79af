/* SPDX-License-Identifier: MIT */
/* Inside of the transformer: what is kept of a batch, and its blocks. */
#ifndef OPTREG_PROBLEMS_GPT_PRIVATE_H
#define OPTREG_PROBLEMS_GPT_PRIVATE_H

#include "attention.h"
#include "gpt.h"
#include "linear.h"

/* tensors of a block, in order */
enum {
  GPT_NORM_1_SCALE,
  GPT_NORM_1_BIAS,
  GPT_ATTENTION_IN_KERNEL,
  GPT_ATTENTION_IN_BIAS,
  GPT_ATTENTION_OUT_KERNEL,
  GPT_ATTENTION_OUT_BIAS,
  GPT_NORM_2_SCALE,
  GPT_NORM_2_BIAS,
  GPT_DENSE_1_KERNEL,
  GPT_DENSE_1_BIAS,
  GPT_DENSE_2_KERNEL,
  GPT_DENSE_2_BIAS,
  GPT_N_BLOCK
};

/* a normalised copy of the stream, and what its backward needs */
typedef struct GptNorm {
  float *out, *mean, *inverse;
} GptNorm;

/* what a block keeps of the batch; rows are tokens */
typedef struct GptBlock {
  float *in, *middle; /* the stream before attention, and after it */
  GptNorm norm_1, norm_2;
  float *queries, *shares, *attended, *hidden;
} GptBlock;

struct Gpt {
  GptShape shape;
  Attention attention;
  Linear attention_in, attention_out, dense_1, dense_2, output;
  GptBlock blocks[GPT_MOST_LAYERS];
  float *end; /* the stream after the last block */
  GptNorm norm;
  float *by_stream, *by_norm, *by_queries, *by_attended, *by_hidden; /* gradients */
};

void gpt_norm_init(GptNorm *norm, size_t n, size_t width);
void gpt_norm_clear(GptNorm *norm);
void gpt_norm_add_parameters(Parameters *parameters, const char *name, size_t width);

/* From `in` to norm->out; back, adding to by_stream, by_norm being by the output. */
void gpt_norm_forward(size_t n, size_t width, const float *in,
                      const float *const *weights, GptNorm *norm);
void gpt_norm_backward(const Gpt *gpt, size_t rows, const float *in,
                       const float *const *weights, const GptNorm *norm,
                       float *const *gradients);

void gpt_block_init(GptBlock *block, const Gpt *gpt, size_t capacity);
void gpt_block_clear(GptBlock *block);
void gpt_block_add_parameters(const Gpt *gpt, Parameters *parameters, size_t index);

/* From block->in to `out`, of n windows; back, by_stream being by `out` and then by
 * block->in. `weights` and `gradients` begin with the block's. */
void gpt_block_forward(Gpt *gpt, GptBlock *block, const float *const *weights, size_t n,
                       float *out);
void gpt_block_backward(Gpt *gpt, GptBlock *block, const float *const *weights,
                        size_t n, float *const *gradients);

/* to += from */
void gpt_add(size_t n, const float *from, float *to);

#endif
