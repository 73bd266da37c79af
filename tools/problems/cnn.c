/* SPDX-License-Identifier: MIT */
/* The network: forward and backward. */
#include "cnn.h"

#include "activation.h"
#include "conv.h"
#include "linear.h"
#include "pool.h"

#include <math.h>

enum { N_CONVS = 2 };
enum { KERNEL_3 = 2 * N_CONVS, BIAS_3, KERNEL_4, BIAS_4 }; /* after the convolutions */

/* convolution, relu, pooling */
typedef struct Stage {
  Conv conv;
  Pool pool;
  float *patches;
  float *out, *pooled; /* of the batch */
  float *out_gradient, *pooled_gradient;
  uint32_t *winners;
} Stage;

struct Cnn {
  Stage stages[N_CONVS];
  Linear hidden, output;
  float *hidden_out, *hidden_gradient;
};

static void
stage_init(Stage *stage, const Conv *conv, size_t capacity)
{
  const size_t n_out = capacity * conv->height * conv->width * conv->n_out;

  stage->conv = *conv;
  stage->pool = (Pool){ conv->height, conv->width, conv->n_out };
  stage->patches = g_new0(float, conv_patches_size(conv));
  stage->out = g_new0(float, n_out);
  stage->out_gradient = g_new0(float, n_out);
  stage->pooled = g_new0(float, n_out / 4);
  stage->pooled_gradient = g_new0(float, n_out / 4);
  stage->winners = g_new0(uint32_t, n_out / 4);
}

static void
stage_clear(Stage *stage)
{
  g_free(stage->patches);
  g_free(stage->out);
  g_free(stage->out_gradient);
  g_free(stage->pooled);
  g_free(stage->pooled_gradient);
  g_free(stage->winners);
}

Cnn *
cnn_new(const CnnShape *shape, size_t capacity)
{
  const size_t side = shape->side, n = shape->n_channels;
  const Conv first = { side, side, 1, n, shape->size };
  const Conv second = { side / 2, side / 2, n, 2 * n, shape->size };
  Cnn *cnn = g_new0(Cnn, 1);

  stage_init(&cnn->stages[0], &first, capacity);
  stage_init(&cnn->stages[1], &second, capacity);
  cnn->hidden = (Linear){ side / 4 * (side / 4) * 2 * n, shape->n_hidden };
  cnn->output = (Linear){ shape->n_hidden, shape->n_classes };
  cnn->hidden_out = g_new0(float, capacity * shape->n_hidden);
  cnn->hidden_gradient = g_new0(float, capacity * shape->n_hidden);
  return cnn;
}

static void
cnn_free(void *self)
{
  Cnn *cnn = self;

  for (size_t i = 0; i < N_CONVS; i++) {
    stage_clear(&cnn->stages[i]);
  }
  g_free(cnn->hidden_out);
  g_free(cnn->hidden_gradient);
  g_free(cnn);
}

/* for relu, He et al. 2015: variance 2 / fan-in */
static void
add_conv(Parameters *parameters, const char *name, const Conv *conv)
{
  g_autofree char *kernel = g_strconcat(name, "/kernel", NULL);
  g_autofree char *bias = g_strconcat(name, "/bias", NULL);
  const double fan_in = (double)(conv->size * conv->size * conv->n_in);

  parameters_add_normal(parameters, kernel, sqrt(2.0 / fan_in), 4, conv->size,
                        conv->size, conv->n_in, conv->n_out);
  parameters_add_constant(parameters, bias, 0.0f, 1, conv->n_out);
}

void
cnn_add_parameters(const Cnn *cnn, Parameters *parameters)
{
  add_conv(parameters, "conv_1", &cnn->stages[0].conv);
  add_conv(parameters, "conv_2", &cnn->stages[1].conv);
  parameters_add_linear(parameters, "dense_1", cnn->hidden.n_in, cnn->hidden.n_out);
  parameters_add_linear(parameters, "dense_2", cnn->output.n_in, cnn->output.n_out);
}

static size_t
n_stage_outputs(const Stage *stage, size_t n)
{
  return n * stage->conv.height * stage->conv.width * stage->conv.n_out;
}

static void
cnn_forward(void *self, const float *const *weights, const float *inputs, size_t n,
            float *logits)
{
  Cnn *cnn = self;
  const float *in = inputs;

  for (size_t i = 0; i < N_CONVS; i++) {
    Stage *stage = &cnn->stages[i];
    conv_forward(&stage->conv, n, in, weights[2 * i], weights[2 * i + 1],
                 stage->patches, stage->out);
    activation_forward(ACTIVATION_RELU, n_stage_outputs(stage, n), stage->out);
    pool_forward(&stage->pool, n, stage->out, stage->winners, stage->pooled);
    in = stage->pooled;
  }
  linear_forward(cnn->hidden, n, in, weights[KERNEL_3], weights[BIAS_3],
                 cnn->hidden_out);
  activation_forward(ACTIVATION_RELU, n * cnn->hidden.n_out, cnn->hidden_out);
  linear_forward(cnn->output, n, cnn->hidden_out, weights[KERNEL_4], weights[BIAS_4],
                 logits);
}

static void
cnn_backward(void *self, const float *const *weights, const float *inputs, size_t n,
             const float *logits, float *const *gradients)
{
  Cnn *cnn = self;
  Stage *last = &cnn->stages[N_CONVS - 1];

  linear_backward(cnn->output, n, cnn->hidden_out, weights[KERNEL_4], logits,
                  cnn->hidden_gradient, gradients[KERNEL_4], gradients[BIAS_4]);
  activation_backward(ACTIVATION_RELU, n * cnn->hidden.n_out, cnn->hidden_out,
                      cnn->hidden_gradient);
  linear_backward(cnn->hidden, n, last->pooled, weights[KERNEL_3], cnn->hidden_gradient,
                  last->pooled_gradient, gradients[KERNEL_3], gradients[BIAS_3]);
  for (size_t i = N_CONVS; i-- > 0;) {
    Stage *stage = &cnn->stages[i];
    const float *in = i > 0 ? cnn->stages[i - 1].pooled : inputs;
    float *by_in = i > 0 ? cnn->stages[i - 1].pooled_gradient : NULL;
    pool_backward(&stage->pool, n, stage->winners, stage->pooled_gradient,
                  stage->out_gradient);
    activation_backward(ACTIVATION_RELU, n_stage_outputs(stage, n), stage->out,
                        stage->out_gradient);
    conv_backward(&stage->conv, n, in, weights[2 * i], stage->out_gradient,
                  stage->patches, by_in, gradients[2 * i], gradients[2 * i + 1]);
  }
}

const ClassifierModel cnn_model = { cnn_forward, cnn_backward, cnn_free };
