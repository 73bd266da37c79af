/* SPDX-License-Identifier: MIT */
/* Update rules, operation by operation in Keras' order. */
#include "formulas.h"

#include <math.h>

double
model_round(const Model *model, double value)
{
  return model->is_double ? value : (double)(float)value;
}

static double
r(const Model *model, double value)
{
  return model_round(model, value);
}

/* an argument in the type of the case, and 1 minus it, formed before it is rounded */
static double
number(const Model *model, const char *name, double otherwise)
{
  return r(model, case_number(model->config, name, otherwise));
}

static double
rest_of(const Model *model, const char *name, double otherwise)
{
  return r(model, 1.0 - case_number(model->config, name, otherwise));
}

static void
update_sgd(const Model *model, ModelVariable *variable, double learning_rate)
{
  const double mu = r(model, case_number(model->config, "momentum", 0.0));
  const bool is_nesterov = case_flag(model->config, "nesterov");
  for (size_t i = 0; i < variable->n; i++) {
    double *m = &variable->slot[0][i], *w = &variable->weight[i];
    const double step = r(model, variable->gradient[i] * learning_rate);
    if (mu == 0.0) {
      *w = r(model, *w - step);
      continue;
    }
    *m = r(model, r(model, *m * mu) - step);
    *w = r(model, *w + (is_nesterov ? r(model, r(model, *m * mu) - step) : *m));
  }
}

static void
update_adadelta(const Model *model, ModelVariable *variable, double learning_rate)
{
  const double rho = r(model, case_number(model->config, "rho", 0.95));
  const double rest = r(model, 1.0 - case_number(model->config, "rho", 0.95));
  const double epsilon = r(model, case_number(model->config, "epsilon", 1e-7));
  for (size_t i = 0; i < variable->n; i++) {
    double *a = &variable->slot[0][i], *d = &variable->slot[1][i];
    const double g = variable->gradient[i];
    *a = r(model, r(model, rho * *a) + r(model, rest * r(model, g * g)));
    const double before = r(model, sqrt(r(model, *d + epsilon)));
    const double now = r(model, sqrt(r(model, *a + epsilon)));
    const double delta = -r(model, r(model, before * g) / now);
    *d = r(model, r(model, rho * *d) + r(model, rest * r(model, delta * delta)));
    variable->weight[i] =
        r(model, variable->weight[i] + r(model, learning_rate * delta));
  }
}

/* as Adagrad and RMSprop: (lr g) / √(d + ε) */
static double
scaled(const Model *model, double g, double learning_rate, double d)
{
  const double epsilon = number(model, "epsilon", 1e-7);
  return r(model, r(model, learning_rate * g) / r(model, sqrt(r(model, d + epsilon))));
}

static void
update_adagrad(const Model *model, ModelVariable *variable, double learning_rate)
{
  for (size_t i = 0; i < variable->n; i++) {
    double *a = &variable->slot[0][i], *w = &variable->weight[i];
    const double g = variable->gradient[i];
    *a = r(model, *a + r(model, g * g));
    *w = r(model, *w - scaled(model, g, learning_rate, *a));
  }
}

static void
update_rmsprop(const Model *model, ModelVariable *variable, double learning_rate)
{
  const double rho = number(model, "rho", 0.9), rest = rest_of(model, "rho", 0.9);
  const double mu = number(model, "momentum", 0.0);
  const bool is_centered = case_flag(model->config, "centered");
  for (size_t i = 0; i < variable->n; i++) {
    double *v = &variable->slot[0][i], *m = &variable->slot[1][i];
    double *a = &variable->slot[2][i], *w = &variable->weight[i];
    const double g = variable->gradient[i];
    *v = r(model, r(model, rho * *v) + r(model, rest * r(model, g * g)));
    *a = r(model, r(model, rho * *a) + r(model, rest * g));
    const double d = is_centered ? r(model, *v - r(model, *a * *a)) : *v;
    const double step = scaled(model, g, learning_rate, d);
    *m = r(model, r(model, mu * *m) + step);
    *w = r(model, *w - (mu > 0.0 ? *m : step));
  }
}

/* 1 − βᵗ; pow is exact to the last bits of a double, as theirs to those of a float */
static double
correction(const Model *model, const char *beta, double otherwise)
{
  const double t = (double)model->step + 1.0;
  return r(model, 1.0 - r(model, pow(number(model, beta, otherwise), t)));
}

static void
update_adam(const Model *model, ModelVariable *variable, double learning_rate)
{
  const double rest_1 = rest_of(model, "beta_1", 0.9);
  const double rest_2 = rest_of(model, "beta_2", 0.999);
  const double epsilon = number(model, "epsilon", 1e-7);
  const double root = r(model, sqrt(correction(model, "beta_2", 0.999)));
  const double alpha =
      r(model, r(model, learning_rate * root) / correction(model, "beta_1", 0.9));
  const bool is_amsgrad = case_flag(model->config, "amsgrad");
  for (size_t i = 0; i < variable->n; i++) {
    double *m = &variable->slot[0][i], *v = &variable->slot[1][i];
    double *largest = &variable->slot[2][i], *w = &variable->weight[i];
    const double g = variable->gradient[i];
    *m = r(model, *m + r(model, r(model, g - *m) * rest_1));
    *v = r(model, *v + r(model, r(model, r(model, g * g) - *v) * rest_2));
    *largest = fmax(*largest, *v);
    const double divisor = r(model, sqrt(is_amsgrad ? *largest : *v));
    *w = r(model, *w - r(model, r(model, *m * alpha) / r(model, divisor + epsilon)));
  }
}

static const ModelFormula formulas[] = {
  { "SGD", { "momentum", NULL }, false, update_sgd },
  { "Adadelta",
    { "accumulated_grad", "accumulated_delta_var" },
    true,
    update_adadelta },
  { "Adagrad", { "accumulator" }, true, update_adagrad },
  { "Adam", { "momentum", "velocity", "velocity_hat" }, true, update_adam },
  { "AdamW", { "momentum", "velocity", "velocity_hat" }, true, update_adam },
  { "RMSprop", { "velocity", "momentum", "average_gradient" }, true, update_rmsprop },
};

const ModelFormula *
formulas_find(const char *optimizer)
{
  for (size_t i = 0; i < G_N_ELEMENTS(formulas); i++) {
    if (g_str_equal(optimizer, formulas[i].optimizer)) {
      return &formulas[i];
    }
  }
  return NULL;
}

double
formulas_begin(const Model *model, size_t slot)
{
  const bool is_adagrad = model->formula != NULL
                          && g_str_equal(model->formula->optimizer, "Adagrad");
  return is_adagrad && slot == 0 ? number(model, "initial_accumulator_value", 0.1)
                                 : 0.0;
}
