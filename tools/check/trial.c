/* SPDX-License-Identifier: MIT */
/* A few tensors trained through the public API, as an application does. */
#include "trial.h"

#include "values.h"

#include <math.h>
#include <string.h>

const char *const trial_names[TRIAL_TENSORS] = { "a/kernel", "b/bias", "c/scale",
                                                 "d/large" };

enum { LAST = TRIAL_TENSORS - 1 };

typedef struct Shape {
  uint32_t ndim;
  uint64_t dims[2];
} Shape;

static const Shape shapes[TRIAL_TENSORS - 1] = { { 2, { 13, 17 } },
                                                 { 1, { 33 } },
                                                 { 0, { 0 } } };
static const Shape last[] = { [TRIAL_SMALL] = { 2, { 41, 53 } },
                              [TRIAL_LARGE_MATRIX] = { 2, { 257, 331 } },
                              [TRIAL_LARGE_VECTOR] = { 1, { 85067 } } };

const uint64_t *
trial_last_dims(TrialSize size, uint32_t *ndim)
{
  *ndim = last[size].ndim;
  return last[size].dims;
}

enum { N_WIDE = 19 };

static void
init_wide(Trial *trial)
{
  trial->wide = g_new(double, N_WIDE);
  trial->wide_grad = g_new(double, N_WIDE);
  for (size_t i = 0; i < N_WIDE; i++) {
    trial->wide[i] = signed_noise(200, i);
    trial->wide_grad[i] = signed_noise(201, i);
  }
}

static void
init(Trial *trial, TrialSize size)
{
  for (size_t i = 0; i < TRIAL_TENSORS; i++) {
    const Shape *shape = i == LAST ? &last[size] : &shapes[i];
    trial->dims[i] = shape->dims;
    trial->ndim[i] = shape->ndim;
    trial->n[i] = 1;
    for (uint32_t j = 0; j < shape->ndim; j++) {
      trial->n[i] *= trial->dims[i][j];
    }
    trial->data[i] = g_new(float, trial->n[i]);
    trial->grad[i] = g_new(float, trial->n[i]);
    trial->noise[i] = g_new(float, trial->n[i]);
    for (size_t j = 0; j < trial->n[i]; j++) {
      trial->data[i][j] = (float)signed_noise(i, j);
      trial->noise[i][j] = (float)signed_noise(100 + i, j);
    }
  }
  init_wide(trial);
}

void
trial_clear(Trial *trial)
{
  for (size_t i = 0; i < TRIAL_TENSORS; i++) {
    g_free(trial->data[i]);
    g_free(trial->grad[i]);
    g_free(trial->noise[i]);
  }
  g_free(trial->wide);
  g_free(trial->wide_grad);
}

/* a group needs something to say, and a factor of 1 changes no bit */
static const char groups[] = "groups:\n"
                             "- match: [\"a/*\"]\n"
                             "  learning_rate_multiplier: 1\n"
                             "- match: [\"c/*\", \"d/*\"]\n"
                             "  learning_rate_multiplier: 1\n";

static void
add_wide(Trial *trial, optreg_optimizer *optimizer, optreg_error **error)
{
  static const uint64_t dims[] = { N_WIDE };

  optreg_optimizer_add_parameter(optimizer, "b/wide", OPTREG_F64, dims, 1, trial->wide,
                                 trial->wide_grad, error);
}

static optreg_optimizer *
build(Trial *trial, const Plugin *plugin, const TrialSpec *spec, optreg_error **error)
{
  g_autofree char *yaml = g_strdup_printf("optimizer: %s\nnonfinite: propagate\n%s",
                                          plugin->name, spec->is_grouped ? groups : "");

  if (spec->tile != NULL) {
    g_setenv("OPTREG_TILE", spec->tile, TRUE);
  } else {
    g_unsetenv("OPTREG_TILE");
  }
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(plugin->registry, yaml, "check", error);
  for (size_t i = 0; optimizer != NULL && *error == NULL && i < TRIAL_TENSORS; i++) {
    const size_t k = spec->is_reversed ? TRIAL_TENSORS - 1 - i : i;
    optreg_optimizer_add_parameter(optimizer, trial_names[k], OPTREG_F32,
                                   trial->dims[k], trial->ndim[k], trial->data[k],
                                   trial->grad[k], error);
  }
  if (*error == NULL && spec->has_wide) {
    add_wide(trial, optimizer, error);
  }
  if (*error == NULL
      && optreg_optimizer_set_threads(optimizer, MAX(spec->n_threads, 1), error)) {
    optreg_optimizer_build(optimizer, error);
  }
  return optimizer;
}

static void
fill_gradients(Trial *trial, const TrialSpec *spec, uint64_t step)
{
  for (size_t i = 0; i < TRIAL_TENSORS; i++) {
    for (size_t j = 0; j < trial->n[i]; j++) {
      trial->grad[i][j] = trial->noise[i][(j + 7 * step) % trial->n[i]];
    }
    if (spec->nan_tensor == (int)i) {
      trial->grad[i][0] = NAN;
    }
  }
}

/* a new optimizer on weights that have been lost takes over */
static optreg_optimizer *
resume(Trial *trial, const Plugin *plugin, const TrialSpec *spec,
       optreg_optimizer *optimizer, Finding *finding, optreg_error **error)
{
  const optreg_save_options with_weights = { .with_parameters = true };
  const optreg_load_options all = { .with_parameters = true };
  size_t size = 0, again = 0;
  void *saved = optreg_optimizer_save_to_memory(optimizer, &with_weights, &size, error);

  optreg_optimizer_free(optimizer);
  if (saved == NULL) {
    return NULL;
  }
  for (size_t i = 0; i < TRIAL_TENSORS; i++) {
    memset(trial->data[i], 0, trial->n[i] * sizeof(float));
  }
  optimizer = build(trial, plugin, spec, error);
  if (*error == NULL
      && optreg_optimizer_load_from_memory(optimizer, saved, size, &all, error)) {
    void *copy =
        optreg_optimizer_save_to_memory(optimizer, &with_weights, &again, error);
    if (copy != NULL && (again != size || memcmp(copy, saved, size) != 0)) {
      finding_fail(finding, "what is saved after a load has other bytes");
    }
    optreg_memory_free(copy);
  }
  optreg_memory_free(saved);
  return optimizer;
}

bool
trial_run(Trial *trial, const Plugin *plugin, const TrialSpec *spec, Finding *finding)
{
  optreg_error *error = NULL;

  init(trial, spec->size);
  optreg_optimizer *optimizer = build(trial, plugin, spec, &error);
  for (uint64_t step = 0; error == NULL && step < TRIAL_STEPS; step++) {
    if (step > 0 && step == spec->resume_at) {
      optimizer = resume(trial, plugin, spec, optimizer, finding, &error);
    }
    if (error == NULL) {
      fill_gradients(trial, spec, step);
      optreg_optimizer_step(optimizer, &error);
    }
  }
  optreg_optimizer_free(optimizer);
  if (error != NULL) {
    finding_fail(finding, "%s", error->message);
    optreg_error_free(error);
    return false;
  }
  return true;
}

bool
trial_is_same(const Trial *a, const Trial *b, size_t tensor)
{
  return memcmp(a->data[tensor], b->data[tensor], a->n[tensor] * sizeof(float)) == 0;
}
