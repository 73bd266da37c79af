/* SPDX-License-Identifier: MIT */
/* A step written down plainly: Keras' rules with optreg's departures. */
#include "model.h"

#include "formulas.h"
#include "translate.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define SMALLEST_SCALE 0x1p-126
#define LARGEST_SCALE 0x1p127

static double
r(const Model *model, double value)
{
  return model_round(model, value);
}

/* ---- clipping ---- */

static bool
is_clipped(const ModelVariable *variable)
{
  return variable->is_used && !variable->is_overwritten;
}

static double
square_sum(const ModelVariable *variable)
{
  double sum = 0.0;
  for (size_t i = 0; i < variable->n; i++) {
    sum += variable->gradient[i] * variable->gradient[i];
  }
  return sum;
}

/* as Keras adds, but for the order */
static float
square_sum_in_float(const ModelVariable *variable)
{
  float sum = 0.0f;
  for (size_t i = 0; i < variable->n; i++) {
    sum += (float)variable->gradient[i] * (float)variable->gradient[i];
  }
  return sum;
}

/* what norm clipping multiplies with, but for rounding */
static double
factor(double clipnorm, double norm)
{
  return norm > clipnorm ? clipnorm / norm : 1.0;
}

static bool
is_changed(const Model *model, double clipnorm, double sum, float sum_in_float)
{
  const double ours = factor(clipnorm, sqrt(sum)),
               theirs = factor(clipnorm, sqrt((double)sum_in_float));
  return !model->is_double && isfinite(sum) && fabs(ours - theirs) > 1e-5 * ours;
}

static void
clip_values(const Model *model, ModelVariable *variable)
{
  const double c = r(model, model->clipvalue);
  for (size_t i = 0; i < variable->n; i++) {
    double *g = &variable->gradient[i];
    *g = *g < -c ? -c : *g > c ? c : *g;
  }
}

static void
clip_variable(const Model *model, ModelVariable *variable)
{
  const double c = r(model, model->clipnorm), sum = square_sum(variable);
  const double norm = r(model, sqrt(sum)), longest = norm <= c ? c : norm;
  variable->is_norm_changed = is_changed(model, c, sum, square_sum_in_float(variable));
  for (size_t i = 0; i < variable->n; i++) {
    variable->gradient[i] = r(model, r(model, variable->gradient[i] * c) / longest);
  }
}

static void
clip_all(Model *model)
{
  const double c = r(model, model->global_clipnorm), reciprocal = r(model, 1.0 / c);
  double sum = 0.0;
  float sum_in_float = 0.0f;
  for (size_t i = 0; i < model->n_variables; i++) {
    if (is_clipped(&model->variables[i])) {
      sum += square_sum(&model->variables[i]);
      sum_in_float += square_sum_in_float(&model->variables[i]);
    }
  }
  const double norm = r(model, sqrt(sum)), inverse = r(model, 1.0 / norm);
  const double limit = inverse >= reciprocal ? reciprocal : inverse;
  const double k = r(model, r(model, c * limit) + (norm - norm));
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    variable->is_norm_changed |= is_changed(model, c, sum, sum_in_float);
    for (size_t j = 0; is_clipped(variable) && j < variable->n; j++) {
      variable->gradient[j] = r(model, variable->gradient[j] * k);
    }
  }
}

static void
clip(Model *model)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    if (is_clipped(variable) && model->clipvalue > 0.0) {
      clip_values(model, variable);
    }
    if (is_clipped(variable) && model->clipnorm > 0.0) {
      clip_variable(model, variable);
    }
  }
  if (model->global_clipnorm > 0.0) {
    clip_all(model);
  }
}

/* ---- counting ---- */

static void
count_finite(Model *model, bool is_finite)
{
  model->n_finite = is_finite ? model->n_finite + 1.0 : 0.0;
  if (!is_finite) {
    model->scale = fmax(model->scale * 0.5, SMALLEST_SCALE);
  } else if (model->n_finite == model->growth_steps) {
    model->n_finite = 0.0;
    model->scale = fmin(model->scale * 2.0, LARGEST_SCALE);
  }
}

static ModelStatus
finish(Model *model, ModelStatus status)
{
  model->micro_step++;
  if (model->is_dynamic) {
    count_finite(model, true);
  }
  return status;
}

/* ---- one call ---- */

static bool
take_gradients(Model *model, double *const *gradients)
{
  bool is_any = false;
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    variable->is_present = variable->is_used = gradients[i] != NULL;
    variable->is_norm_changed = false;
    is_any |= variable->is_present;
    for (size_t j = 0; j < variable->n; j++) {
      variable->gradient[j] = variable->is_present ? gradients[i][j] : 0.0;
    }
  }
  model->is_update = (double)(model->position + 1) >= model->window;
  model->is_overflow = false;
  model->step_before = model->step;
  model->scale_before = model->scale;
  return is_any;
}

static bool
is_within_limit(const Model *model, double limit)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    const ModelVariable *variable = &model->variables[i];
    const double own = variable->is_overwritten ? DBL_MAX : limit;
    for (size_t j = 0; variable->is_used && j < variable->n; j++) {
      if (!(fabs(variable->gradient[j]) <= own)) {
        return false;
      }
    }
  }
  return true;
}

/* largest first, so that a nan stays; sums of float32 gradients and of what is unscaled
 */
static void
unscale(Model *model)
{
  const double scale = r(model, model->is_dynamic ? model->scale : model->static_scale);
  for (size_t i = 0; scale != 1.0 && i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    for (size_t j = 0; !variable->is_overwritten && j < variable->n; j++) {
      variable->gradient[j] = r(model, variable->gradient[j] / scale);
    }
  }
}

static void
constrain(ModelVariable *variable)
{
  for (size_t i = 0; variable->is_non_neg && i < variable->n; i++) {
    variable->weight[i] = variable->weight[i] <= 0.0 ? 0.0 : variable->weight[i];
  }
}

/* a variable that is overwritten keeps the largest gradient, others the sum */
static double
gather(const Model *model, const ModelVariable *variable, size_t i)
{
  const double g = variable->gradient[i], gathered = variable->accumulator[i];
  if (variable->is_overwritten) {
    return g > gathered || isnan(g) ? g : gathered;
  }
  return r(model, g + gathered);
}

static ModelStatus
accumulate(Model *model)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    for (size_t j = 0; variable->is_present && j < variable->n; j++) {
      variable->accumulator[j] = gather(model, variable, j);
    }
    variable->has_sum |= variable->is_present;
    if (is_clipped(variable)) {
      constrain(variable);
    }
  }
  model->position++;
  return finish(model, MODEL_ACCUMULATED);
}

static void
empty_accumulators(Model *model)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    memset(variable->accumulator, 0, variable->n * sizeof(double));
    variable->has_sum = false;
  }
  model->position = 0;
}

/* a gradient that is missing now is the mean of what was accumulated before */
static void
take_means(Model *model)
{
  const double n = r(model, model->window);
  for (size_t i = 0; model->window > 1.0 && i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    variable->is_used = variable->is_present
                        || (variable->has_sum && !variable->is_overwritten);
    for (size_t j = 0; variable->is_used && j < variable->n; j++) {
      const double gathered = gather(model, variable, j);
      variable->gradient[j] = variable->is_overwritten ? gathered
                                                       : r(model, gathered / n);
    }
  }
}

static void
update(Model *model, ModelVariable *variable, double learning_rate)
{
  const double rate = r(model, model->weight_decay);
  for (size_t i = 0; variable->is_decayed && i < variable->n; i++) {
    double *w = &variable->weight[i];
    *w = r(model, *w - r(model, r(model, *w * rate) * learning_rate));
  }
  if (model->formula != NULL) {
    model->formula->update(model, variable, learning_rate);
  }
  constrain(variable);
}

static void
average(const Model *model, ModelVariable *variable)
{
  const double m = model->step == 0 ? 0.0 : r(model, model->momentum_of_average);
  const double rest = r(model, 1.0 - m);
  const bool is_overwriting =
      model->overwrite_frequency > 0.0
      && fmod((double)(model->step + 1), model->overwrite_frequency) == 0.0;
  for (size_t i = 0; i < variable->n; i++) {
    double *a = &variable->average[i], *w = &variable->weight[i];
    *a = r(model, r(model, m * *a) + r(model, rest * *w));
    *w = is_overwriting ? *a : *w;
  }
}

static void
update_all(Model *model, double learning_rate)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    if (variable->is_overwritten) {
      if (variable->is_used) {
        memcpy(variable->weight, variable->gradient, variable->n * sizeof(double));
      }
      continue;
    }
    if (variable->is_used) {
      update(model, variable, r(model, learning_rate));
    }
    if (model->has_average) {
      average(model, variable);
    }
  }
}

/* ---- deciding ---- */

/* the largest gradient that a formula can take */
static double
largest_gradient(const Model *model)
{
  return model->formula == NULL || !model->formula->squares_gradient ? DBL_MAX
         : model->is_double                                          ? sqrt(DBL_MAX)
                            : sqrt((double)FLT_MAX);
}

static bool
is_overflow(const Model *model, double limit)
{
  return model->is_dynamic && !is_within_limit(model, limit);
}

/* finite as passed, but not to be used: the window is given up */
static ModelStatus
give_up(Model *model)
{
  model->is_overflow = true;
  empty_accumulators(model);
  count_finite(model, true);
  return MODEL_SKIPPED;
}

ModelStatus
model_step(Model *model, double *const *gradients, double learning_rate)
{
  if (!take_gradients(model, gradients)) {
    return MODEL_REFUSED;
  }
  if (is_overflow(model, DBL_MAX)) {
    count_finite(model, false);
    return MODEL_SKIPPED;
  }
  unscale(model);
  if (!model->is_update) {
    return is_overflow(model, DBL_MAX) ? give_up(model) : accumulate(model);
  }
  take_means(model);
  if (is_overflow(model, DBL_MAX)) {
    return give_up(model);
  }
  clip(model);
  if (is_overflow(model, largest_gradient(model))) {
    return give_up(model);
  }
  update_all(model, learning_rate);
  empty_accumulators(model);
  model->step++;
  return finish(model, MODEL_APPLIED);
}

/* ---- beginning and end ---- */

static void
read_options(Model *model, JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config"),
             *wrapper = case_object(recorded, "wrapper");
  model->config = config;
  model->is_double = case_is_double(recorded);
  model->clipnorm = case_number(config, "clipnorm", 0.0);
  model->global_clipnorm = case_number(config, "global_clipnorm", 0.0);
  model->clipvalue = case_number(config, "clipvalue", 0.0);
  model->weight_decay = case_number(config, "weight_decay", 0.0);
  model->has_average = case_flag(config, "use_ema");
  model->momentum_of_average = case_number(config, "ema_momentum", 0.99);
  model->overwrite_frequency = case_number(config, "ema_overwrite_frequency", 0.0);
  model->window = fmax(1.0, case_number(config, "gradient_accumulation_steps", 1.0));
  model->static_scale = case_number(config, "loss_scale_factor", 1.0);
  if (wrapper != NULL) {
    model->is_dynamic = true;
    config = case_object(wrapper, "config");
    model->scale = (double)(float)case_number(config, "initial_scale", 32768.0);
    model->growth_steps = case_number(config, "dynamic_growth_steps", 2000.0);
  }
}

static void
read_variable(const Model *model, ModelVariable *variable, JsonObject *recorded)
{
  JsonArray *initial = case_array(recorded, "initial");
  variable->n = json_array_get_length(initial);
  variable->weight = case_values(initial, model->is_double);
  variable->average = g_new0(double, variable->n);
  variable->accumulator = g_new0(double, variable->n);
  variable->gradient = g_new0(double, variable->n);
  for (size_t i = 0; i < MODEL_SLOTS; i++) {
    variable->slot[i] = g_new0(double, variable->n);
    for (size_t j = 0; j < variable->n; j++) {
      variable->slot[i][j] = formulas_begin(model, i);
    }
  }
  variable->is_non_neg = case_string(recorded, "constraint") != NULL;
  variable->is_overwritten = case_flag(recorded, "overwrite_with_gradient");
  variable->is_decayed = model->weight_decay != 0.0;
}

Model *
model_new(JsonObject *recorded)
{
  JsonArray *variables = case_array(recorded, "variables");
  Model *model = g_new0(Model, 1);
  model->formula = formulas_find(case_string(recorded, "optimizer"));
  read_options(model, recorded);
  model->n_variables = json_array_get_length(variables);
  model->variables = g_new0(ModelVariable, MAX(model->n_variables, 1));
  for (size_t i = 0; i < model->n_variables; i++) {
    read_variable(model, &model->variables[i],
                  json_array_get_object_element(variables, (guint)i));
    model->variables[i].is_decayed &= !translate_is_excluded(
        recorded,
        case_string(json_array_get_object_element(variables, (guint)i), "name"));
  }
  return model;
}

void
model_free(Model *model)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    ModelVariable *variable = &model->variables[i];
    g_free(variable->weight);
    g_free(variable->average);
    g_free(variable->accumulator);
    g_free(variable->gradient);
    for (size_t j = 0; j < MODEL_SLOTS; j++) {
      g_free(variable->slot[j]);
    }
  }
  g_free(model->variables);
  g_free(model);
}

const double *
model_slot(const Model *model, size_t variable, const char *name)
{
  for (size_t i = 0; model->formula != NULL && i < MODEL_SLOTS; i++) {
    if (g_strcmp0(model->formula->slots[i], name) == 0) {
      return model->variables[variable].slot[i];
    }
  }
  return NULL;
}
