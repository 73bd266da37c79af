/* SPDX-License-Identifier: MIT */
/* Tables of schedules: the learning rate of each step. */
#include "departures.h"
#include "replay.h"
#include "translate.h"

#include <math.h>

#define BAR 1e-6

typedef struct Table {
  Outcome *outcome;
  optreg_optimizer *optimizer;
  double largest;
  bool is_ambiguous; /* the columns may differ */
  guint64 step;      /* of the next call */
} Table;

static bool
build_scalar(optreg_optimizer *optimizer, float *memory, optreg_error **error)
{
  return optreg_optimizer_set_threads(optimizer, 1, error)
         && optreg_optimizer_add_parameter(optimizer, "scalar", OPTREG_F32, NULL, 0,
                                           memory, memory + 1, error)
         && optreg_optimizer_build(optimizer, error);
}

/* call step until it reports the rate of this step */
static double
rate_at(Table *table, guint64 step)
{
  g_autoptr(optreg_error) error = NULL;
  for (; table->step <= step; table->step++) {
    if (optreg_optimizer_step(table->optimizer, &error) == OPTREG_STEP_ERROR) {
      outcome_fail(table->outcome, "step %" G_GUINT64_FORMAT ": %s", table->step,
                   error->message);
      return NAN;
    }
  }
  return optreg_optimizer_last_step(table->optimizer)->learning_rate;
}

static bool
is_near(double actual, double keras, double allowed)
{
  return (isnan(actual) && isnan(keras)) || actual == keras
         || fabs(actual - keras) <= allowed;
}

/* Keras' float32 loses digits where a rate is small beside its parts, as does a cosine
 * near its end; the same code in float64 does not. Where the two choose different
 * restarts, either is good. */
static void
check_rate(Table *table, guint64 step, double in_float, double in_double)
{
  const double actual = rate_at(table, step);
  const bool is_double_good = is_near(actual, in_double, BAR * fabs(in_double));
  const bool is_float_good = is_near(actual, in_float, BAR * table->largest);
  const bool may_differ = table->is_ambiguous
                          && !is_near(in_float, in_double, 1e-3 * table->largest);

  table->outcome->n_compared++;
  if (may_differ ? !is_double_good && !is_float_good
                 : !is_double_good || !is_float_good) {
    outcome_fail(table->outcome, "step %" G_GUINT64_FORMAT ": %.9g, should be %.9g",
                 step, actual, in_double);
  }
}

/* the logarithms of a growing period may fall on either side of a restart */
static bool
is_ambiguous(JsonObject *schedule)
{
  return g_str_equal(case_string(schedule, "class_name"), "CosineDecayRestarts")
         && case_number(case_object(schedule, "config"), "t_mul", 2.0) != 1.0;
}

static double
largest_of(JsonArray *rates)
{
  double largest = 0.0;
  for (guint i = 0; i < json_array_get_length(rates); i++) {
    largest = fmax(largest, fabs(case_value(rates, i, true)));
  }
  return largest;
}

static void
check_table(Table *table, JsonObject *recorded)
{
  JsonArray *steps = case_array(recorded, "schedule_steps"),
            *floats = case_array(recorded, "learning_rates"),
            *doubles = case_array(recorded, "learning_rates_f64");
  table->largest = largest_of(doubles);
  for (guint i = 0; i < json_array_get_length(steps); i++) {
    const double step = case_value(steps, i, true);
    if (step < 0.0) {
      table->outcome->unchecked[DEPARTURE_NEGATIVE_STEP]++;
    } else {
      check_rate(table, (guint64)step, case_value(floats, i, true),
                 case_value(doubles, i, true));
    }
  }
}

static bool
does_rise(JsonArray *boundaries)
{
  for (guint i = 1; boundaries != NULL && i < json_array_get_length(boundaries); i++) {
    if (trunc(case_value(boundaries, i, true))
        <= trunc(case_value(boundaries, i - 1, true))) {
      return false;
    }
  }
  return true;
}

static void
check_refusal(Outcome *outcome, const optreg_optimizer *optimizer,
              const optreg_error *error, JsonObject *recorded)
{
  const guint n = json_array_get_length(case_array(recorded, "schedule_steps"));
  outcome->by_own_rule[DEPARTURE_UNSORTED] += n;
  if (optimizer != NULL) {
    outcome_fail(outcome, "boundaries that do not rise are accepted");
  } else if (g_strrstr(error->message, "boundaries") == NULL) {
    outcome_fail(outcome, "%s", error->message);
  }
}

void
replay_schedule(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  float memory[2] = { 0.0f };
  JsonObject *schedule = case_object(recorded, "schedule");
  g_autofree char *yaml = translate_schedule_to_yaml(schedule);
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_string(registry, yaml, outcome->id, &error);
  Table table = { .outcome = outcome,
                  .optimizer = optimizer,
                  .is_ambiguous = is_ambiguous(schedule) };

  if (!does_rise(case_array(case_object(schedule, "config"), "boundaries"))) {
    check_refusal(outcome, optimizer, error, recorded);
  } else if (optimizer == NULL || !build_scalar(optimizer, memory, &error)) {
    outcome_fail(outcome, "%s", error->message);
  } else {
    check_table(&table, recorded);
  }
}
