/* SPDX-License-Identifier: MIT */
/* The public optimizer: made from YAML, given parameters, built, stepped. */
#include "optimizer.h"

#include "config/keras/keras.h"
#include "error.h"
#include "gate.h"
#include "running/fp_mode.h"
#include "running/setting.h"
#include "running/values.h"
#include "text_file.h"
#include "uncancelled.h"

#include <math.h>
#include <string.h>

/* ---- making ---- */

static optreg_group_info *
describe_groups(const OptregConfig *config)
{
  optreg_group_info *groups = g_new0(optreg_group_info, config->n_groups);

  for (size_t i = 0; i < config->n_groups; i++) {
    groups[i].label = config->groups[i].label;
    groups[i].optimizer = config->groups[i].descriptor->class.name;
    groups[i].match = optreg_config_show_selectors(&config->groups[i]);
  }
  return groups;
}

static void
free_groups(optreg_optimizer *optimizer)
{
  for (size_t i = 0; optimizer->groups != NULL && i < optimizer->config->n_groups;
       i++) {
    g_free((char *)optimizer->groups[i].match);
  }
  g_free(optimizer->groups);
}

static const OptregDescriptor *
find_optimizer(void *registry, const char *name, GError **error)
{
  return optreg_registry_find(registry, name, error);
}

static bool
read_config(optreg_optimizer *optimizer, const char *yaml, gsize length,
            const char *source, GError **error)
{
  g_autoptr(OptregNode) tree = optreg_keras_translate(
      optreg_node_parse(yaml, length, source, error), source, error);
  const OptregFinder finder = { find_optimizer, optimizer->registry };

  if (tree == NULL || optreg_config_optimizer(tree, source, error) == NULL) {
    return false;
  }
  optimizer->descriptor = optreg_optimizer_key_find(optreg_node_get(tree, "optimizer"),
                                                    source, &finder, error);
  if (optimizer->descriptor == NULL) {
    return false;
  }
  optimizer->config =
      optreg_config_new(tree, source, optimizer->descriptor, &finder, error);
  if (optimizer->config == NULL) {
    return false;
  }
  optimizer->groups = describe_groups(optimizer->config);
  return true;
}

static optreg_optimizer *
optimizer_from_text(optreg_registry *registry, const char *yaml, gsize length,
                    const char *source, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE; /* reading decimals rounds, too */
  optreg_optimizer *optimizer = g_new0(optreg_optimizer, 1);
  GError *problem = NULL;

  optimizer->registry = optreg_registry_ref(registry);
  optimizer->model = optreg_model_new();
  if (!read_config(optimizer, yaml, length, source, &problem)) {
    optreg_error_export(problem, error);
    optreg_optimizer_free(optimizer);
    return NULL;
  }
  return optimizer;
}

optreg_optimizer *
optreg_optimizer_from_string(optreg_registry *registry, const char *yaml,
                             const char *source, optreg_error **error)
{
  if (!optreg_gate_object(registry, "the registry", error)
      || !optreg_gate_argument(yaml, "yaml", error)) {
    return NULL;
  }
  return optimizer_from_text(registry, yaml, strlen(yaml),
                             source != NULL ? source : "configuration", error);
}

optreg_optimizer *
optreg_optimizer_from_file(optreg_registry *registry, const char *path,
                           optreg_error **error)
{
  OPTREG_UNCANCELLED;
  g_autofree char *yaml = NULL;
  gsize length;
  GError *problem = NULL;

  if (!optreg_gate_object(registry, "the registry", error)
      || !optreg_gate_argument(path, "path", error)) {
    return NULL;
  }
  yaml = optreg_text_file_read(path, OPTREG_NODE_MAX_LENGTH, &length, &problem);
  if (yaml == NULL) {
    optreg_error_export(problem, error);
    return NULL;
  }
  return optimizer_from_text(registry, yaml, length, path, error);
}

void
optreg_optimizer_free(optreg_optimizer *optimizer)
{
  OPTREG_UNCANCELLED;
  if (optimizer == NULL) {
    return;
  }
  g_clear_pointer(&optimizer->load_report, g_array_unref);
  g_clear_pointer(&optimizer->listed, g_array_unref);
  optreg_inventory_free(optimizer->inventory);
  optreg_engine_free(optimizer->engine);
  optreg_model_free(optimizer->model);
  free_groups(optimizer);
  optreg_config_free(optimizer->config);
  optreg_registry_unref(optimizer->registry);
  g_free(optimizer);
}

/* ---- before build ---- */

bool
optreg_optimizer_add_parameter(optreg_optimizer *optimizer, const char *name,
                               uint32_t dtype, const uint64_t *shape, uint32_t ndim,
                               void *data, const void *grad, optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  return optreg_model_add(optimizer->model, name, dtype, shape, ndim, data, grad,
                          &problem)
             ? true
             : optreg_error_export(problem, error);
}

bool
optreg_optimizer_set_gradient(optreg_optimizer *optimizer, size_t index,
                              const void *grad, optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)) {
    return false;
  }
  return optreg_model_set_gradient(optimizer->model, index, grad, &problem)
             ? true
             : optreg_error_export(problem, error);
}

bool
optreg_optimizer_set_data(optreg_optimizer *optimizer, size_t index, void *data,
                          optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)) {
    return false;
  }
  return optreg_model_set_data(optimizer->model, index, data, &problem)
             ? true
             : optreg_error_export(problem, error);
}

/* the parameter, while it may still be marked */
static OptregTensor *
open_parameter(optreg_optimizer *optimizer, size_t index, optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return NULL;
  }
  OptregTensor *tensor = optreg_model_tensor(optimizer->model, index, &problem);
  optreg_error_export(problem, error);
  return tensor;
}

bool
optreg_optimizer_set_overwrite(optreg_optimizer *optimizer, size_t index,
                               optreg_error **error)
{
  OptregTensor *tensor = open_parameter(optimizer, index, error);

  if (tensor == NULL) {
    return false;
  }
  tensor->is_overwritten = true;
  return true;
}

bool
optreg_optimizer_set_non_neg(optreg_optimizer *optimizer, size_t index,
                             optreg_error **error)
{
  OptregTensor *tensor = open_parameter(optimizer, index, error);

  if (tensor == NULL) {
    return false;
  }
  tensor->is_non_neg = true;
  return true;
}

bool
optreg_optimizer_set_constraint(optreg_optimizer *optimizer, size_t index,
                                optreg_constraint constraint, void *context,
                                optreg_error **error)
{
  OptregTensor *tensor = open_parameter(optimizer, index, error);

  if (tensor == NULL) {
    return false;
  }
  tensor->constraint = constraint;
  tensor->constraint_context = context;
  tensor->is_hooked = constraint != NULL;
  return true;
}

bool
optreg_optimizer_set_allocator(optreg_optimizer *optimizer,
                               const optreg_allocator *allocator, optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)
      || !optreg_gate_argument(allocator, "allocator", error)) {
    return false;
  }
  if ((allocator->allocate == NULL) != (allocator->release == NULL)) {
    return optreg_gate_refuse(error, OPTREG_ERROR_ARGUMENT,
                              "an allocator needs allocate and release, or neither for "
                              "the default");
  }
  optimizer->options.hooks.allocator = *allocator;
  return true;
}

bool
optreg_optimizer_set_log(optreg_optimizer *optimizer, optreg_log log, void *context,
                         optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  optimizer->options.hooks.log = log;
  optimizer->options.hooks.log_context = context;
  return true;
}

bool
optreg_optimizer_set_threads(optreg_optimizer *optimizer, uint32_t n_threads,
                             optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  if (!optreg_threads_check(n_threads, &problem)) {
    return optreg_error_export(problem, error);
  }
  optimizer->options.n_threads = n_threads;
  return true;
}

bool
optreg_optimizer_set_parallel_for(optreg_optimizer *optimizer,
                                  optreg_parallel_for parallel_for, void *context,
                                  optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  optimizer->options.parallel_for = parallel_for;
  optimizer->options.parallel_for_context = context;
  return true;
}

bool
optreg_optimizer_set_diagnostics(optreg_optimizer *optimizer, uint32_t every,
                                 optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  optimizer->options.diagnose_every = every;
  return true;
}

bool
optreg_optimizer_report_gradient_norm(optreg_optimizer *optimizer, bool reports,
                                      optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  optimizer->options.reports_norm = reports;
  return true;
}

bool
optreg_optimizer_build(optreg_optimizer *optimizer, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_OPEN, error)) {
    return false;
  }
  if (optreg_model_check(optimizer->model, &problem)) {
    optimizer->engine = optreg_engine_new(optimizer->config, optimizer->descriptor,
                                          optimizer->model, &optimizer->options,
                                          &problem);
  }
  return optimizer->engine != NULL ? true : optreg_error_export(problem, error);
}

/* ---- training ---- */

optreg_status
optreg_optimizer_step(optreg_optimizer *optimizer, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)) {
    return OPTREG_STEP_ERROR;
  }
  const optreg_status status =
      optreg_engine_step(optimizer->engine, error != NULL ? &problem : NULL);
  if (status == OPTREG_STEP_ERROR) {
    optreg_error_export(problem, error);
  }
  return status;
}

const optreg_step_report *
optreg_optimizer_last_step(const optreg_optimizer *optimizer)
{
  static const optreg_step_report before = { 0 };
  static const optreg_step_report none = { .status = OPTREG_STEP_ERROR };

  if (optimizer == NULL) {
    return &none;
  }
  return optimizer->engine != NULL ? &optimizer->engine->report : &before;
}

double
optreg_optimizer_scale_loss(const optreg_optimizer *optimizer, double loss)
{
  OPTREG_IN_STEP_MODE;
  if (optimizer == NULL) {
    return loss;
  }
  const OptregConfig *config = optimizer->config;
  if (optimizer->engine == NULL) {
    return config->loss_scale != 0.0 ? loss * config->loss_scale : loss;
  }
  return loss
         * optreg_loss_scale_factor(
             optimizer->engine->chain->wrappers[OPTREG_LINK_LOSS_SCALE]);
}

double
optreg_optimizer_learning_rate(const optreg_optimizer *optimizer)
{
  OPTREG_IN_STEP_MODE;
  if (optimizer == NULL) {
    return NAN;
  }
  const gssize row = optreg_descriptor_find(optimizer->descriptor, "learning_rate");
  const OptregConfig *config = optimizer->config;
  return row < 0 ? NAN
                 : optreg_values_learning_rate(&config->groups[config->n_groups - 1],
                                               (size_t)row, &optimizer->options,
                                               optreg_values_ask(&optimizer->options),
                                               optreg_optimizer_last_step(optimizer));
}

static void
forget_values(optreg_optimizer *optimizer)
{
  if (optimizer->engine != NULL) {
    optimizer->engine->has_current_values = false;
  }
}

bool
optreg_optimizer_set_learning_rate(optreg_optimizer *optimizer, double learning_rate,
                                   optreg_error **error)
{
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)) {
    return false;
  }
  if (optimizer->options.learning_rate_function != NULL) {
    return optreg_gate_refuse(
        error, OPTREG_ERROR_STATE,
        "the learning rate comes from the application's function: "
        "set that to NULL first");
  }
  forget_values(optimizer);
  return optreg_values_set_learning_rate(optimizer->config, optimizer->descriptor,
                                         optimizer->engine, learning_rate, &problem)
             ? true
             : optreg_error_export(problem, error);
}

bool
optreg_optimizer_set_learning_rate_function(optreg_optimizer *optimizer,
                                            optreg_learning_rate_function function,
                                            void *context, optreg_error **error)
{
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)) {
    return false;
  }
  forget_values(optimizer);
  return optreg_values_set_function(&optimizer->options, optimizer->config,
                                    optimizer->descriptor, function, context, &problem)
             ? true
             : optreg_error_export(problem, error);
}

bool
optreg_optimizer_set_hyperparameter(optreg_optimizer *optimizer, size_t group,
                                    const char *name, double value,
                                    optreg_error **error)
{
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_SOUND, error)
      || !optreg_gate_argument(name, "name", error)) {
    return false;
  }
  forget_values(optimizer);
  return optreg_setting_apply(optimizer->config, &optimizer->options, optimizer->engine,
                              group, name, value, &problem)
             ? true
             : optreg_error_export(problem, error);
}

double
optreg_optimizer_hyperparameter(const optreg_optimizer *optimizer, size_t group,
                                const char *name)
{
  OPTREG_IN_STEP_MODE;
  return optimizer != NULL && name != NULL
             ? optreg_setting_read(optimizer->config, &optimizer->options,
                                   optreg_optimizer_last_step(optimizer), group, name)
             : NAN;
}

bool
optreg_optimizer_parameters_changed(optreg_optimizer *optimizer, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)) {
    return false;
  }
  optreg_engine_renew_views(optimizer->engine);
  optreg_fresh_copy(&optimizer->engine->fresh, optimizer->engine->chain);
  return true;
}

static bool
has_parameter(const optreg_optimizer *optimizer, size_t index, optreg_error **error)
{
  return index < optimizer->engine->n_tensors
             ? true
             : optreg_gate_refuse(error, OPTREG_ERROR_ARGUMENT,
                                  "there is no parameter of this index");
}

const void *
optreg_optimizer_eval_view(optreg_optimizer *optimizer, size_t index,
                           optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)
      || !has_parameter(optimizer, index, error)) {
    return NULL;
  }
  const void *view = optreg_engine_eval_view(optimizer->engine, index, &problem);
  optreg_error_export(problem, error);
  return view;
}

bool
optreg_optimizer_finalize(optreg_optimizer *optimizer, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)) {
    return false;
  }
  return optreg_engine_finalize(optimizer->engine, &problem)
             ? true
             : optreg_error_export(problem, error);
}
