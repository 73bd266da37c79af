/* SPDX-License-Identifier: MIT */
/* The network: forward and backward. */
#include "mlp.h"

#include "linear.h"

struct Mlp {
  Activation activation;
  size_t n_layers;
  Linear layers[MLP_MOST_LAYERS];
  float *outputs[MLP_MOST_LAYERS];   /* of all layers but the last, for the batch */
  float *gradients[MLP_MOST_LAYERS]; /* by them */
};

Mlp *
mlp_new(const size_t *sizes, size_t n_layers, Activation activation, size_t capacity)
{
  Mlp *mlp = g_new0(Mlp, 1);

  g_assert(n_layers >= 1 && n_layers <= MLP_MOST_LAYERS);
  mlp->activation = activation;
  mlp->n_layers = n_layers;
  for (size_t i = 0; i < n_layers; i++) {
    mlp->layers[i] = (Linear){ sizes[i], sizes[i + 1] };
    if (i + 1 < n_layers) {
      mlp->outputs[i] = g_new0(float, capacity *sizes[i + 1]);
      mlp->gradients[i] = g_new0(float, capacity *sizes[i + 1]);
    }
  }
  return mlp;
}

static void
mlp_free(void *self)
{
  Mlp *mlp = self;

  for (size_t i = 0; mlp != NULL && i < mlp->n_layers; i++) {
    g_free(mlp->outputs[i]);
    g_free(mlp->gradients[i]);
  }
  g_free(mlp);
}

void
mlp_add_parameters(const Mlp *mlp, Parameters *parameters)
{
  for (size_t i = 0; i < mlp->n_layers; i++) {
    g_autofree char *name = g_strdup_printf("dense_%zu", i + 1);
    parameters_add_linear(parameters, name, mlp->layers[i].n_in, mlp->layers[i].n_out);
  }
}

static void
mlp_forward(void *self, const float *const *weights, const float *inputs, size_t n,
            float *logits)
{
  Mlp *mlp = self;
  const size_t last = mlp->n_layers - 1;
  const float *in = inputs;

  for (size_t i = 0; i <= last; i++) {
    float *out = i < last ? mlp->outputs[i] : logits;
    linear_forward(mlp->layers[i], n, in, weights[2 * i], weights[2 * i + 1], out);
    if (i < last) {
      activation_forward(mlp->activation, n * mlp->layers[i].n_out, out);
    }
    in = out;
  }
}

static void
mlp_backward(void *self, const float *const *weights, const float *inputs, size_t n,
             const float *logits, float *const *gradients)
{
  Mlp *mlp = self;
  const float *by_out = logits;

  for (size_t i = mlp->n_layers; i-- > 0;) {
    const float *in = i > 0 ? mlp->outputs[i - 1] : inputs;
    float *by_in = i > 0 ? mlp->gradients[i - 1] : NULL;
    linear_backward(mlp->layers[i], n, in, weights[2 * i], by_out, by_in,
                    gradients[2 * i], gradients[2 * i + 1]);
    if (i > 0) {
      activation_backward(mlp->activation, n * mlp->layers[i].n_in, in, by_in);
    }
    by_out = by_in;
  }
}

const ClassifierModel mlp_model = { mlp_forward, mlp_backward, mlp_free };
