/* SPDX-License-Identifier: MIT */
/* Values that the type of a parameter cannot hold are refused: at build with their
 * place, where they are set, or in the step, before anything is written. */
#include "trees.h"

#define OPTREG_ENTRY limits_plugin

#include <float.h>
#include <math.h>
#include <optreg/plugin.h>
#include <string.h>

/* ---- a plugin with rows that the project's own do not have ---- */

enum { LEARNING_RATE, FLOOR, CEILING, SHIFT, SCALAR };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 1.0, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("floor", 1.0, 0.0, INFINITY, OPTREG_MINIMUM_OPEN, "never 0"),
  OPTREG_REAL_ROW("ceiling", 1e30, 0.0, INFINITY, 0, "the largest step"),
  OPTREG_REAL_ROW("shift", 0.0, -INFINITY, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "of either sign"),
  OPTREG_REAL_ROW("scalar", 1.0, -INFINITY, INFINITY, OPTREG_SCHEDULABLE,
                  "squared into the scalar"),
};

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  const double value = step->hyperparameter[SCALAR];

  (void)self;
  scalar[0] = value == 0.0 ? NAN : value * value;
  return OPTREG_OK;
}

/* p ← p − min(α (g / floor + shift) scalar, ceiling) */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param;
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real floor_ = (real)span->hyperparameter[FLOOR];
  const real ceiling = (real)span->hyperparameter[CEILING];
  const real shift = (real)span->hyperparameter[SHIFT];
  const real scalar = (real)span->scalar[0];
  (void)self;

  for (size_t i = 0; i < span->n; i++) {
    const real x = lr * (g[i] / floor_ + shift) * scalar;
    p[i] = p[i] - (x < ceiling ? x : ceiling);
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_slot far_slots[] = {
  { "far", "begins beyond f32", NULL, NULL, 1e39, OPTREG_PER_ELEMENT,
    OPTREG_INIT_CONSTANT, 0, 0 },
};

static const optreg_optimizer_class limits = {
  OPTREG_OPTIMIZER,
  .name = "limits",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "rows with every kind of end",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = 1,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

static const optreg_optimizer_class far_slot = {
  OPTREG_OPTIMIZER,
  .name = "far_slot",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "a slot that begins beyond f32",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = 1,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(far_slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

static const optreg_optimizer_class no_rate = {
  OPTREG_OPTIMIZER,
  .name = "no_rate",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "without a learning rate",
  .granularity = OPTREG_ELEMENT,
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&limits, &far_slot, &no_rate);

/* ---- a model of one f32 and one f64 tensor, of which either may be left out ---- */

enum { N = 3, F32_ONLY = 1, F64_ONLY = 2, BOTH = 3 };

typedef struct Fixture {
  optreg_optimizer *optimizer;
  float w[N], g[N];
  double v[N], h[N];
} Fixture;

static optreg_optimizer *
parse(const char *yaml, optreg_error **error)
{
  g_autoptr(optreg_registry) registry = built_plugins();

  optreg_registry_add_plugin(registry, &limits_plugin, error);
  assert_no_error(*error);
  return optreg_optimizer_from_string(registry, yaml, "test.yaml", error);
}

static void
fixture_init(Fixture *fixture, const char *yaml, int types, double gradient)
{
  const uint64_t n = N;
  g_autoptr(optreg_error) error = NULL;

  fixture->optimizer = parse(yaml, &error);
  assert_no_error(error);
  for (size_t i = 0; i < N; i++) {
    fixture->w[i] = 1.0f;
    fixture->v[i] = 1.0;
    fixture->h[i] = gradient;
    fixture->g[i] = (float)gradient;
  }
  if ((types & F32_ONLY) != 0) {
    optreg_optimizer_add_parameter(fixture->optimizer, "w", OPTREG_F32, &n, 1,
                                   fixture->w, fixture->g, NULL);
  }
  if ((types & F64_ONLY) != 0) {
    optreg_optimizer_add_parameter(fixture->optimizer, "v", OPTREG_F64, &n, 1,
                                   fixture->v, fixture->h, NULL);
  }
}

static void
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static void
build(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_build(fixture->optimizer, &error);
  assert_no_error(error);
}

static void
assert_step_refused(Fixture *fixture, const char *message)
{
  g_autoptr(optreg_error) error = NULL;
  const optreg_step_report before = *optreg_optimizer_last_step(fixture->optimizer);
  float w[N];
  double v[N];
  memcpy(w, fixture->w, sizeof w);
  memcpy(v, fixture->v, sizeof v);

  g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                  OPTREG_STEP_ERROR);

  g_assert_cmpstr(error->message, ==, message);
  g_assert_cmpmem(fixture->w, sizeof fixture->w, w, sizeof w);
  g_assert_cmpmem(fixture->v, sizeof fixture->v, v, sizeof v);
  g_assert_cmpuint(optreg_optimizer_last_step(fixture->optimizer)->step, ==,
                   before.step);
}

static void
step(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  const optreg_status status = optreg_optimizer_step(fixture->optimizer, &error);
  assert_no_error(error);
  g_assert_cmpint(status, ==, OPTREG_STEP_APPLIED);
}

/* ---- at build ---- */

#define BEYOND_F32 " is beyond f32, the type of parameter 'w', which ends at 3.40282e38"
#define BEYOND_F64 \
  " is beyond f64, the type of parameter 'v', which ends at 1.79769e308"

static const struct {
  const char *path, *yaml;
  int types;
  optreg_error_code code;
  const char *message;
} refused[] = {
  { "learning-rate", "optimizer: sgd\nlearning_rate: 1e39\n", F32_ONLY,
    OPTREG_ERROR_CONFIG, "test.yaml:2:16: learning_rate: 1e39" BEYOND_F32 },
  { "learning-rate-beside-f64", "optimizer: sgd\nlearning_rate: 1e39\n", BOTH,
    OPTREG_ERROR_CONFIG, "test.yaml:2:16: learning_rate: 1e39" BEYOND_F32 },
  { "learning-rate-of-a-group",
    "optimizer: sgd\ngroups:\n- match: w\n  learning_rate: 1e39\n", BOTH,
    OPTREG_ERROR_CONFIG, "test.yaml:4:18: learning_rate: 1e39" BEYOND_F32 },
  { "weight-decay", "optimizer: sgd\nweight_decay: 1e39\nlearning_rate: 0\n", F32_ONLY,
    OPTREG_ERROR_CONFIG, "test.yaml:2:15: weight_decay: 1e39" BEYOND_F32 },
  { "multiplier",
    "optimizer: sgd\nlearning_rate: 1e30\ngroups:\n- match: w\n"
    "  learning_rate_multiplier: 1e10\n",
    BOTH, OPTREG_ERROR_CONFIG,
    "test.yaml:2:16: learning_rate times learning_rate_multiplier: 1e40" BEYOND_F32 },
  { "multiplier-of-f64",
    "optimizer: sgd\nlearning_rate: 1e200\ngroups:\n- match: v\n"
    "  learning_rate_multiplier: 1e200\n",
    F64_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:2:16: learning_rate times learning_rate_multiplier: inf" BEYOND_F64 },
  { "rate-and-decay", "optimizer: sgd\nlearning_rate: 1e20\nweight_decay: 1e20\n",
    F32_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:3:15: learning_rate times weight_decay: 1e40" BEYOND_F32 },
  { "rate-and-decay-of-f64",
    "optimizer: sgd\nlearning_rate: 1e200\nweight_decay: 1e200\n", F64_ONLY,
    OPTREG_ERROR_CONFIG,
    "test.yaml:3:15: learning_rate times weight_decay: inf" BEYOND_F64 },
  { "first-value-of-a-slot", "optimizer: adagrad\ninitial_accumulator_value: 1e39\n",
    F32_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:2:28: initial_accumulator_value: 1e39" BEYOND_F32 },
  { "epsilon", "optimizer: adam\nepsilon: 1e300\n", F32_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:2:10: epsilon: 1e300" BEYOND_F32 },
  { "negative", "optimizer: limits\nshift: -1e39\n", F32_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:2:8: shift: -1e39" BEYOND_F32 },
  { "zero-where-it-is-excluded", "optimizer: limits\nfloor: 1e-50\n", F32_ONLY,
    OPTREG_ERROR_CONFIG,
    "test.yaml:2:8: floor: 1e-50 is 0 in f32, the type of parameter 'w', and so out "
    "of its range" },
  { "loss-scale-of-zero", "optimizer: sgd\nloss_scale_factor: 1e-46\n", F32_ONLY,
    OPTREG_ERROR_CONFIG,
    "test.yaml:2:20: loss_scale_factor: 1e-46 is 0 in f32, the type of parameter 'w', "
    "and so out "
    "of its range" },
  { "one-where-it-is-excluded", "optimizer: adam\nbeta_1: 0.999999999\n", F32_ONLY,
    OPTREG_ERROR_CONFIG,
    "test.yaml:2:9: beta_1: 0.999999999 is 1 in f32, the type of parameter 'w', and so "
    "out "
    "of its range" },
  { "the-end-of-a-schedule",
    "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 0, end_value: "
    "1e39, "
    "steps: 100}\n",
    F32_ONLY, OPTREG_ERROR_CONFIG, "test.yaml:2:16: learning_rate: 1e39" BEYOND_F32 },
  { "the-start-of-a-schedule",
    "optimizer: limits\nshift: {schedule: linear, initial_value: -1e39, end_value: 0, "
    "steps: 100}\n",
    F32_ONLY, OPTREG_ERROR_CONFIG, "test.yaml:2:8: shift: -1e39" BEYOND_F32 },
  { "a-schedule-and-decay",
    "optimizer: sgd\nweight_decay: 1e30\nlearning_rate: {schedule: linear, "
    "initial_value: 0, end_value: 1e10, steps: 100}\n",
    F32_ONLY, OPTREG_ERROR_CONFIG,
    "test.yaml:2:15: learning_rate times weight_decay: 1e40" BEYOND_F32 },
  { "slot-of-the-plugin", "optimizer: far_slot\n", BOTH, OPTREG_ERROR_PLUGIN,
    "optimizer 'far_slot': slot 'far' begins with 1e39, which is beyond f32, the type "
    "of "
    "parameter 'w'" },
};

static void
test_build_refuses(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, refused[i].yaml, refused[i].types, 0.0);

  g_assert_false(optreg_optimizer_build(fixture.optimizer, &error));

  g_assert_cmpstr(error->message, ==, refused[i].message);
  g_assert_cmpint(error->code, ==, refused[i].code);
}

/* what f32 cannot hold is as good as any value in f64 */
static void
test_f64_holds_more(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
    if (refused[i].types == F32_ONLY) {
      g_auto(Fixture) fixture = { 0 };
      fixture_init(&fixture, refused[i].yaml, F64_ONLY, 0.0);
      build(&fixture);
    }
  }
}

static void
test_an_overwritten_parameter_has_no_limits(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1e39\n", BOTH, 0.0);
  g_assert_true(optreg_optimizer_set_overwrite(fixture.optimizer, 0, NULL));

  build(&fixture);

  step(&fixture);
  g_assert_cmpfloat(fixture.v[0], ==, 1.0);
}

static void
test_the_planned_end_of_growth_is_refused(void)
{
  static const char yaml[] =
      "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
      "initial_learning_rate: 1, decay_steps: 1, decay_rate: 2}\n";
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, yaml, F32_ONLY, 0.0);
  g_assert_true(optreg_optimizer_set_total_steps(fixture.optimizer, 130, NULL));

  g_assert_false(optreg_optimizer_build(fixture.optimizer, &error));

  g_assert_cmpstr(error->message, ==,
                  "test.yaml:2:16: learning_rate: 6.80565e38" BEYOND_F32);
  g_assert_true(optreg_optimizer_set_total_steps(fixture.optimizer, 128, NULL));
  build(&fixture);
  g_clear_pointer(&error, optreg_error_free);
  g_assert_false(optreg_optimizer_set_total_steps(fixture.optimizer, 130, &error));
  g_assert_cmpstr(error->message, ==,
                  "test.yaml:2:16: learning_rate: 6.80565e38" BEYOND_F32);
  step(&fixture);
}

static void
test_decay_needs_a_learning_rate(void)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_null(parse("optimizer: no_rate\nweight_decay: 0.1\n", &error));

  g_assert_cmpstr(
      error->message, ==,
      "test.yaml:2:15: weight_decay: no_rate has no learning_rate, by which "
      "the decay is multiplied; remove it");
}

/* ---- in a step ---- */

static const struct {
  const char *path, *yaml;
  int types;
  unsigned n_steps; /* that are applied */
  const char *message;
} overflowing[] = {
  { "learning-rate-of-f32",
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 1, decay_rate: 2}\n",
    F32_ONLY, 128, "learning_rate: 3.40282e38" BEYOND_F32 "; nothing was changed" },
  { "learning-rate-of-f64",
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 1, decay_rate: 2}\n",
    F64_ONLY, 1024, "learning_rate: inf is out of range: see optreg info" },
  { "of-either-sign",
    "optimizer: limits\nlearning_rate: 0\nshift: {schedule: exponential_decay, "
    "initial_learning_rate: -1, decay_steps: 1, decay_rate: 1e10}\n",
    BOTH, 4, "shift: -1e40" BEYOND_F32 "; nothing was changed" },
  { "with-a-multiplier",
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 1, decay_rate: 2}\ngroups:\n- match: w\n"
    "  learning_rate_multiplier: 1.125\n",
    BOTH, 128,
    "learning_rate times learning_rate_multiplier: 3.82818e38" BEYOND_F32
    "; nothing was changed" },
  { "with-decay",
    "optimizer: sgd\nweight_decay: 1e-30\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1e30, decay_steps: 1, decay_rate: 1e10}\n",
    F32_ONLY, 1, "learning_rate: 1e40" BEYOND_F32 "; nothing was changed" },
  { "restarts",
    "optimizer: sgd\nlearning_rate: {schedule: cosine_decay_restarts, "
    "initial_learning_rate: 1, first_decay_steps: 1, t_mul: 1, m_mul: 2}\n",
    F32_ONLY, 128, "learning_rate: 3.40282e38" BEYOND_F32 "; nothing was changed" },
  { "scalar",
    "optimizer: limits\nscalar: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 1, decay_rate: 1e10}\n",
    F32_ONLY, 2,
    "optimizer 'limits': begin_step gave 1e40 as scalar 0, which is beyond f32; "
    "nothing "
    "was changed" },
  { "scalar-of-f64",
    "optimizer: limits\nscalar: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 1, decay_rate: 1e100}\n",
    F64_ONLY, 2,
    "optimizer 'limits': begin_step gave inf as scalar 0, which is beyond f64; nothing "
    "was changed" },
  { "scalar-that-is-nan", "optimizer: limits\nscalar: 0\n", BOTH, 0,
    "optimizer 'limits': begin_step gave nan as scalar 0, which is beyond f32; nothing "
    "was changed" },
  { "rate-of-adam", "optimizer: adam\nlearning_rate: 3e38\nbeta_2: 0\n", F32_ONLY, 0,
    "optimizer 'adam': begin_step gave 3e39 as scalar 2, which is beyond f32; nothing "
    "was changed" },
};

static void
test_a_step_refuses(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_auto(Fixture) fixture = { 0 };
  fixture_init(&fixture, overflowing[i].yaml, overflowing[i].types, 0.0);
  build(&fixture);

  for (unsigned k = 0; k < overflowing[i].n_steps; k++) {
    step(&fixture);
  }
  assert_step_refused(&fixture, overflowing[i].message);
  assert_step_refused(&fixture, overflowing[i].message);

  for (size_t k = 0; k < N; k++) {
    g_assert_true(isfinite(fixture.w[k]) && isfinite(fixture.v[k]));
  }
}

static void
test_a_schedule_of_zero_stays_zero(void)
{
  static const char *const yamls[] = {
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 0, decay_steps: 1, decay_rate: 1e300}\n",
    "optimizer: sgd\nlearning_rate: {schedule: cosine_decay_restarts, "
    "initial_learning_rate: 0, first_decay_steps: 1, t_mul: 1, m_mul: 1e300}\n",
    "optimizer: adadelta\nrho: {schedule: exponential_decay, "
    "initial_learning_rate: 0, decay_steps: 1, decay_rate: 1e300}\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(yamls); i++) {
    g_auto(Fixture) fixture = { 0 };
    fixture_init(&fixture, yamls[i], BOTH, 1.0);
    build(&fixture);
    for (size_t k = 0; k < 5; k++) {
      step(&fixture);
    }
    g_assert_true(isfinite(fixture.w[0]) && isfinite(fixture.v[0]));
  }
}

/* a finite product, though each factor alone would overflow or underflow on the way */
static void
test_decay_is_rate_times_decay(void)
{
  static const struct {
    const char *yaml;
    double start, wanted;
  } rows[] = {
    { "learning_rate: 1e-30\nweight_decay: 1e30\n", 1, 0 },
    { "learning_rate: 5e-31\nweight_decay: 1e30\n", 1e10, 5e9 },
    { "learning_rate: 5e-39\nweight_decay: 1e38\n", 1e10, 5e9 },
    { "learning_rate: 5e37\nweight_decay: 1e-38\n", 1e20, 5e19 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    for (int clips = 0; clips < 2; clips++) {
      g_autofree char *yaml = g_strconcat("optimizer: sgd\n", rows[i].yaml,
                                          clips ? "clipvalue: 1\nclipnorm: 1\n" : "",
                                          NULL);
      g_auto(Fixture) fixture = { 0 };
      fixture_init(&fixture, yaml, BOTH, 0.0);
      build(&fixture);
      fixture.w[0] = (float)(fixture.v[0] = rows[i].start);
      step(&fixture);
      const double slack = 1e-6 * rows[i].start;
      g_assert_cmpfloat(fabs((double)fixture.w[0] - rows[i].wanted), <=, slack);
      g_assert_cmpfloat(fabs(fixture.v[0] - rows[i].wanted), <=, slack);
    }
  }
}

/* ---- set by the application ---- */

static void
assert_set_refused(Fixture *fixture, double rate, const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_set_learning_rate(fixture->optimizer, rate, &error));
  g_assert_cmpstr(error->message, ==, message);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(fixture->optimizer), ==, 0.5);
}

static void
test_a_learning_rate_that_is_set_must_fit(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_init(
      &fixture,
      "optimizer: sgd\nlearning_rate: 0.5\nweight_decay: 10\ngroups:\n- match: v\n"
      "  learning_rate_multiplier: 1e10\n",
      BOTH, 1.0);
  build(&fixture);

  assert_set_refused(&fixture, 1e39,
                     "learning_rate: 1e39" BEYOND_F32 "; nothing was changed");
  assert_set_refused(&fixture, 1e38,
                     "learning_rate times weight_decay: 1e39" BEYOND_F32
                     "; nothing was changed");
  assert_set_refused(&fixture, 1e300,
                     "learning_rate times learning_rate_multiplier: inf" BEYOND_F64
                     "; nothing was changed");
  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, -4.5f); /* 1 − 10 · 0.5 − 0.5 */
}

static void
test_a_learning_rate_that_was_set_early_is_found_at_build(void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: sgd\n", F32_ONLY, 0.0);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 1e39, NULL));

  g_assert_false(optreg_optimizer_build(fixture.optimizer, &error));

  g_assert_cmpstr(error->message, ==, "test.yaml: learning_rate: 1e39" BEYOND_F32);
}

static double
give(void *context)
{
  return *(double *)context;
}

static void
test_a_learning_rate_that_is_given_must_fit(void)
{
  g_auto(Fixture) fixture = { 0 };
  double rate = 0.5;
  fixture_init(&fixture, "optimizer: sgd\n", BOTH, 1.0);
  optreg_optimizer_set_learning_rate_function(fixture.optimizer, give, &rate, NULL);
  build(&fixture);

  step(&fixture);
  rate = 1e39;
  assert_step_refused(&fixture,
                      "learning_rate: 1e39" BEYOND_F32 "; nothing was changed");
  rate = 0.5;
  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.0f);
}

/* values of a refused step do not stay where finalize would find them */
static void
test_a_refused_value_is_not_kept(void)
{
  g_auto(Fixture) fixture = { 0 };
  double rate = 0.5;
  fixture_init(&fixture, "optimizer: test_schedulefree\n", F32_ONLY, 1.0);
  optreg_optimizer_set_learning_rate_function(fixture.optimizer, give, &rate, NULL);
  build(&fixture);
  step(&fixture);

  rate = 1e39;
  assert_step_refused(&fixture,
                      "learning_rate: 1e39" BEYOND_F32 "; nothing was changed");

  g_assert_true(optreg_optimizer_finalize(fixture.optimizer, NULL));
  g_assert_true(isfinite(fixture.w[0]));
}

/* ---- any option ---- */

static bool
is_finite(const Fixture *fixture)
{
  for (size_t i = 0; i < N; i++) {
    if (!isfinite(fixture->w[i]) || !isfinite(fixture->v[i])) {
      return false;
    }
  }
  return true;
}

static void
attempt(const char *yaml, int types)
{
  g_autoptr(optreg_error) error = NULL;
  g_auto(Fixture) fixture = { 0 };

  fixture.optimizer = parse(yaml, &error);
  if (fixture.optimizer == NULL) {
    return; /* out of the row's range */
  }
  optreg_optimizer_free(fixture.optimizer);
  fixture_init(&fixture, yaml, types, 1e-3);
  if (!optreg_optimizer_build(fixture.optimizer, NULL)) {
    return;
  }
  optreg_optimizer_step(fixture.optimizer, NULL);
  if (!is_finite(&fixture)) {
    g_test_fail_printf("not finite: %s", yaml);
  }
}

/* refused somewhere, or harmless */
static void
test_no_value_of_an_option_leaves_the_numbers(void)
{
  static const char *const optimizers[] = { "adadelta", "adagrad", "adam",
                                            "adamw",    "rmsprop", "sgd" };
  static const char *const values[] = { "1e39",  "1e300",  "1e306",  "1e37",
                                        "1e-46", "1e-300", "5e-324", "0.99999999999" };
  static const char *const wrappers[] = {
    "weight_decay",    "clipvalue",         "clipnorm",
    "global_clipnorm", "loss_scale_factor", "use_ema: true\nema_momentum"
  };
  g_autoptr(optreg_registry) registry = built_plugins();

  for (size_t o = 0; o < G_N_ELEMENTS(optimizers); o++) {
    const optreg_optimizer_info *info =
        optreg_registry_info(registry, optimizers[o], NULL);
    for (size_t i = 0; i < info->n_hyperparameters + G_N_ELEMENTS(wrappers); i++) {
      const char *option = i < info->n_hyperparameters
                               ? info->hyperparameters[i].name
                               : wrappers[i - info->n_hyperparameters];
      for (size_t k = 0; k < G_N_ELEMENTS(values); k++) {
        g_autofree char *yaml = g_strdup_printf("optimizer: %s\n%s: %s\n",
                                                optimizers[o], option, values[k]);
        attempt(yaml, F32_ONLY);
        attempt(yaml, F64_ONLY);
        attempt(yaml, BOTH);
      }
    }
  }
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/limits/build/f64-holds-more", test_f64_holds_more },
  { "/limits/build/overwritten-parameters-have-none",
    test_an_overwritten_parameter_has_no_limits },
  { "/limits/build/the-planned-end-of-growth",
    test_the_planned_end_of_growth_is_refused },
  { "/limits/config/decay-needs-a-learning-rate", test_decay_needs_a_learning_rate },
  { "/limits/step/a-schedule-of-zero-stays-zero", test_a_schedule_of_zero_stays_zero },
  { "/limits/step/decay-is-rate-times-decay", test_decay_is_rate_times_decay },
  { "/limits/step/refused-value-is-not-kept", test_a_refused_value_is_not_kept },
  { "/limits/set/learning-rate", test_a_learning_rate_that_is_set_must_fit },
  { "/limits/set/learning-rate-before-build",
    test_a_learning_rate_that_was_set_early_is_found_at_build },
  { "/limits/set/learning-rate-function", test_a_learning_rate_that_is_given_must_fit },
  { "/limits/any-option", test_no_value_of_an_option_leaves_the_numbers },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *path =
        g_strdup_printf("/limits/build/refuses/%s", refused[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_build_refuses);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(overflowing); i++) {
    g_autofree char *path =
        g_strdup_printf("/limits/step/refuses/%s", overflowing[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_a_step_refuses);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
