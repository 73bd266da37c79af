/* SPDX-License-Identifier: MIT */
/* A recorded training run: the same weights and state after every call. */
#include "compare.h"
#include "departures.h"
#include "replay.h"
#include "translate.h"

#include <math.h>
#include <string.h>

typedef struct Run {
  Outcome *outcome;
  JsonObject *recorded;
  optreg_optimizer *optimizer;
  Model *model;
  Departures *departures;
  Bar bar;
  GPtrArray *weights, *gradients, *initial; /* by variable */
  double *largest;                          /* weight so far, by variable */
  double rate;                              /* of a callable */
  double largest_rate;                      /* so far */
} Run;

static void
run_clear(Run *run)
{
  optreg_optimizer_free(run->optimizer);
  g_clear_pointer(&run->model, model_free);
  g_clear_pointer(&run->departures, departures_free);
  g_ptr_array_unref(run->weights);
  g_ptr_array_unref(run->gradients);
  g_ptr_array_unref(run->initial);
  g_free(run->largest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static JsonObject *
variable_of(const Run *run, size_t index)
{
  return json_array_get_object_element(case_array(run->recorded, "variables"),
                                       (guint)index);
}

/* ---- comparing ---- */

/* a copy in the type of the case */
static void *
to_memory(const Run *run, const double *values, size_t n)
{
  if (run->model->is_double) {
    return g_memdup2(values, n * sizeof(double));
  }
  float *floats = g_new(float, MAX(n, 1));
  for (size_t i = 0; i < n; i++) {
    floats[i] = (float)values[i];
  }
  return floats;
}

/* the model has to agree with Keras where nothing departs; otherwise it is no measure
 */
static void
check_model(const Run *run, Compared compared, const double *model)
{
  g_autofree void *actual = to_memory(run, model, compared.n);
  compared.actual = actual;
  if (!compare_is_within(run->bar, &compared)) {
    outcome_fail(run->outcome, "%s, %s of %s: the runner's own rule differs from Keras",
                 compared.when, compared.what, compared.name);
  }
}

/* Keras' numbers, or the model's where optreg departs; model NULL: not known */
static void
check_values(const Run *run, size_t variable, Compared *compared, JsonArray *keras,
             const double *model)
{
  const int row = departures_row(run->departures, variable, compared->field);
  g_autofree double *recorded = case_values(keras, run->model->is_double);

  compared->name = case_string(variable_of(run, variable), "name");
  compared->is_double = run->model->is_double;
  compared->n = json_array_get_length(keras);
  compared->initial = run->initial->pdata[variable];
  compared->largest = run->largest[variable];
  compared->expected = recorded;
  if (row < 0) {
    compare_tensor(run->outcome, run->bar, compared);
    if (model != NULL) {
      check_model(run, *compared, model);
    }
  } else if (model != NULL) {
    compared->expected = model;
    compare_tensor(run->outcome, run->bar, compared);
    run->outcome->by_own_rule[row] += compared->n;
  } else {
    run->outcome->unchecked[row] += compared->n;
  }
}

static bool
has_formula(const Run *run)
{
  return run->model->formula != NULL;
}

static void
check_weights(const Run *run, const char *when, JsonArray *keras)
{
  for (size_t i = 0; i < run->model->n_variables; i++) {
    const ModelVariable *variable = &run->model->variables[i];
    JsonArray *row = case_row(keras, (guint)i);
    g_autofree double *values = case_values(row, run->model->is_double);
    run->largest[i] = fmax(run->largest[i], compare_largest(values, variable->n));
    Compared compared = { .field = FIELD_WEIGHT,
                          .what = "weights",
                          .when = when,
                          .actual = run->weights->pdata[i] };
    check_values(run, i, &compared, row,
                 has_formula(run) || variable->is_overwritten ? variable->weight
                                                              : NULL);
  }
}

/* a state tensor of one variable; keras NULL: there must be none */
static void
check_state(const Run *run, const char *when, Field field, const char *role,
            size_t variable, JsonArray *keras, const double *model)
{
  uint64_t n = 0;
  const void *actual = optreg_optimizer_state(run->optimizer, variable, role, &n);
  const char *name = case_string(variable_of(run, variable), "name");
  Compared compared = { .field = field, .what = role, .when = when, .actual = actual };

  if ((keras == NULL) != (actual == NULL)) {
    outcome_fail(run->outcome, "%s, %s of %s: is%s there, but not in %s", when, role,
                 name, actual == NULL ? " not" : "",
                 actual == NULL ? "optreg" : "Keras");
  } else if (keras != NULL && n != json_array_get_length(keras)) {
    outcome_fail(run->outcome, "%s, %s of %s: has %u elements", when, role, name,
                 (unsigned)n);
  } else if (keras != NULL) {
    check_values(run, variable, &compared, keras, model);
  }
}

static void
check_averages(const Run *run, const char *when, JsonArray *keras)
{
  for (size_t i = 0; keras != NULL && i < run->model->n_variables; i++) {
    check_state(run, when, FIELD_EMA, "ema", i, case_row(keras, (guint)i),
                has_formula(run) ? run->model->variables[i].average : NULL);
  }
}

/* after a window Keras clears the accumulator, optreg writes over it in the next one */
static void
check_accumulators(const Run *run, const char *when, JsonArray *keras)
{
  const bool is_open = run->model->position > 0;
  for (size_t i = 0; keras != NULL && i < run->model->n_variables; i++) {
    const ModelVariable *variable = &run->model->variables[i];
    if (is_open) {
      check_state(run, when, FIELD_ACCUMULATOR, "gradient_accumulator", i,
                  case_row(keras, (guint)i), variable->accumulator);
    } else {
      run->outcome->unchecked[DEPARTURE_CLOSED_WINDOW] += variable->n;
    }
  }
}

/* ---- one call ---- */

/* what the application would pass: the loss times optreg's scale, not Keras' */
static double
rescaling(const Run *run, size_t variable, JsonObject *step)
{
  const double theirs = case_number(step, "loss_scale_before", 1.0);
  if (departures_row(run->departures, 0, FIELD_SCALE) < 0
      || run->model->variables[variable].is_overwritten || theirs == 0.0
      || isinf(theirs)) {
    return 1.0;
  }
  return run->model->scale / theirs;
}

/* at the other scale a gradient may be too small or too large for its type */
static void
rescale(const Run *run, double *value, double factor)
{
  const double rescaled = *value * factor;
  *value = run->model->is_double ? rescaled : (double)(float)rescaled;
  run->model->is_rounded |= *value != rescaled && !isnan(rescaled);
}

static double **
read_gradients(const Run *run, JsonObject *step)
{
  JsonArray *gradients = case_array(step, "gradients");
  double **values = g_new0(double *, run->model->n_variables + 1);
  run->model->is_rounded = false;
  for (guint i = 0; i < json_array_get_length(gradients); i++) {
    JsonArray *row = case_row(gradients, i);
    const double factor = rescaling(run, i, step);
    values[i] = row != NULL ? case_values(row, run->model->is_double) : NULL;
    for (guint j = 0; row != NULL && j < json_array_get_length(row); j++) {
      rescale(run, &values[i][j], factor);
    }
  }
  return values;
}

static void
pass_gradients(Run *run, double *const *gradients)
{
  g_ptr_array_set_size(run->gradients, 0);
  for (size_t i = 0; i < run->model->n_variables; i++) {
    const size_t n = run->model->variables[i].n;
    void *memory = gradients[i] != NULL ? to_memory(run, gradients[i], n) : NULL;
    g_ptr_array_add(run->gradients, memory);
    if (!optreg_optimizer_set_gradient(run->optimizer, i, memory, NULL)) {
      outcome_fail(run->outcome, "set_gradient refuses variable %zu", i);
    }
  }
}

static void
free_gradients(const Run *run, double **gradients)
{
  for (size_t i = 0; i < run->model->n_variables; i++) {
    g_free(gradients[i]);
  }
  g_free(gradients);
}

static const struct {
  optreg_status status;
  const char *name;
} statuses[] = {
  [MODEL_APPLIED] = { OPTREG_STEP_APPLIED, "applied" },
  [MODEL_ACCUMULATED] = { OPTREG_STEP_ACCUMULATED, "accumulated" },
  [MODEL_SKIPPED] = { OPTREG_STEP_SKIPPED_NONFINITE, "skipped" },
  [MODEL_REFUSED] = { OPTREG_STEP_ERROR, "an error" },
};

/* false when all gradients of the call overwrite */
static bool
does_train(const Model *model)
{
  for (size_t i = 0; i < model->n_variables; i++) {
    if (model->variables[i].is_present && !model->variables[i].is_overwritten) {
      return true;
    }
  }
  return false;
}

/* Keras tells only whether its formula ran, and errors */
static bool
is_status_of_keras(const Run *run, ModelStatus status, JsonObject *step)
{
  return (status == MODEL_APPLIED && does_train(run->model))
             == case_flag(step, "updated")
         && (status == MODEL_REFUSED) == (case_object(step, "error") != NULL);
}

static void
check_status(const Run *run, const char *when, JsonObject *step, ModelStatus model,
             optreg_status actual)
{
  const int row = departures_row(run->departures, 0, FIELD_STATUS);
  if (row >= 0) {
    run->outcome->by_own_rule[row]++;
  } else if (!is_status_of_keras(run, model, step)) {
    outcome_fail(run->outcome, "%s: Keras has not %s", when, statuses[model].name);
  }
  if (actual != statuses[model].status) {
    outcome_fail(run->outcome, "%s: the status is %d, should be %s", when, (int)actual,
                 statuses[model].name);
  }
}

static void
check_message(const Run *run, const char *when, const optreg_error *error)
{
  if (error != NULL
      && (error->code != OPTREG_ERROR_ARGUMENT
          || strstr(error->message, "gradient") == NULL)) {
    outcome_fail(run->outcome, "%s: %s", when, error->message);
  }
}

/* a number that belongs to no tensor; `keras` where nothing departs, else `model` */
static void
check_number(const Run *run, const char *when, Field field, const char *what,
             double actual, double keras, double model)
{
  const int row = departures_row(run->departures, 0, field);
  const double expected = row < 0 ? keras : model;
  if (row >= 0) {
    run->outcome->by_own_rule[row]++;
  }
  if (actual != expected) {
    outcome_fail(run->outcome, "%s: %s is %.9g, should be %.9g", when, what, actual,
                 expected);
  }
}

static void
check_rate(Run *run, const char *when, JsonObject *step, double actual)
{
  const double keras = case_number(step, "learning_rate", 0.0);
  const int row = departures_row(run->departures, 0, FIELD_RATE);
  const bool is_scheduled = translate_rate_class(run->recorded) != NULL;
  run->largest_rate = fmax(run->largest_rate, fabs(keras));
  if (row >= 0) {
    run->outcome->unchecked[row]++;
  } else if (is_scheduled ? !(fabs(actual - keras) <= 1e-6 * run->largest_rate)
             : run->model->is_double ? actual != keras
                                     : (float)actual != (float)keras) {
    outcome_fail(run->outcome, "%s: the learning rate is %.17g, should be %.17g", when,
                 actual, keras);
  }
}

static void
check_report(const Run *run, const char *when, JsonObject *step)
{
  const optreg_step_report *report = optreg_optimizer_last_step(run->optimizer);
  const Model *model = run->model;
  check_number(run, when, FIELD_COUNTERS, "step", (double)report->step,
               case_number(step, "iterations", 0.0), (double)model->step);
  check_number(run, when, FIELD_COUNTERS, "micro_step", (double)report->micro_step,
               case_number(step, "iterations_raw", 0.0), (double)model->micro_step);
  if (model->is_dynamic) {
    check_number(run, when, FIELD_SCALE, "the loss scale after the call",
                 optreg_optimizer_scale_loss(run->optimizer, 1.0),
                 case_number(step, "loss_scale_after", 0.0), model->scale);
  }
}

/* what only a call that is no error reports */
static void
check_taken(Run *run, const char *when, JsonObject *step)
{
  const optreg_step_report *report = optreg_optimizer_last_step(run->optimizer);
  check_rate(run, when, step, report->learning_rate);
  if (run->model->is_dynamic) {
    check_number(run, when, FIELD_SCALE, "the loss scale", report->loss_scale,
                 case_number(step, "loss_scale_before", 0.0), run->model->scale_before);
  }
}

/* for the model: a schedule whose counter departs has left Keras' values */
static double
rate_of(const Run *run, JsonObject *step)
{
  return departures_row(run->departures, 0, FIELD_RATE) < 0
             ? case_number(step, "learning_rate", 0.0)
             : optreg_optimizer_last_step(run->optimizer)->learning_rate;
}

static void
replay_step(Run *run, JsonObject *step)
{
  g_autofree char *when = g_strdup_printf("call %.0f", case_number(step, "step", 0.0));
  g_autoptr(optreg_error) error = NULL;
  double **gradients = read_gradients(run, step);

  if (json_object_has_member(step, "set_learning_rate")
      && !optreg_optimizer_set_learning_rate(
          run->optimizer, case_number(step, "set_learning_rate", 0.0), NULL)) {
    outcome_fail(run->outcome, "%s: set_learning_rate is refused", when);
  }
  pass_gradients(run, gradients);
  const optreg_status status = optreg_optimizer_step(run->optimizer, &error);
  const ModelStatus model = model_step(run->model, gradients, rate_of(run, step));
  free_gradients(run, gradients);

  departures_advance(run->departures, run->model, step);
  check_status(run, when, step, model, status);
  check_message(run, when, error);
  check_report(run, when, step);
  if (model != MODEL_REFUSED) {
    check_taken(run, when, step);
  }
  check_weights(run, when, case_array(step, "variables"));
  check_averages(run, when, case_array(step, "average"));
  check_accumulators(run, when, case_array(step, "gradient_accumulator"));
}

/* ---- the end ---- */

static void
check_final(const Run *run)
{
  static const char when[] = "at the end";
  JsonObject *slots = case_object(case_object(run->recorded, "final"), "slots");
  g_autoptr(GList) names = json_object_get_members(slots);
  for (GList *name = names; name != NULL; name = name->next) {
    JsonArray *keras = case_array(slots, name->data);
    if (g_str_equal(name->data, "average")) {
      check_averages(run, when, keras);
      continue;
    }
    if (g_str_equal(name->data, "gradient_accumulator")) {
      check_accumulators(run, when, keras);
      continue;
    }
    for (size_t i = 0; i < run->model->n_variables; i++) {
      check_state(run, when, FIELD_SLOT, name->data, i, case_row(keras, (guint)i),
                  model_slot(run->model, i, name->data));
    }
  }
}

/* Keras' averages are zero then, or copies of the weights */
static void
check_not_averaged(const Run *run)
{
  for (size_t i = 0; i < run->model->n_variables; i++) {
    const ModelVariable *variable = &run->model->variables[i];
    const Compared compared = { .field = FIELD_WEIGHT,
                                .what = "finalized weights",
                                .name = case_string(variable_of(run, i), "name"),
                                .when = "at the end",
                                .actual = run->weights->pdata[i],
                                .is_double = run->model->is_double,
                                .expected = variable->weight,
                                .n = variable->n };
    compare_tensor(run->outcome, BAR_EXACT, &compared);
    run->outcome->by_own_rule[DEPARTURE_NOT_AVERAGED] += variable->n;
  }
}

/* the weights become their averages: fields of the EMA depart, not those of the weights
 */
static void
check_finalized(const Run *run)
{
  JsonArray *keras = case_array(run->recorded, "finalized_variables");
  g_autoptr(optreg_error) error = NULL;

  if (!optreg_optimizer_finalize(run->optimizer, &error)) {
    outcome_fail(run->outcome, "finalize: %s", error->message);
  }
  if (keras != NULL && run->model->step == 0) {
    check_not_averaged(run);
    return;
  }
  for (size_t i = 0; keras != NULL && i < run->model->n_variables; i++) {
    const ModelVariable *variable = &run->model->variables[i];
    Compared compared = { .field = FIELD_EMA,
                          .what = "finalized weights",
                          .when = "at the end",
                          .actual = run->weights->pdata[i] };
    check_values(run, i, &compared, case_row(keras, (guint)i),
                 !has_formula(run)          ? NULL
                 : variable->is_overwritten ? variable->weight
                                            : variable->average);
  }
}

/* ---- the beginning ---- */

static double
callable_rate(void *context)
{
  return ((const Run *)context)->rate;
}

static bool
add_variable(Run *run, size_t index, optreg_error **error)
{
  uint64_t dims[16];
  const ModelVariable *variable = &run->model->variables[index];
  JsonArray *shape = case_array(variable_of(run, index), "shape");
  const guint ndim = MIN(json_array_get_length(shape), 16);
  void *memory = to_memory(run, variable->weight, variable->n);

  for (guint i = 0; i < ndim; i++) {
    dims[i] = (uint64_t)json_array_get_int_element(shape, i);
  }
  g_ptr_array_add(run->weights, memory);
  g_ptr_array_add(run->initial,
                  g_memdup2(variable->weight, variable->n * sizeof(double)));
  return optreg_optimizer_add_parameter(run->optimizer,
                                        case_string(variable_of(run, index), "name"),
                                        run->model->is_double ? OPTREG_F64 : OPTREG_F32,
                                        dims, ndim, memory, NULL, error)
         && (!variable->is_non_neg
             || optreg_optimizer_set_non_neg(run->optimizer, index, error))
         && (!variable->is_overwritten
             || optreg_optimizer_set_overwrite(run->optimizer, index, error));
}

static bool
set_callable(Run *run, optreg_error **error)
{
  JsonObject *rate = case_object(case_object(run->recorded, "config"), "learning_rate");
  if (g_strcmp0(translate_rate_class(run->recorded), "callable") != 0) {
    return true;
  }
  run->rate = case_number(case_object(rate, "config"), "value", 0.0);
  return optreg_optimizer_set_learning_rate_function(run->optimizer, callable_rate, run,
                                                     error);
}

static bool
begin(Run *run, optreg_registry *registry, const char *name, optreg_error **error)
{
  g_autofree char *json = run->outcome->is_keras ? translate_to_keras(run->recorded)
                                                 : NULL;
  g_autofree char *yaml = json != NULL ? g_steal_pointer(&json)
                                       : translate_to_yaml(run->recorded, name);
  run->optimizer =
      optreg_optimizer_from_string(registry, yaml, run->outcome->id, error);
  if (run->optimizer == NULL || !optreg_optimizer_set_threads(run->optimizer, 1, error)
      || !set_callable(run, error)) {
    return false;
  }
  for (size_t i = 0; i < run->model->n_variables; i++) {
    if (!add_variable(run, i, error)) {
      return false;
    }
  }
  return optreg_optimizer_build(run->optimizer, error);
}

/* "NonNeg" is the only constraint that Keras' cases have */
static bool
has_unknown_constraint(const Run *run)
{
  for (size_t i = 0; i < run->model->n_variables; i++) {
    const char *constraint = case_string(variable_of(run, i), "constraint");
    if (constraint != NULL && !g_str_equal(constraint, "NonNeg")) {
      return true;
    }
  }
  return false;
}

static void
run_init(Run *run, Outcome *outcome, JsonObject *recorded)
{
  *run = (Run){
    .outcome = outcome,
    .recorded = recorded,
    .model = model_new(recorded),
    .weights = g_ptr_array_new_with_free_func(g_free),
    .gradients = g_ptr_array_new_with_free_func(g_free),
    .initial = g_ptr_array_new_with_free_func(g_free),
  };
  outcome->is_elementwise = translate_is_elementwise(recorded);
  run->bar = run->model->is_double     ? BAR_DOUBLE
             : outcome->is_elementwise ? BAR_EXACT
                                       : BAR_LOOSE;
  run->departures = departures_new(run->model->n_variables);
  run->largest = g_new0(double, run->model->n_variables + 1);
}

void
replay_training(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  g_auto(Run) run = { 0 };
  g_autoptr(optreg_error) error = NULL;
  JsonArray *steps = case_array(recorded, "steps");
  const char *class_name = case_string(recorded, "optimizer");
  g_autofree char *name = translate_optimizer(registry, class_name);

  run_init(&run, outcome, recorded);
  if (name == NULL) {
    outcome_skip(outcome, "no plugin for %s", class_name);
  } else if (has_unknown_constraint(&run)) {
    outcome_fail(outcome, "the runner does not know the constraint of this case");
  } else if (!begin(&run, registry, name, &error)) {
    outcome_fail(outcome, "%s", error->message);
  } else {
    for (guint i = 0; i < json_array_get_length(steps); i++) {
      replay_step(&run, json_array_get_object_element(steps, i));
    }
    check_final(&run);
    check_finalized(&run);
  }
}
