/* SPDX-License-Identifier: MIT */
/* What no schedule may be, and how it is said. */
#include "reading.h"

#include "error.h"

typedef struct Refusal {
  const char *name, *text; /* after "learning_rate: " */
  const char *message;     /* after "a.yaml:1:" */
} Refusal;

#define ALL                                                                         \
  "exponential_decay, piecewise_constant_decay, polynomial_decay, "                 \
  "inverse_time_decay, "                                                            \
  "cosine_decay, cosine_decay_restarts, constant, linear, warmup, one_cycle, wsd, " \
  "noam"
#define LINEAR "{schedule: linear, initial_value: 1, end_value: 0, "
#define COSINE "{schedule: cosine_decay, initial_learning_rate: 1, decay_steps: "
#define EXPONENTIAL \
  "{schedule: exponential_decay, initial_learning_rate: 1, decay_steps: "
#define PIECEWISE "{schedule: piecewise_constant_decay, "
#define STEPS_HINT " or a percentage of the planned steps such as 30%"

static const Refusal refusals[] = {
  /* names and keys */
  { "no-schedule", "{value: 1}",
    "16: learning_rate: a mapping needs schedule: NAME, one of " ALL },
  { "empty", "{}", "16: learning_rate: a mapping needs schedule: NAME, one of " ALL },
  { "schedule-null", "{schedule: }",
    "27: learning_rate: a mapping needs schedule: NAME, one of " ALL },
  { "schedule-list", "{schedule: [linear]}",
    "27: learning_rate: a mapping needs schedule: NAME, one of " ALL },
  { "name-near", "{schedule: linaer}",
    "27: unknown schedule 'linaer', did you mean 'linear'?" },
  { "name-of-keras", "{schedule: ExponentialDecay}",
    "27: unknown schedule 'ExponentialDecay', did you mean 'exponential_decay'?" },
  { "name-beginning", "{schedule: cosine}",
    "27: unknown schedule 'cosine', did you mean 'cosine_decay'?" },
  { "name-far", "{schedule: xyz}", "27: unknown schedule 'xyz', known are " ALL },
  { "key-near", LINEAR "step: 5}",
    "67: unknown parameter of linear 'step', did you mean 'steps'?" },
  { "key-far", "{schedule: constant, value: 1, xyz: 5}",
    "47: unknown parameter of constant 'xyz', known are value, schedule, counter" },
  { "key-of-another-schedule", "{schedule: constant, value: 1, alpha: 5}",
    "47: unknown parameter of constant 'alpha', known are value, schedule, counter" },
  { "counter-inside",
    "{schedule: warmup, steps: 1, then: {schedule: constant, value: 1, counter: step}}",
    "82: counter belongs to the outermost schedule; move it there" },
  { "counter-unknown", "{schedule: constant, value: 1, counter: epoch}",
    "56: counter: expected step, which counts updates, or micro_step, which counts "
    "gradients" },
  { "counter-null", "{schedule: constant, value: 1, counter: }",
    "56: counter: expected step, which counts updates, or micro_step, which counts "
    "gradients" },
  { "missing", "{schedule: linear, initial_value: 1, steps: 5}",
    "16: linear: end_value is missing; it is the value from step `steps` on" },

  /* types */
  { "value-word", "{schedule: constant, value: abc}",
    "44: value: 'abc' is not a number, permitted is [0, inf)" },
  { "value-null", "{schedule: constant, value: null}", "44: value: expected a number" },
  { "value-list", "{schedule: constant, value: [1]}", "44: value: expected a number" },
  { "value-mapping", "{schedule: constant, value: {schedule: constant, value: 1}}",
    "44: value: expected a number" },
  { "then-list", "{schedule: warmup, steps: 1, then: [1]}",
    "51: then: expected a number or {schedule: NAME, ...}" },
  { "switch-number", EXPONENTIAL "5, decay_rate: 1, staircase: 1}",
    "114: staircase: '1' is neither true nor false" },
  { "switch-list", EXPONENTIAL "5, decay_rate: 1, staircase: []}",
    "114: staircase: expected true or false" },
  { "choice-unknown",
    "{schedule: one_cycle, max_value: 1, anneal_strategy: cosine, total_steps: 5}",
    "69: anneal_strategy: 'cosine' is not one of cos, linear" },
  { "list-a-number", PIECEWISE "boundaries: 5, values: [1, 2]}",
    "65: boundaries: expected a list of steps such as [100, 200]" },
  { "list-empty", PIECEWISE "boundaries: [], values: [1]}",
    "65: boundaries: expected a list of steps such as [100, 200]" },
  { "list-of-lists", PIECEWISE "boundaries: [[5]], values: [1, 2]}",
    "66: boundaries: expected a number of steps" },
  { "values-a-number", PIECEWISE "boundaries: [5], values: 1}",
    "78: values: expected a list of values such as [1, 0.1, 0.01]" },
  { "steps-word", LINEAR "steps: ten}",
    "74: steps: 'ten' is not a number, permitted is [1, inf)" STEPS_HINT },
  { "steps-null", LINEAR "steps: null}", "74: steps: expected a number of steps" },
  { "steps-share", LINEAR "steps: 0.3}",
    "74: steps: 0.3 is less than one step; write 30% for a share of the planned "
    "steps" },
  { "steps-percentage-word", LINEAR "steps: ten%}",
    "74: steps: 'ten%' is not a percentage such as 30%" },
  { "steps-percentage-alone", LINEAR "steps: '%'}",
    "74: steps: '%' is not a percentage such as 30%" },
  { "steps-percentage-infinite", LINEAR "steps: inf%}",
    "74: steps: 'inf%' is not a percentage such as 30%" },
  { "steps-percentage-zero", LINEAR "steps: 0%}",
    "74: steps: 0% is out of range, permitted is more than 0%" },
  { "steps-percentage-negative", LINEAR "steps: -5%}",
    "74: steps: -5% is out of range, permitted is more than 0%" },
  { "value-percentage", "{schedule: constant, value: 10%}",
    "44: value: '10%' is not a number, permitted is [0, inf)" },

  /* where Keras raises: decay_steps or first_decay_steps <= 0, lengths of lists */
  { "keras-exponential-steps", EXPONENTIAL "0, decay_rate: 1}",
    "85: decay_steps: 0 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-exponential-negative-steps", EXPONENTIAL "-1, decay_rate: 1}",
    "85: decay_steps: -1 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-polynomial-steps",
    "{schedule: polynomial_decay, initial_learning_rate: 1, decay_steps: 0}",
    "84: decay_steps: 0 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-inverse-time-steps",
    "{schedule: inverse_time_decay, initial_learning_rate: 1, decay_steps: 0, "
    "decay_rate: "
    "1}",
    "86: decay_steps: 0 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-cosine-steps", COSINE "0}",
    "80: decay_steps: 0 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-restarts-steps",
    "{schedule: cosine_decay_restarts, initial_learning_rate: 1, first_decay_steps: "
    "-3}",
    "95: first_decay_steps: -3 is out of range, permitted is [1, inf)" STEPS_HINT },
  { "keras-piecewise-lengths", PIECEWISE "boundaries: [5, 9], values: [1, 2]}",
    "81: values: there must be 3, one more than boundaries, not 2" },
  { "piecewise-lengths-of-percentages", PIECEWISE "boundaries: [5%, 9%], values: [1]}",
    "83: values: there must be 3, one more than boundaries, not 1" },

  /* where Keras does something that nobody wants */
  { "piecewise-falling", PIECEWISE "boundaries: [5, 2], values: [1, 2, 3]}",
    "65: boundaries: must increase, but 2 follows 5" },
  { "piecewise-equal", PIECEWISE "boundaries: [5, 5], values: [1, 2, 3]}",
    "65: boundaries: must increase, but 5 follows 5" },
  { "piecewise-negative", PIECEWISE "boundaries: [-5], values: [1, 2]}",
    "66: boundaries: -5 is out of range, permitted is [0, inf)" STEPS_HINT },
  { "piecewise-infinite-value", PIECEWISE "boundaries: [5], values: [1, inf]}",
    "82: values: inf is out of range, permitted is [0, inf)" },
  { "cosine-warmup-without-target", COSINE "5, warmup_steps: 4}",
    "97: warmup_steps: has no effect without warmup_target; add warmup_target or "
    "remove "
    "warmup_steps" },
  { "restarts-shrinking",
    "{schedule: cosine_decay_restarts, initial_learning_rate: 1, first_decay_steps: 3, "
    "t_mul: 0.5}",
    "105: t_mul: 0.5 is out of range, permitted is [1, 1000000]" },
  { "polynomial-negative-power",
    "{schedule: polynomial_decay, initial_learning_rate: 1, decay_steps: 9, power: -1}",
    "94: power: -1 is out of range, permitted is [0, inf)" },
  { "negative-decay-rate", EXPONENTIAL "5, decay_rate: -0.5}",
    "100: decay_rate: -0.5 is out of range, permitted is [0, inf)" },

  /* values beyond the hyperparameter's range */
  { "negative-value", "{schedule: constant, value: -1}",
    "44: value: -1 is out of range, permitted is [0, inf)" },
  { "cosine-below-zero", COSINE "5, alpha: -0.1}",
    "16: cosine_decay: reaches -0.1, but learning_rate must stay in [0, inf)" },
  { "restarts-below-zero",
    "{schedule: cosine_decay_restarts, initial_learning_rate: 1, first_decay_steps: 3, "
    "m_mul: 1.5, alpha: 2}",
    "16: cosine_decay_restarts: reaches -inf, but learning_rate must stay in [0, "
    "inf)" },

  /* contradictions */
  { "one-cycle-long-way-up",
    "{schedule: one_cycle, max_value: 1, total_steps: 9, pct_start: 0.6, three_phase: "
    "true}",
    "79: pct_start: three_phase goes down as long as up; write at most 0.5" },
  { "wsd-too-long",
    "{schedule: wsd, peak_value: 1, warmup_steps: 50, total_steps: 99, decay_steps: "
    "50}",
    "78: total_steps: 99 are less than 50 of warmup and 50 of decay together" },
};

/* the same for rho, whose range ends at 1 */
static const Refusal refusals_of_rho[] = {
  { "growing-beyond-the-range",
    "{schedule: exponential_decay, initial_learning_rate: 0.9, decay_steps: 10, "
    "decay_rate: 1.1}",
    "6: exponential_decay: reaches inf, but rho must stay in [0, 1]" },
  { "end-value", "{schedule: linear, initial_value: 1, end_value: 1.1, steps: 5}",
    "54: end_value: 1.1 is out of range, permitted is [0, 1]" },
  { "nested-value", "{schedule: warmup, steps: 5, then: 2}",
    "41: then: 2 is out of range, permitted is [0, 1]" },
  { "nested-schedule",
    "{schedule: warmup, steps: 5, then: {schedule: noam, model_size: 1, warmup_steps: "
    "1, "
    "factor: 2}}",
    "41: noam: reaches 2, but rho must stay in [0, 1]" },
  { "first-value-of-one-cycle",
    "{schedule: one_cycle, max_value: 1, total_steps: 5, div_factor: 0.5}",
    "6: one_cycle: reaches 2, but rho must stay in [0, 1]" },
};

static void
refuse(const optreg_hyperparameter *row, const Refusal *refusal)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregSchedule) schedule = schedule_read(row, refusal->text, &error);

  g_assert_null(schedule);
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG);
  g_assert_true(g_str_has_prefix(error->message, "a.yaml:1:"));
  g_assert_cmpstr(error->message + strlen("a.yaml:1:"), ==, refusal->message);
}

static void
test_refuse(const void *refusal)
{
  refuse(&learning_rate, refusal);
}

static void
test_refuse_for_rho(const void *refusal)
{
  refuse(&rho, refusal);
}

static void
add_rows(const char *folder, const Refusal *rows, size_t n, GTestDataFunc function)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat(folder, rows[i].name, NULL);
    g_test_add_data_func(path, &rows[i], function);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  add_rows("/schedules/refuse/", refusals, G_N_ELEMENTS(refusals), test_refuse);
  add_rows("/schedules/refuse-for-rho/", refusals_of_rho, G_N_ELEMENTS(refusals_of_rho),
           test_refuse_for_rho);
  return g_test_run();
}
