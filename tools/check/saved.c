/* SPDX-License-Identifier: MIT */
/* A check of a checkpoint that the plugin, or a version before it, has written. */
#include "check.h"
#include "values.h"

#include <math.h>
#include <string.h>

#define PARAMETER_KEY "parameter:"
#define OPTION_KEY "config:"

/* a parameter of the model that was trained then */
typedef struct Parameter {
  const char *name;
  uint32_t dtype;
  GArray *dims; /* uint64_t */
  void *data, *grad;
  size_t n;
} Parameter;

static void
parameter_clear(void *data)
{
  Parameter *parameter = data;

  g_array_unref(parameter->dims);
  g_free(parameter->data);
  g_free(parameter->grad);
}

/* of weights: narrower types have no arithmetic here, and hold zeros */
static void
fill(const Parameter *parameter, uint64_t seed, void *values)
{
  for (size_t i = 0; i < parameter->n; i++) {
    const double value = signed_noise(seed, i);
    if (parameter->dtype == OPTREG_F64) {
      ((double *)values)[i] = value;
    } else if (parameter->dtype == OPTREG_F32) {
      ((float *)values)[i] = (float)value;
    }
  }
}

static uint32_t
dtype_from_name(const char *name)
{
  static const struct {
    const char *name;
    uint32_t dtype;
  } types[] = { { "F64", OPTREG_F64 }, { "F16", OPTREG_F16 }, { "BF16", OPTREG_BF16 } };

  for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
    if (g_str_has_prefix(name, types[i].name)) {
      return types[i].dtype;
    }
  }
  return OPTREG_F32;
}

/* "F32 [64, 32]" */
static void
add_parameter(GArray *parameters, const char *name, const char *text)
{
  Parameter parameter = { .name = name, .dtype = dtype_from_name(text), .n = 1 };
  const char *next = strchr(text, '[');

  parameter.dims = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  while (next != NULL && g_ascii_isdigit(next[1 + (next[1] == ' ')])) {
    const uint64_t dim = g_ascii_strtoull(next + 1, NULL, 10);
    g_array_append_val(parameter.dims, dim);
    parameter.n *= dim;
    next = strchr(next + 1, ',');
  }
  parameter.data = g_new0(double, parameter.n);
  parameter.grad = g_new0(double, parameter.n);
  fill(&parameter, parameters->len, parameter.data);
  fill(&parameter, 100 + parameters->len, parameter.grad);
  g_array_append_val(parameters, parameter);
}

/* what the optimizer was built from then, as far as it is the plugin's business */
static char *
read_metadata(const Plugin *plugin, const optreg_checkpoint *file, GArray *parameters)
{
  const optreg_metadata *metadata;
  const size_t n = optreg_checkpoint_metadata(file, &metadata);
  GString *yaml = g_string_new(NULL);

  g_string_append_printf(yaml, "optimizer: %s\nnonfinite: propagate\n", plugin->name);
  for (size_t i = 0; i < n; i++) {
    const char *key = metadata[i].key;
    if (g_str_has_prefix(key, PARAMETER_KEY)) {
      add_parameter(parameters, key + strlen(PARAMETER_KEY), metadata[i].value);
    }
    if (g_str_has_prefix(key, OPTION_KEY)
        && plugin_find_hyperparameter(plugin, key + strlen(OPTION_KEY)) >= 0) {
      g_string_append_printf(yaml, "%s: %s\n", key + strlen(OPTION_KEY),
                             metadata[i].value);
    }
  }
  return g_string_free(yaml, FALSE);
}

static optreg_optimizer *
build(const Plugin *plugin, const char *yaml, const GArray *parameters,
      optreg_error **error)
{
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(plugin->registry, yaml, "checkpoint", error);

  for (guint i = 0; *error == NULL && i < parameters->len; i++) {
    const Parameter *parameter = &g_array_index(parameters, Parameter, i);
    optreg_optimizer_add_parameter(
        optimizer, parameter->name, parameter->dtype,
        (const uint64_t *)(const void *)parameter->dims->data, parameter->dims->len,
        parameter->data, parameter->grad, error);
  }
  if (*error == NULL) {
    optreg_optimizer_build(optimizer, error);
  }
  return optimizer;
}

static bool
has_weights(const optreg_checkpoint *file)
{
  const optreg_state_info *states;
  const size_t n = optreg_checkpoint_states(file, &states);

  for (size_t i = 0; i < n; i++) {
    if (g_str_equal(states[i].role, "param")) {
      return true;
    }
  }
  return false;
}

static void
check_weights(const GArray *parameters, Finding *finding)
{
  for (guint i = 0; i < parameters->len; i++) {
    const Parameter *parameter = &g_array_index(parameters, Parameter, i);
    for (size_t j = 0; j < parameter->n; j++) {
      const double value = parameter->dtype == OPTREG_F64
                               ? ((const double *)parameter->data)[j]
                               : (double)((const float *)parameter->data)[j];
      if (parameter->dtype <= OPTREG_F64 && !isfinite(value)) {
        finding_fail(finding, "'%s' is not finite after a step from the saved state",
                     parameter->name);
      }
    }
  }
}

static void
go_on(const Plugin *plugin, const optreg_checkpoint *file, Finding *finding)
{
  /* averages and sums of wrappers are not the plugin's business */
  const optreg_load_options options = { .unexpected = OPTREG_UNEXPECTED_IGNORE,
                                        .with_parameters = has_weights(file) };
  g_autoptr(GArray) parameters = g_array_new(FALSE, FALSE, sizeof(Parameter));
  optreg_error *error = NULL;

  g_array_set_clear_func(parameters, parameter_clear);
  g_autofree char *yaml = read_metadata(plugin, file, parameters);
  optreg_optimizer *optimizer = build(plugin, yaml, parameters, &error);
  if (error == NULL
      && optreg_optimizer_load(optimizer, plugin->state, &options, &error)) {
    optreg_optimizer_step(optimizer, &error);
  }
  if (error != NULL) {
    finding_fail(finding, "%s", error->message);
  } else {
    check_weights(parameters, finding);
  }
  optreg_error_free(error);
  optreg_optimizer_free(optimizer);
}

static void
check_saved(const Plugin *plugin, Finding *finding)
{
  optreg_error *error = NULL;

  if (plugin->state == NULL) {
    finding_skip(finding, "there is no --state FILE");
    return;
  }
  optreg_checkpoint *file = optreg_checkpoint_open(plugin->state, &error);
  if (file != NULL) {
    go_on(plugin, file, finding);
  } else {
    finding_fail(finding, "%s", error->message);
  }
  optreg_error_free(error);
  optreg_checkpoint_free(file);
}

static const Check checks[] = {
  { "saved.load", SEVERITY_ERROR, "a state that was saved before is loaded",
    "keep the names of slots; raise state_version when their meaning changes, and let "
    "deserialize convert what an older version wrote",
    check_saved },
};

const Family saved_family = { .name = "saved", CHECKS(checks), .needs_plugin = true };
