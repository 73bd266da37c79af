/* SPDX-License-Identifier: MIT */
/* Candidates beside a live optimizer: what they see, what is said about them, and that
 * the live one does not notice. */
#include "model.h"
#include "trees.h"

#include <math.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_shadow, optreg_shadow_free)

static const char sgd[] = "optimizer: sgd\nlearning_rate: 0.5\n";
static const char adam[] = "optimizer: adam\nlearning_rate: 0.001\n";

/* a model in training and its shadow; the model is freed last */
typedef struct Shadowed {
  Model *model;
  optreg_shadow *shadow;
} Shadowed;

static void
shadowed_clear(Shadowed *shadowed)
{
  optreg_shadow_free(shadowed->shadow);
  model_free(shadowed->model);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shadowed, shadowed_clear)

static void
add(const Shadowed *shadowed, const char *name, const char *yaml)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_shadow_add(shadowed->shadow, name, optimizer_from_text(yaml), &error);
  assert_no_error(error);
}

static Shadowed
shadow_model(Model *model)
{
  g_autoptr(optreg_error) error = NULL;
  const Shadowed shadowed = { model, optreg_shadow_new(model->optimizer, &error) };

  assert_no_error(error);
  return shadowed;
}

static Shadowed
live(const char *yaml)
{
  return shadow_model(model_from_text(yaml));
}

static optreg_status
step(Shadowed *shadowed)
{
  g_autoptr(optreg_error) error = NULL;

  model_fill_gradients(shadowed->model);
  const optreg_status status = optreg_shadow_step(shadowed->shadow, &error);
  assert_no_error(error);
  return status;
}

static const optreg_shadow_report *
report_of(const Shadowed *shadowed, size_t candidate)
{
  return optreg_shadow_last_step(shadowed->shadow, candidate);
}

/* ---- equal optimizers ---- */

static void
assert_equal(const optreg_contrast *contrast)
{
  if (contrast->n > 0 && contrast->live_rms > 0.0) {
    g_assert_cmpfloat(contrast->cosine, ==, 1.0);
    g_assert_cmpfloat(contrast->rms_ratio, ==, 1.0);
  }
  g_assert_true(isnan(contrast->rms) || contrast->rms == contrast->live_rms);
  g_assert_true(isnan(contrast->decrease)
                || contrast->decrease == contrast->live_decrease);
}

/* f64 too, and groups by name in every configuration that has some */
static void
check_equal(const char *yaml)
{
  static const ModelRow rows[] = {
    { "dense/kernel", OPTREG_F32, 2, { 12, 7 } },
    { "dense/bias", OPTREG_F32, 1, { 7 } },
    { "embedding", OPTREG_F32, 2, { 70, 31 } },
    { "precise", OPTREG_F64, 2, { 40, 30 } },
    { "scale", OPTREG_F32, 0, { 0 } },
  };
  Model *model = model_new(optimizer_from_text(yaml), rows, G_N_ELEMENTS(rows));
  size_t n_equal = 0;

  optreg_optimizer_set_total_steps(model->optimizer, 12, NULL);
  model_build(model);
  g_auto(Shadowed) shadowed = shadow_model(model);
  add(&shadowed, "same", yaml);
  for (int i = 0; i < 12; i++) {
    step(&shadowed);
    const optreg_shadow_report *report = report_of(&shadowed, 0);
    g_assert_cmpint(report->status, ==, report->live_status);
    assert_equal(&report->model);
    for (size_t k = 0; k < report->n_groups; k++) {
      assert_equal(&report->groups[k]);
    }
    for (size_t k = 0; k < report->n_parameters; k++) {
      assert_equal(&report->parameters[k]);
    }
    n_equal += report->model.cosine == 1.0;
  }
  /* a warm-up begins with a learning rate of 0, and some accumulate */
  g_assert_cmpuint(n_equal, >=, 2);
}

static void
test_an_equal_configuration_has_cosine_and_ratio_1(void)
{
  g_autoptr(GDir) dir = g_dir_open(g_getenv("OPTREG_TEST_CONFIGS"), 0, NULL);
  size_t n = 0;

  for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *path =
        g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), name, NULL);
    g_autofree char *yaml = NULL;
    if (g_str_has_suffix(name, ".yaml")
        && g_file_get_contents(path, &yaml, NULL, NULL)) {
      g_test_message("%s", name);
      check_equal(yaml);
      n++;
    }
  }
  g_assert_cmpuint(n, >=, 10);
}

/* whole tensors, reductions, weights kept in slots, a plugin's own state */
static void
test_equal_optimizers_of_other_kinds_have_cosine_1(void)
{
  static const char *const yamls[] = {
    "optimizer: test_adafactor\n",
    "optimizer: test_lamb\nglobal_clipnorm: 1\n",
    "optimizer: test_shampoo\n",
    "optimizer: test_schedulefree\n",
    "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\nema_momentum: 0.9\n"
    "gradient_accumulation_steps: 3\nloss_scale_factor: {dynamic: true, "
    "initial_scale: 8, dynamic_growth_steps: 2}\nweight_decay: 0.01\nclipnorm: 1\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(yamls); i++) {
    g_test_message("%s", yamls[i]);
    g_auto(Shadowed) shadowed = live(yamls[i]);
    add(&shadowed, "same", yamls[i]);
    for (int k = 0; k < 3; k++) {
      step(&shadowed);
    }
    const optreg_shadow_report *report = report_of(&shadowed, 0);
    g_assert_cmpint(report->status, ==, OPTREG_STEP_APPLIED);
    g_assert_cmpfloat(report->model.live_rms, >, 0.0);
    assert_equal(&report->model);
  }
}

/* ---- the numbers ---- */

/* weights and gradients are multiples of 2^-10, so that no update is rounded */
static void
make_dyadic(Model *model)
{
  for (size_t t = 0; t < model->n; t++) {
    for (uint64_t i = 0; i < model->n_elements[t]; i++) {
      float *w = model->weight[t], *g = model->gradient[t];
      w[i] = ldexpf(rintf(ldexpf(w[i], 10)), -10);
      g[i] = ldexpf(rintf(ldexpf(g[i], 10)), -10);
    }
  }
}

static void
test_the_ratio_of_learning_rates_is_exact_for_sgd(void)
{
  g_auto(Shadowed) shadowed = live(sgd);

  add(&shadowed, "slow", "optimizer: sgd\nlearning_rate: 0.125\n");
  model_fill_gradients(shadowed.model);
  make_dyadic(shadowed.model);
  g_assert_cmpint(optreg_shadow_step(shadowed.shadow, NULL), ==, OPTREG_STEP_APPLIED);
  const optreg_contrast *model = &report_of(&shadowed, 0)->model;
  g_assert_cmpfloat(model->cosine, ==, 1.0);
  g_assert_cmpfloat(model->rms_ratio, ==, 0.25);
  g_assert_cmpfloat(model->decrease, ==, 0.25 * model->live_decrease);
  g_assert_cmpfloat(model->live_decrease, >, 0.0);
}

/* with momentum, on any weights, to the rounding of the weights; and a candidate whose
 * learning rate was multiplied by 1 / ratio makes updates as large as the live ones */
static void
test_the_learning_rate_can_be_transferred(void)
{
  g_auto(Shadowed) shadowed = live(adam);
  static const char format[] = "optimizer: sgd\nmomentum: 0.9\nlearning_rate: %.17g\n";
  g_autofree char *before = g_strdup_printf(format, 0.25);

  add(&shadowed, "before", before);
  step(&shadowed);
  g_autofree char *after =
      g_strdup_printf(format, 0.25 / report_of(&shadowed, 0)->model.rms_ratio);
  g_auto(Shadowed) again = live(adam);
  add(&again, "after", after);
  step(&again);
  g_assert_cmpfloat_with_epsilon(report_of(&again, 0)->model.rms_ratio, 1.0, 1e-4);
}

/* the same sums, naively */
static void
test_the_numbers_are_those_of_the_definition(void)
{
  static const float before[] = { 1.0f, 2.0f, -3.0f },
                     gradient[] = { 0.5f, -0.25f, 1.0f };
  const uint64_t n = G_N_ELEMENTS(before);
  float w[3], g[3];
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(sgd);
  double aa = 0.0, cc = 0.0, ac = 0.0, ga = 0.0, gc = 0.0;

  memcpy(w, before, sizeof w);
  memcpy(g, gradient, sizeof g);
  g_assert_true(
      optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, w, g, NULL));
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_autoptr(optreg_shadow) shadow = optreg_shadow_new(optimizer, NULL);
  g_assert_true(optreg_shadow_add(
      shadow, "signs", optimizer_from_text("optimizer: adam\nlearning_rate: 0.1\n"),
      NULL));
  g_assert_cmpint(optreg_shadow_step(shadow, NULL), ==, OPTREG_STEP_APPLIED);
  for (size_t i = 0; i < n; i++) {
    const double a = (double)w[i] - (double)before[i];
    /* the first step of adam, but for epsilon and rounding */
    const double c = gradient[i] > 0.0f ? -0.1 : 0.1;
    aa += a * a;
    cc += c * c;
    ac += a * c;
    ga += (double)gradient[i] * a;
    gc += (double)gradient[i] * c;
  }
  const optreg_contrast *model = &optreg_shadow_last_step(shadow, 0)->model;
  g_assert_cmpuint(model->n, ==, 3);
  g_assert_cmpfloat_with_epsilon(model->cosine, ac / sqrt(aa * cc), 1e-5);
  g_assert_cmpfloat_with_epsilon(model->rms_ratio, sqrt(cc / aa), 1e-5);
  g_assert_cmpfloat_with_epsilon(model->rms, sqrt(cc / 3.0), 1e-5);
  g_assert_cmpfloat(model->live_rms, ==, sqrt(aa / 3.0));
  g_assert_cmpfloat_with_epsilon(model->decrease, -gc, 1e-5);
  g_assert_cmpfloat(model->live_decrease, ==, -ga);
}

static void
test_groups_and_parameters_have_their_own_numbers(void)
{
  g_auto(Shadowed)
      shadowed = live("optimizer: sgd\nlearning_rate: 0.5\ngroups:\n"
                      "- {match: [embedding], learning_rate_multiplier: 2}\n");

  add(&shadowed, "plain", sgd);
  step(&shadowed);
  const optreg_shadow_report *report = report_of(&shadowed, 0);
  g_assert_cmpuint(report->n_groups, ==, 2);
  g_assert_cmpuint(report->n_parameters, ==, MODEL_N_ROWS);
  g_assert_cmpuint(report->groups[0].n, ==, 70 * 31);
  g_assert_cmpuint(report->groups[0].n + report->groups[1].n, ==, report->model.n);
  g_assert_cmpfloat_with_epsilon(report->groups[0].rms_ratio, 0.5, 1e-6);
  g_assert_cmpfloat(report->groups[1].rms_ratio, ==, 1.0);
  g_assert_cmpfloat(report->parameters[2].rms_ratio, ==, report->groups[0].rms_ratio);
  g_assert_cmpuint(report->parameters[4].n, ==, 0);
  g_assert_true(isnan(report->parameters[4].cosine));
}

static void
test_the_predicted_decrease_is_of_the_mean_gradient(void)
{
  static const char *const yamls[] = {
    "optimizer: sgd\nlearning_rate: 0.5\n",
    "optimizer: sgd\nlearning_rate: 0.5\nloss_scale_factor: 4\n",
    ("optimizer: sgd\nlearning_rate: 0.5\nloss_scale_factor: 4\n"
     "gradient_accumulation_steps: 2\n"),
  };
  static const double weights[][2] = { { 0.0, 1.0 }, { 0.0, 0.25 }, { 0.125, 0.125 } };

  for (size_t k = 0; k < G_N_ELEMENTS(yamls); k++) {
    g_auto(Shadowed) shadowed = live(yamls[k]);
    double first[7], expected = 0.0;
    add(&shadowed, "same", yamls[k]);
    for (int i = 0; weights[k][0] > 0.0 && i < 1; i++) {
      g_assert_cmpint(step(&shadowed), ==, OPTREG_STEP_ACCUMULATED);
    }
    for (size_t i = 0; i < 7; i++) {
      first[i] = (double)((const float *)shadowed.model->gradient[1])[i];
    }
    g_assert_cmpint(step(&shadowed), ==, OPTREG_STEP_APPLIED);
    for (size_t i = 0; i < 7; i++) {
      const double last = (double)((const float *)shadowed.model->gradient[1])[i];
      const double g = weights[k][0] * first[i] + weights[k][1] * last;
      expected += 0.5 * g * g;
    }
    g_assert_cmpfloat_with_epsilon(
        report_of(&shadowed, 0)->parameters[1].live_decrease / expected, 1.0, 1e-5);
  }
}

/* ---- what the live optimizer notices ---- */

static GBytes *
state_of(const Model *model)
{
  const optreg_save_options options = { .with_parameters = true };
  size_t size = 0;
  void *memory =
      optreg_optimizer_save_to_memory(model->optimizer, &options, &size, NULL);

  g_assert_nonnull(memory);
  return g_bytes_new_with_free_func(memory, size, optreg_memory_free, memory);
}

static void
test_the_live_optimizer_has_the_same_bits_without(void)
{
  static const char yaml[] =
      "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\nema_momentum: 0.9\n"
      "ema_overwrite_frequency: 3\nglobal_clipnorm: 1\n"
      "loss_scale_factor: {dynamic: true, initial_scale: 8, dynamic_growth_steps: 2}\n";
  g_auto(Shadowed) shadowed = live(yaml);
  g_autoptr(Model) alone = model_from_text(yaml);

  add(&shadowed, "adam", adam);
  add(&shadowed, "sgd", "optimizer: sgd\nlearning_rate: 1e30\nmomentum: 0.9\n");
  add(&shadowed, "lamb", "optimizer: test_lamb\n");
  for (int i = 0; i < 10; i++) {
    step(&shadowed);
  }
  model_train(alone, 10);
  g_autoptr(GBytes) a = state_of(shadowed.model);
  g_autoptr(GBytes) b = state_of(alone);
  g_assert_true(g_bytes_equal(a, b));
}

static void
assert_same_contrasts(const optreg_shadow_report *a, const optreg_shadow_report *b)
{
  g_assert_cmpmem(&a->model, sizeof a->model, &b->model, sizeof b->model);
  g_assert_cmpmem(a->groups, a->n_groups * sizeof *a->groups, b->groups,
                  b->n_groups * sizeof *b->groups);
  g_assert_cmpmem(a->parameters, a->n_parameters * sizeof *a->parameters, b->parameters,
                  b->n_parameters * sizeof *b->parameters);
}

/* large enough to be cut: 64 blocks are one item of work */
static Shadowed
live_with_threads(uint32_t n_threads)
{
  static const ModelRow rows[] = { { "large", OPTREG_F32, 2, { 700, 301 } },
                                   { "small", OPTREG_F32, 1, { 17 } } };
  Model *model = model_new(optimizer_from_text(adam), rows, G_N_ELEMENTS(rows));

  optreg_optimizer_set_threads(model->optimizer, n_threads, NULL);
  model_build(model);
  const Shadowed shadowed = shadow_model(model);
  add(&shadowed, "lamb", "optimizer: test_lamb\n");
  add(&shadowed, "momentum", "optimizer: sgd\nmomentum: 0.9\n");
  return shadowed;
}

static Shadowed
trained_with_threads(uint32_t n_threads)
{
  Shadowed shadowed = live_with_threads(n_threads);

  for (int i = 0; i < 3; i++) {
    step(&shadowed);
  }
  return shadowed;
}

static void
test_threads_change_no_bit(void)
{
  static const uint32_t others[] = { 2, 5 };
  g_auto(Shadowed) one = trained_with_threads(1);

  for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
    g_auto(Shadowed) many = trained_with_threads(others[i]);
    assert_same_contrasts(report_of(&many, 0), report_of(&one, 0));
    assert_same_contrasts(report_of(&many, 1), report_of(&one, 1));
  }
}

/* ---- statuses ---- */

static void
assert_nothing(const optreg_contrast *contrast)
{
  g_assert_cmpuint(contrast->n, ==, 0);
  g_assert_true(isnan(contrast->cosine) && isnan(contrast->rms_ratio)
                && isnan(contrast->rms) && isnan(contrast->live_rms)
                && isnan(contrast->decrease) && isnan(contrast->live_decrease));
}

static void
test_an_accumulating_step_compares_nothing(void)
{
  static const char yaml[] = "optimizer: sgd\ngradient_accumulation_steps: 2\n";
  g_auto(Shadowed) shadowed = live(yaml);

  add(&shadowed, "adam", "optimizer: adam\ngradient_accumulation_steps: 2\n");
  assert_nothing(&report_of(&shadowed, 0)->model);
  g_assert_cmpint(step(&shadowed), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(report_of(&shadowed, 0)->status, ==, OPTREG_STEP_ACCUMULATED);
  assert_nothing(&report_of(&shadowed, 0)->model);
  g_assert_cmpint(step(&shadowed), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpint(report_of(&shadowed, 0)->status, ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(report_of(&shadowed, 0)->model.cosine, >, 0.0);
}

static optreg_status
step_with_infinity(Shadowed *shadowed, optreg_error **error)
{
  model_fill_gradients(shadowed->model);
  ((float *)shadowed->model->gradient[2])[5] = INFINITY;
  return optreg_shadow_step(shadowed->shadow, error);
}

static void
test_a_skipped_step_compares_nothing(void)
{
  g_auto(Shadowed) shadowed = live(sgd);

  add(&shadowed, "adam", adam);
  step(&shadowed);
  g_assert_cmpint(step_with_infinity(&shadowed, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpint(report_of(&shadowed, 0)->status, ==, OPTREG_STEP_SKIPPED_NONFINITE);
  assert_nothing(&report_of(&shadowed, 0)->model);
  g_assert_cmpint(step(&shadowed), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(report_of(&shadowed, 0)->model.cosine, >, 0.0);
}

/* the live one skips, the candidate gives up: training does not hear of it */
static void
test_a_candidate_that_fails_says_so_in_its_report(void)
{
  g_auto(Shadowed) shadowed = live(sgd);

  add(&shadowed, "strict", "optimizer: adam\nnonfinite: error\n");
  g_assert_cmpint(step_with_infinity(&shadowed, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_shadow_report *report = report_of(&shadowed, 0);
  g_assert_cmpint(report->status, ==, OPTREG_STEP_ERROR);
  g_assert_cmpstr(report->message, ==,
                  "the gradient of 'embedding' is not finite at element 5; nothing was "
                  "changed (nonfinite: error)");
  assert_nothing(&report->model);
  step(&shadowed);
  g_assert_cmpint(report->status, ==, OPTREG_STEP_APPLIED);
  g_assert_null(report->message);
}

static void
test_a_live_step_that_fails_steps_no_candidate(void)
{
  g_auto(Shadowed) shadowed = live("optimizer: sgd\nnonfinite: error\n");
  g_autoptr(optreg_error) error = NULL;

  add(&shadowed, "adam", adam);
  step(&shadowed);
  g_assert_cmpint(step_with_infinity(&shadowed, &error), ==, OPTREG_STEP_ERROR);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_NONFINITE);
  g_assert_cmpint(report_of(&shadowed, 0)->live_status, ==, OPTREG_STEP_ERROR);
  assert_nothing(&report_of(&shadowed, 0)->model);
  const optreg_optimizer *candidate = optreg_shadow_candidate(shadowed.shadow, 0);
  g_assert_cmpuint(optreg_optimizer_last_step(candidate)->micro_step, ==, 1);
}

static void
test_an_update_of_zero_has_no_cosine(void)
{
  g_auto(Shadowed) shadowed = live(sgd);
  g_auto(Shadowed) still = live("optimizer: sgd\nlearning_rate: 0\n");

  add(&shadowed, "still", "optimizer: sgd\nlearning_rate: 0\n");
  add(&still, "moving", sgd);
  step(&shadowed);
  step(&still);
  const optreg_contrast *of_still = &report_of(&shadowed, 0)->model;
  g_assert_true(isnan(of_still->cosine));
  g_assert_cmpfloat(of_still->rms_ratio, ==, 0.0);
  g_assert_cmpfloat(of_still->decrease, ==, 0.0);
  g_assert_true(isnan(report_of(&still, 0)->model.cosine));
  g_assert_true(isnan(report_of(&still, 0)->model.rms_ratio));
  g_assert_cmpfloat(report_of(&still, 0)->model.rms, >, 0.0);
}

/* ---- what belongs to gradients and parameters ---- */

/* gradients of a loss times 1024: neither another scale nor none may be taken for it */
static void
test_candidates_follow_the_loss_scale(void)
{
  static const char live_yaml[] = "optimizer: sgd\nlearning_rate: 0.5\n"
                                  "loss_scale_factor: {dynamic: true, initial_scale: "
                                  "1024, dynamic_growth_steps: 2}\n";
  static const char *const candidates[] = {
    "optimizer: sgd\nlearning_rate: 0.5\n",
    "optimizer: sgd\nlearning_rate: 0.5\nloss_scale_factor: 64\n",
    ("optimizer: sgd\nlearning_rate: 0.5\nloss_scale_factor: {dynamic: true, "
     "initial_scale: 8, dynamic_growth_steps: 1}\n"),
  };
  g_auto(Shadowed) shadowed = live(live_yaml);
  g_auto(Shadowed) plain = live(sgd);

  for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
    g_autofree char *name = g_strdup_printf("%zu", i);
    add(&shadowed, name, candidates[i]);
    add(&plain, name, candidates[i]);
  }
  for (int k = 0; k < 5; k++) {
    step(&shadowed);
    step(&plain);
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
      g_assert_cmpfloat(report_of(&shadowed, i)->model.cosine, ==, 1.0);
      g_assert_cmpfloat(report_of(&shadowed, i)->model.rms_ratio, ==, 1.0);
      g_assert_cmpfloat(report_of(&plain, i)->model.rms_ratio, ==, 1.0);
    }
  }
  g_assert_cmpfloat(optreg_optimizer_scale_loss(shadowed.model->optimizer, 1.0), ==,
                    4096.0);
}

static void
at_least_one(void *context, size_t index, void *data)
{
  float *w = data;

  (void)context;
  for (size_t i = 0; index == 1 && i < 7; i++) {
    w[i] = fmaxf(w[i], 1.0f);
  }
}

static void
test_constraints_hold_for_candidates(void)
{
  Model *model = model_new(optimizer_from_text(sgd), model_rows, MODEL_N_ROWS);

  optreg_optimizer_set_non_neg(model->optimizer, 0, NULL);
  optreg_optimizer_set_constraint(model->optimizer, 1, at_least_one, NULL, NULL);
  optreg_optimizer_set_overwrite(model->optimizer, 2, NULL);
  model_build(model);
  g_auto(Shadowed) shadowed = shadow_model(model);
  add(&shadowed, "same", sgd);
  for (int i = 0; i < 3; i++) {
    step(&shadowed);
  }
  const optreg_shadow_report *report = report_of(&shadowed, 0);
  g_assert_cmpfloat(report->parameters[0].rms_ratio, ==, 1.0);
  g_assert_cmpuint(report->parameters[1].n, ==, 7);
  g_assert_cmpfloat(report->parameters[1].rms, ==, report->parameters[1].live_rms);
  g_assert_cmpuint(report->parameters[2].n, ==, 0);
  g_assert_cmpuint(report->model.n, ==, 12 * 7 + 7 + 1);
}

static void
test_a_missing_gradient_is_left_out(void)
{
  g_auto(Shadowed) shadowed = live(sgd);

  add(&shadowed, "same", sgd);
  optreg_optimizer_set_gradient(shadowed.model->optimizer, 2, NULL, NULL);
  step(&shadowed);
  g_assert_cmpuint(report_of(&shadowed, 0)->parameters[2].n, ==, 0);
  g_assert_cmpuint(report_of(&shadowed, 0)->model.n, ==, 12 * 7 + 7 + 1);
  g_assert_cmpfloat(report_of(&shadowed, 0)->model.cosine, ==, 1.0);
}

static void
test_percentages_are_of_the_live_steps(void)
{
  static const char yaml[] = "optimizer: sgd\nlearning_rate: {schedule: linear, "
                             "initial_value: 1, end_value: 0, steps: 100%}\n";
  Model *model = model_new(optimizer_from_text(yaml), model_rows, MODEL_N_ROWS);

  optreg_optimizer_set_total_steps(model->optimizer, 10, NULL);
  model_build(model);
  g_auto(Shadowed) shadowed = shadow_model(model);
  add(&shadowed, "same", yaml);
  for (int i = 0; i < 5; i++) {
    step(&shadowed);
  }
  g_assert_cmpfloat(report_of(&shadowed, 0)->model.rms_ratio, ==, 1.0);
  g_assert_cmpfloat(
      optreg_optimizer_learning_rate(optreg_shadow_candidate(shadowed.shadow, 0)), ==,
      0.5);
}

/* ---- going on ---- */

static void *
save(const optreg_optimizer *optimizer, size_t *size)
{
  const optreg_save_options options = { .with_parameters = true };
  void *memory = optreg_optimizer_save_to_memory(optimizer, &options, size, NULL);

  g_assert_nonnull(memory);
  return memory;
}

static void
load(optreg_optimizer *optimizer, void *memory, size_t size)
{
  const optreg_load_options options = { .with_parameters = true };
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_load_from_memory(optimizer, memory, size, &options, &error);
  assert_no_error(error);
  optreg_memory_free(memory);
}

static void
test_a_resumed_shadow_has_the_same_bits(void)
{
  g_auto(Shadowed) whole = live(sgd);
  g_auto(Shadowed) resumed = live(sgd);
  size_t size;

  add(&whole, "adam", adam);
  add(&resumed, "adam", adam);
  for (int i = 0; i < 4; i++) {
    step(&whole);
  }
  void *state = save(whole.model->optimizer, &size);
  load(resumed.model->optimizer, state, size);
  state = save(optreg_shadow_candidate(whole.shadow, 0), &size);
  load(optreg_shadow_candidate(resumed.shadow, 0), state, size);
  resumed.model->n_calls = whole.model->n_calls;
  for (int i = 0; i < 3; i++) {
    step(&whole);
    step(&resumed);
    assert_same_contrasts(report_of(&whole, 0), report_of(&resumed, 0));
  }
}

/* ---- refusals ---- */

static void
test_a_live_optimizer_must_be_built(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(sgd);
  g_autoptr(optreg_error) error = NULL;

  g_assert_null(optreg_shadow_new(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is not built: call optreg_optimizer_build first");
}

static void
assert_refused(Shadowed *shadowed, const char *name, optreg_optimizer *candidate,
               optreg_error_code code, const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_shadow_add(shadowed->shadow, name, candidate, &error));
  g_assert_cmpstr(error->message, ==, message);
  g_assert_cmpint(error->code, ==, code);
  g_assert_null(optreg_shadow_last_step(shadowed->shadow, 1));
}

static void
test_candidates_that_cannot_be_compared_are_refused(void)
{
  g_auto(Shadowed) shadowed = live("optimizer: sgd\ngradient_accumulation_steps: 4\n");
  g_autoptr(optreg_optimizer) plain = optimizer_from_text(adam);
  g_autoptr(optreg_optimizer) open = optimizer_from_text(
      "optimizer: adam\ngradient_accumulation_steps: 4\nnonfinite: propagate\n");
  g_autoptr(optreg_optimizer)
      good = optimizer_from_text("optimizer: adam\ngradient_accumulation_steps: 4\n");
  g_autoptr(Model) other = model_from_text(adam);

  add(&shadowed, "adam", "optimizer: adam\ngradient_accumulation_steps: 4\n");
  assert_refused(&shadowed, "b", plain, OPTREG_ERROR_ARGUMENT,
                 "candidate 'b': it updates after 1 gradients, the live "
                 "optimizer after 4: set gradient_accumulation_steps: 4");
  assert_refused(
      &shadowed, "b", open, OPTREG_ERROR_ARGUMENT,
      "candidate 'b': a gradient that is not finite would be "
      "skipped by one optimizer and accumulated by the other: set nonfinite: "
      "skip");
  assert_refused(
      &shadowed, "b", other->optimizer, OPTREG_ERROR_STATE,
      "candidate 'b': it is built or has parameters: give an optimizer as it "
      "comes from its configuration");
  assert_refused(&shadowed, "b", shadowed.model->optimizer, OPTREG_ERROR_ARGUMENT,
                 "candidate 'b': it is the live optimizer: make another one from its "
                 "configuration");
  assert_refused(&shadowed, "adam", good, OPTREG_ERROR_ARGUMENT,
                 "there is a candidate 'adam' already: names must be unique");
  assert_refused(&shadowed, "", good, OPTREG_ERROR_ARGUMENT,
                 "a candidate needs a name: reports and errors use it");
}

static void
test_a_candidate_that_cannot_be_built_is_refused(void)
{
  g_auto(Shadowed) shadowed = live(sgd);
  g_autoptr(optreg_optimizer)
      percent = optimizer_from_text("optimizer: sgd\nlearning_rate: {schedule: linear, "
                                    "initial_value: 1, end_value: 0, "
                                    "steps: 100%}\n");

  add(&shadowed, "adam", adam);
  assert_refused(
      &shadowed, "b", percent, OPTREG_ERROR_CONFIG,
      "candidate 'b': test.yaml: the schedule of learning_rate has a "
      "percentage of the planned steps: call optreg_optimizer_set_total_steps "
      "before build, or write steps");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/shadow/equal/every-configuration-has-cosine-and-ratio-1",
                  test_an_equal_configuration_has_cosine_and_ratio_1);
  g_test_add_func("/shadow/equal/optimizers-of-other-kinds",
                  test_equal_optimizers_of_other_kinds_have_cosine_1);
  g_test_add_func("/shadow/numbers/ratio-of-learning-rates-is-exact-for-sgd",
                  test_the_ratio_of_learning_rates_is_exact_for_sgd);
  g_test_add_func("/shadow/numbers/the-learning-rate-can-be-transferred",
                  test_the_learning_rate_can_be_transferred);
  g_test_add_func("/shadow/numbers/are-those-of-the-definition",
                  test_the_numbers_are_those_of_the_definition);
  g_test_add_func("/shadow/numbers/groups-and-parameters",
                  test_groups_and_parameters_have_their_own_numbers);
  g_test_add_func("/shadow/numbers/decrease-is-of-the-mean-gradient",
                  test_the_predicted_decrease_is_of_the_mean_gradient);
  g_test_add_func("/shadow/live/has-the-same-bits-without",
                  test_the_live_optimizer_has_the_same_bits_without);
  g_test_add_func("/shadow/threads-change-no-bit", test_threads_change_no_bit);
  g_test_add_func("/shadow/status/accumulating-compares-nothing",
                  test_an_accumulating_step_compares_nothing);
  g_test_add_func("/shadow/status/skipped-compares-nothing",
                  test_a_skipped_step_compares_nothing);
  g_test_add_func("/shadow/status/failing-candidate-says-so",
                  test_a_candidate_that_fails_says_so_in_its_report);
  g_test_add_func("/shadow/status/failing-live-step-steps-no-candidate",
                  test_a_live_step_that_fails_steps_no_candidate);
  g_test_add_func("/shadow/status/update-of-zero-has-no-cosine",
                  test_an_update_of_zero_has_no_cosine);
  g_test_add_func("/shadow/follows/loss-scale", test_candidates_follow_the_loss_scale);
  g_test_add_func("/shadow/follows/constraints", test_constraints_hold_for_candidates);
  g_test_add_func("/shadow/follows/missing-gradients",
                  test_a_missing_gradient_is_left_out);
  g_test_add_func("/shadow/follows/planned-steps",
                  test_percentages_are_of_the_live_steps);
  g_test_add_func("/shadow/resumed-has-the-same-bits",
                  test_a_resumed_shadow_has_the_same_bits);
  g_test_add_func("/shadow/refuses/a-live-optimizer-that-is-not-built",
                  test_a_live_optimizer_must_be_built);
  g_test_add_func("/shadow/refuses/what-cannot-be-compared",
                  test_candidates_that_cannot_be_compared_are_refused);
  g_test_add_func("/shadow/refuses/what-cannot-be-built",
                  test_a_candidate_that_cannot_be_built_is_refused);
  return g_test_run();
}
