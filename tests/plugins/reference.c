/* SPDX-License-Identifier: MIT */
/* The wrappers, written down plainly: Keras' rules, with the EMA on real updates. */
#include "reference.h"

#include <math.h>
#include <string.h>

static const Tensor tensors[N_TENSORS] = {
  { .name = "dense/kernel", .ndim = 2, .dims = { 7, 300 }, .n = 2100 },
  { .name = "dense/bias", .ndim = 1, .dims = { 5 }, .n = 5 },
  { .name = "conv/kernel", .ndim = 3, .dims = { 2, 3, 4 }, .n = 24 },
  { .name = "gain", .ndim = 0, .n = 1 },
};

/* float32 numbers, so that the library and the reference start from the same */
static double
draw(GRand *random, double low, double high)
{
  return (double)(float)g_rand_double_range(random, low, high);
}

static void
init_tensor(const Reference *reference, Tensor *tensor, GRand *random)
{
  const Wrappers *wrappers = reference->wrappers;
  const bool is_scaled = wrappers->conv_multiplier > 0.0
                         && g_str_has_prefix(tensor->name, "conv");

  tensor->learning_rate = reference->formula->learning_rate
                          * (is_scaled ? wrappers->conv_multiplier : 1.0);
  tensor->weight_decay = tensor->ndim >= 2 ? wrappers->weight_decay : 0.0;
  tensor->weight = g_new0(double, tensor->n);
  tensor->gradient = g_new0(double, tensor->n);
  tensor->accumulator = g_new0(double, tensor->n);
  tensor->average = g_new0(double, tensor->n);
  tensor->slot[0] = g_new0(double, tensor->n);
  tensor->slot[1] = g_new0(double, tensor->n);
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] = draw(random, -1.0, 1.0);
  }
}

void
reference_init(Reference *reference, const Formula *formula, const Wrappers *wrappers,
               GRand *random)
{
  *reference = (Reference){
    .formula = formula,
    .wrappers = wrappers,
    .loss_scale = wrappers->loss_scale > 0.0 ? wrappers->loss_scale : 1.0,
  };
  memcpy(reference->tensor, tensors, sizeof tensors);
  for (size_t i = 0; i < N_TENSORS; i++) {
    init_tensor(reference, &reference->tensor[i], random);
    if (formula->start != NULL) {
      formula->start(&reference->tensor[i]);
    }
  }
}

void
reference_clear(Reference *reference)
{
  for (size_t i = 0; i < N_TENSORS; i++) {
    Tensor *tensor = &reference->tensor[i];
    g_free(tensor->weight);
    g_free(tensor->gradient);
    g_free(tensor->accumulator);
    g_free(tensor->average);
    g_free(tensor->slot[0]);
    g_free(tensor->slot[1]);
  }
}

void
reference_draw_gradients(Reference *reference, GRand *random)
{
  for (size_t t = 0; t < N_TENSORS; t++) {
    Tensor *tensor = &reference->tensor[t];
    tensor->has_gradient = true;
    for (size_t i = 0; i < tensor->n; i++) {
      const double size = draw(random, 0.05, 1.0);
      tensor->gradient[i] = g_rand_boolean(random) ? size : -size;
    }
  }
}

/* ---- one call ---- */

static bool
is_finite(const Reference *reference)
{
  for (size_t t = 0; t < N_TENSORS; t++) {
    const Tensor *tensor = &reference->tensor[t];
    for (size_t i = 0; tensor->has_gradient && i < tensor->n; i++) {
      if (!isfinite(tensor->gradient[i])) {
        return false;
      }
    }
  }
  return true;
}

static void
adapt_loss_scale(Reference *reference, bool is_finite_call)
{
  if (reference->wrappers->growth == 0.0) {
    return;
  }
  reference->n_finite = is_finite_call ? reference->n_finite + 1.0 : 0.0;
  if (!is_finite_call) {
    reference->loss_scale /= 2.0;
  } else if (reference->n_finite == reference->wrappers->growth) {
    reference->n_finite = 0.0;
    reference->loss_scale *= 2.0;
  }
}

static double
squared_norm(const Tensor *tensor)
{
  double sum = 0.0;
  for (size_t i = 0; i < tensor->n; i++) {
    sum += tensor->gradient[i] * tensor->gradient[i];
  }
  return sum;
}

static void
scale_gradient(Tensor *tensor, double factor)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->gradient[i] *= factor;
  }
}

static void
clip_tensor(Tensor *tensor, const Wrappers *wrappers)
{
  for (size_t i = 0; wrappers->clipvalue > 0.0 && i < tensor->n; i++) {
    tensor->gradient[i] =
        fmax(fmin(tensor->gradient[i], wrappers->clipvalue), -wrappers->clipvalue);
  }
  if (wrappers->clipnorm > 0.0) {
    scale_gradient(tensor, fmin(1.0, wrappers->clipnorm / sqrt(squared_norm(tensor))));
  }
}

static void
clip_all(Reference *reference)
{
  double sum = 0.0;
  for (size_t t = 0; t < N_TENSORS; t++) {
    if (reference->tensor[t].has_gradient) {
      clip_tensor(&reference->tensor[t], reference->wrappers);
      sum += squared_norm(&reference->tensor[t]);
    }
  }
  for (size_t t = 0; t < N_TENSORS && reference->wrappers->global_clipnorm > 0.0; t++) {
    scale_gradient(&reference->tensor[t],
                   fmin(1.0, reference->wrappers->global_clipnorm / sqrt(sum)));
  }
}

static void
take_accumulated(Tensor *tensor, double n)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->gradient[i] = tensor->accumulator[i] / n;
    tensor->accumulator[i] = 0.0;
  }
  tensor->has_gradient = tensor->has_sum;
  tensor->has_sum = false;
}

/* true when it is time for an update */
static bool
accumulate(Reference *reference)
{
  const double n = MAX(reference->wrappers->accumulation, 1.0);
  for (size_t t = 0; t < N_TENSORS; t++) {
    Tensor *tensor = &reference->tensor[t];
    tensor->has_sum |= tensor->has_gradient;
    for (size_t i = 0; tensor->has_gradient && i < tensor->n; i++) {
      tensor->accumulator[i] += tensor->gradient[i];
    }
  }
  if (reference->micro_step % (uint64_t)n != 0) {
    return false;
  }
  for (size_t t = 0; t < N_TENSORS; t++) {
    take_accumulated(&reference->tensor[t], n);
  }
  return true;
}

static void
update_tensor(const Reference *reference, Tensor *tensor)
{
  for (size_t i = 0; i < tensor->n; i++) {
    tensor->weight[i] -= tensor->weight[i] * tensor->weight_decay
                         * tensor->learning_rate;
  }
  reference->formula->update(tensor, reference->step);
}

static void
average(const Reference *reference, Tensor *tensor)
{
  const Wrappers *wrappers = reference->wrappers;
  const double momentum = reference->step == 1 ? 0.0 : wrappers->ema_momentum;
  const bool overwrites =
      wrappers->ema_overwrite_frequency > 0.0
      && reference->step % (uint64_t)wrappers->ema_overwrite_frequency == 0;
  for (size_t i = 0; wrappers->ema_momentum > 0.0 && i < tensor->n; i++) {
    tensor->average[i] = momentum * tensor->average[i]
                         + (1.0 - momentum) * tensor->weight[i];
    tensor->weight[i] = overwrites ? tensor->average[i] : tensor->weight[i];
  }
}

optreg_status
reference_step(Reference *reference)
{
  const double scale = reference->loss_scale;
  const bool is_finite_call = is_finite(reference);
  adapt_loss_scale(reference, is_finite_call);
  if (!is_finite_call) {
    return OPTREG_STEP_SKIPPED_NONFINITE;
  }
  for (size_t t = 0; t < N_TENSORS; t++) {
    scale_gradient(&reference->tensor[t], 1.0 / scale);
  }
  reference->micro_step++;
  if (!accumulate(reference)) {
    return OPTREG_STEP_ACCUMULATED;
  }
  reference->step++;
  clip_all(reference);
  if (reference->formula->prepare != NULL) {
    reference->formula->prepare(reference->tensor);
  }
  for (size_t t = 0; t < N_TENSORS; t++) {
    if (reference->tensor[t].has_gradient) {
      update_tensor(reference, &reference->tensor[t]);
    }
    average(reference, &reference->tensor[t]);
  }
  return OPTREG_STEP_APPLIED;
}

double *
reference_deploy(const Reference *reference, const Tensor *tensor)
{
  const bool has_average = reference->wrappers->ema_momentum > 0.0;
  double *weight = g_memdup2(has_average ? tensor->average : tensor->weight,
                             tensor->n * sizeof *weight);
  if (!has_average && reference->formula->finish != NULL) {
    reference->formula->finish(tensor, weight);
  }
  return weight;
}

/* ---- the same as a configuration ---- */

static void
write_number(GString *yaml, const char *key, double value)
{
  if (value > 0.0) {
    g_string_append_printf(yaml, "%s: %g\n", key, value);
  }
}

static void
write_loss_scale(GString *yaml, const Wrappers *wrappers)
{
  if (wrappers->growth > 0.0) {
    g_string_append_printf(yaml,
                           "loss_scale_factor: {dynamic: true, initial_scale: %g, "
                           "dynamic_growth_steps: %g}\n",
                           wrappers->loss_scale, wrappers->growth);
  } else {
    write_number(yaml, "loss_scale_factor", wrappers->loss_scale);
  }
}

static void
write_groups(GString *yaml, const Wrappers *wrappers)
{
  if (wrappers->weight_decay > 0.0) {
    g_string_append(yaml, "groups:\n"
                          "  - match: ['*bias', gain]\n"
                          "    weight_decay: 0\n");
  }
  if (wrappers->conv_multiplier > 0.0) {
    g_string_append_printf(yaml,
                           "  - match: ['conv/*']\n"
                           "    learning_rate_multiplier: %g\n",
                           wrappers->conv_multiplier);
  }
}

char *
reference_yaml(const Reference *reference)
{
  const Wrappers *wrappers = reference->wrappers;
  GString *yaml = g_string_new(NULL);
  g_string_append_printf(yaml, "optimizer: %s\n%s", reference->formula->name,
                         reference->formula->options);
  write_number(yaml, "learning_rate", reference->formula->learning_rate);
  write_number(yaml, "clipvalue", wrappers->clipvalue);
  write_number(yaml, "clipnorm", wrappers->clipnorm);
  write_number(yaml, "global_clipnorm", wrappers->global_clipnorm);
  write_number(yaml, "gradient_accumulation_steps", wrappers->accumulation);
  g_string_append_printf(yaml, "weight_decay: %g\n", wrappers->weight_decay);
  if (wrappers->ema_momentum > 0.0) {
    g_string_append(yaml, "use_ema: true\n");
    write_number(yaml, "ema_momentum", wrappers->ema_momentum);
    write_number(yaml, "ema_overwrite_frequency", wrappers->ema_overwrite_frequency);
  }
  write_loss_scale(yaml, wrappers);
  write_groups(yaml, wrappers);
  return g_string_free(yaml, FALSE);
}
