/* SPDX-License-Identifier: MIT */
/* Where optreg does otherwise than Keras on purpose: docs/keras.md. */
#include "departures.h"

#include <float.h>
#include <math.h>

#define IN(field) (1u << FIELD_##field)
#define IN_TENSORS (IN(WEIGHT) | IN(SLOT) | IN(EMA) | IN(ACCUMULATOR))
#define IN_ALL ((1u << N_FIELDS) - 1)

struct Departures {
  size_t n_variables;
  int *rows; /* by variable and field, -1: none */
};

/* ---- predicates, on one call and one variable ---- */

typedef bool (*Predicate)(const Model *model, size_t variable, JsonObject *step);

static bool
is_averaging_a_micro_step(const Model *model, size_t variable, JsonObject *step)
{
  (void)variable;
  (void)step;
  return model->has_average && !model->is_update;
}

static bool
is_overwriting_in_a_micro_step(const Model *model, size_t variable, JsonObject *step)
{
  return is_averaging_a_micro_step(model, variable, step)
         && model->overwrite_frequency > 0.0
         && fmod((double)(model->step_before + 1), model->overwrite_frequency) == 0.0;
}

static bool
is_taking_what_was_accumulated(const Model *model, size_t variable, JsonObject *step)
{
  (void)step;
  return model->variables[variable].is_used && !model->variables[variable].is_present;
}

static bool
is_clipped_with_such(const Model *model, size_t variable, JsonObject *step)
{
  bool is_any = false;
  for (size_t i = 0; i < model->n_variables; i++) {
    is_any |= is_taking_what_was_accumulated(model, i, step);
  }
  (void)variable;
  return is_any && model->global_clipnorm > 0.0;
}

static bool
is_only_overwriting(const Model *model, size_t variable, JsonObject *step)
{
  (void)variable;
  (void)step;
  for (size_t i = 0; i < model->n_variables; i++) {
    if (model->variables[i].is_present && !model->variables[i].is_overwritten) {
      return false;
    }
  }
  return model->has_average && model->is_update;
}

static bool
is_only_overwriting_then_averaged(const Model *model, size_t variable, JsonObject *step)
{
  return is_only_overwriting(model, variable, step) && model->overwrite_frequency > 0.0;
}

static bool
is_averaging_a_constrained(const Model *model, size_t variable, JsonObject *step)
{
  (void)step;
  return model->has_average && model->variables[variable].is_non_neg;
}

static bool
is_overwriting_a_constrained(const Model *model, size_t variable, JsonObject *step)
{
  return is_averaging_a_constrained(model, variable, step)
         && model->overwrite_frequency > 0.0;
}

static bool
is_scale_beyond_floats(const Model *model, size_t variable, JsonObject *step)
{
  const double scale = case_number(step, "loss_scale_after", 1.0);
  (void)variable;
  return model->is_dynamic && (scale < 0x1p-126 || scale > 0x1p127);
}

static bool
is_scale_lost(const Model *model, size_t variable, JsonObject *step)
{
  const double scale = case_number(step, "loss_scale_before", 1.0);
  (void)variable;
  return model->is_dynamic && (scale == 0.0 || isinf(scale) || model->is_rounded);
}

static bool
is_list_empty(const Model *model, size_t variable, JsonObject *step)
{
  (void)model;
  (void)variable;
  return json_array_get_length(case_array(step, "gradients")) == 0;
}

static bool
is_empty_list_counted(const Model *model, size_t variable, JsonObject *step)
{
  return model->is_dynamic && is_list_empty(model, variable, step);
}

static bool
is_norm_changed(const Model *model, size_t variable, JsonObject *step)
{
  (void)step;
  return model->variables[variable].is_norm_changed;
}

static bool
is_overflow(const Model *model, size_t variable, JsonObject *step)
{
  (void)variable;
  (void)step;
  return model->is_overflow;
}

static const struct {
  const char *name;
  Predicate applies;
  unsigned fields;
} rows[] = {
  [DEPARTURE_CLOSED_WINDOW] = { .name = "an accumulator is written over by the next "
                                        "window, not "
                                        "cleared" },
  [DEPARTURE_NOT_AVERAGED] = { .name = "finalize keeps weights that no update has "
                                       "averaged" },
  [DEPARTURE_NEGATIVE_STEP] = { .name = "there are no steps before 0" },
  [DEPARTURE_UNSORTED] = { .name = "boundaries that do not rise are an error" },
  [DEPARTURE_ANY_NUMBER] = { .name =
                                 "any number is a number, and 1 accumulates nothing" },
  [DEPARTURE_CLIPS_COMBINE] = { .name = "clips combine" },
  [DEPARTURE_RANGE] = { .name = "a value out of its range is an error" },
  [DEPARTURE_NO_EFFECT] = { .name = "an option without an effect is an error" },
  [DEPARTURE_UNKNOWN] = { .name = "an unknown option is an error" },
  [DEPARTURE_NO_DECAY] = { .name = "null is no decay for every optimizer" },
  [DEPARTURE_NAME] = { .name = "a name is one word" },
  { "the average moves with updates, not with calls", is_averaging_a_micro_step,
    IN(EMA) },
  { "the average overwrites weights once, after the update",
    is_overwriting_in_a_micro_step, IN(WEIGHT) | IN(EMA) },
  { "a gradient missing in the call that updates is what was accumulated",
    is_taking_what_was_accumulated, IN_TENSORS },
  { "such a gradient counts in the global norm", is_clipped_with_such, IN_TENSORS },
  { "the average moves also in an update that only overwrites", is_only_overwriting,
    IN(EMA) },
  { "and may then overwrite weights", is_only_overwriting_then_averaged,
    IN(WEIGHT) | IN(EMA) },
  { "a constraint acts before the average reads the weights",
    is_averaging_a_constrained, IN(EMA) },
  { "so does it before the average overwrites them", is_overwriting_a_constrained,
    IN(WEIGHT) | IN(EMA) },
  { "the dynamic scale stays between 2^-126 and 2^127", is_scale_beyond_floats,
    IN(SCALE) },
  { "gradients of scale 0 or infinity, or that rounded at another scale", is_scale_lost,
    IN_ALL },
  { "a call without gradients is an error that changes nothing", is_list_empty,
    IN(STATUS) },
  { "such a call is not a finite step for the dynamic scale", is_empty_list_counted,
    IN(SCALE) },
  { "norms are summed in double", is_norm_changed, IN_TENSORS },
  { "a gradient that overflows in the update is skipped under a dynamic scale",
    is_overflow, IN_ALL },
};

G_STATIC_ASSERT(G_N_ELEMENTS(rows) < MAX_DEPARTURES);

/* ---- keeping account ---- */

Departures *
departures_new(size_t n_variables)
{
  Departures *departures = g_new0(Departures, 1);
  departures->n_variables = n_variables;
  departures->rows = g_new(int, n_variables *N_FIELDS);
  for (size_t i = 0; i < n_variables * N_FIELDS; i++) {
    departures->rows[i] = -1;
  }
  return departures;
}

void
departures_free(Departures *departures)
{
  g_free(departures->rows);
  g_free(departures);
}

static void
depart(Departures *departures, size_t variable, size_t row)
{
  for (size_t field = 0; field < N_FIELDS; field++) {
    int *cell = &departures->rows[variable * N_FIELDS + field];
    if ((rows[row].fields >> field & 1u) != 0 && *cell < 0) {
      *cell = (int)row;
    }
  }
}

void
departures_advance(Departures *departures, const Model *model, JsonObject *step)
{
  for (size_t i = 0; i < departures->n_variables; i++) {
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
      if (rows[row].applies != NULL && rows[row].applies(model, i, step)) {
        depart(departures, i, row);
      }
    }
  }
}

int
departures_row(const Departures *departures, size_t variable, Field field)
{
  return departures->n_variables > 0 ? departures->rows[variable * N_FIELDS + field]
                                     : -1;
}

size_t
departures_count(void)
{
  return G_N_ELEMENTS(rows);
}

const char *
departures_name(size_t row)
{
  return rows[row].name;
}
