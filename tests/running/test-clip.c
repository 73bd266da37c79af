/* SPDX-License-Identifier: MIT */
/* Finite gradients are clipped like any other, however large or small: what a step
 * leaves is compared with the formulas in long double, whose range holds every square.
 */
#include "trees.h"

#define OPTREG_ENTRY whole_plugin

#include <float.h>
#include <math.h>
#include <optreg/plugin.h>
#include <string.h>

/* ---- p ← p − g, on whole tensors ---- */

OPTREG_REAL_TENSOR_KERNEL(update_whole, {
  real *restrict p = span->param;
  const real *restrict g = span->grad;
  (void)self;

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - g[i];
  }
  return OPTREG_OK;
})

static const optreg_kernel kernels[] = { OPTREG_REAL_TENSOR_KERNEL_ROWS(0,
                                                                        update_whole) };

static const optreg_optimizer_class whole = {
  OPTREG_OPTIMIZER,
  .name = "whole",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradient descent on whole tensors",
  .granularity = OPTREG_TENSOR,
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&whole);

/* ---- models ---- */

enum { MOST_TENSORS = 8 };

typedef struct Tensor {
  uint32_t dtype;
  uint64_t n;
  double magnitude; /* of its gradient */
  char *weights, *gradients;
  long double *expected; /* the gradient after clipping */
} Tensor;

typedef struct Model {
  const char *name;
  Tensor tensors[MOST_TENSORS]; /* n 0: no more */
} Model;

#define F32(n, magnitude)                      \
  {                                            \
    OPTREG_F32, n, magnitude, NULL, NULL, NULL \
  }
#define F64(n, magnitude)                      \
  {                                            \
    OPTREG_F64, n, magnitude, NULL, NULL, NULL \
  }

static const Model models[] = {
  { "f32-alone", { F32(3, 3e38) } },
  { "f32-ordinary", { F32(3, 1), F32(40, 0.3) } },
  { "f32-small", { F32(7, 1e-30), F32(40, 1e-38) } },
  { "f32-long", { F32(70001, 1e38) } },
  { "f32-bundle", { F32(5, 2e38), F32(5, 1e-3), F32(7, 3e38), F32(9, 1e30) } },
  { "f64-alone", { F64(3, 4e200) } },
  { "f64-ordinary", { F64(3, 1), F64(40, 0.3) } },
  { "f64-largest", { F64(1500, 1.7e308) } },
  { "f64-long", { F64(70001, 1e160) } },
  { "f64-small", { F64(3, 4e-200), F64(2000, 1e-250) } },
  { "f64-smallest", { F64(3, 1e-315), F64(1, 5e-310) } },
  { "f64-bundle", { F64(5, 2e200), F64(5, 1e-3), F64(7, 3e-200), F64(9, 1e300) } },
  { "f64-beside-f32", { F64(3, 4e200), F32(3, 2e38), F64(9, 1e-200), F32(40, 1) } },
  { "small-f64-beside-f32", { F64(3, 4e-200), F32(3, 1e-40), F32(3, 0) } },
  { "zeros-beside-small-f64", { F64(3000, 0), F64(3, 1e-200), F64(5, 0) } },
  { "many-that-overflow-together",
    { F64(1, 1.2e154), F64(1, 1.2e154), F64(1, 1.2e154) } },
};

/* what the options do, for the formulas */
typedef struct Options {
  const char *name, *yaml;
  double clipvalue, clipnorm, global; /* 0: off; factors on the largest magnitude */
  double scale;                       /* of the loss */
  unsigned calls;                     /* that make an update */
} Options;

static const Options routes[] = {
  { "global", "", 0, 0, 1, 1, 1 },
  { "norm", "", 0, 1, 0, 1, 1 },
  { "value", "", 1, 0, 0, 1, 1 },
  { "all-three", "", 1, 1, 1, 1, 1 },
  { "norm-and-global", "use_ema: true\n", 0, 1, 1, 1, 1 },
  { "propagate", "nonfinite: propagate\n", 0, 1, 1, 1, 1 },
  { "scaled", "loss_scale_factor: 0.5\n", 1, 0, 1, 0.5, 1 },
  { "scaled-norm", "loss_scale_factor: 0.5\n", 0, 1, 0, 0.5, 1 },
  { "accumulated", "", 0, 1, 1, 1, 2 },
  { "one-group", "groups:\n- match: [a, c]\n  clipnorm: null\n", 0, 1, 1, 1, 1 },
};

/* what c is */
static const struct {
  const char *name;
  double relative, absolute; /* of the largest magnitude, or else this */
} thresholds[] = {
  { "half", 0.5, 0 },        { "tenth", 1e-1, 0 },      { "ten-orders", 1e-10, 0 },
  { "twice-all", 1e6, 0 },   { "one", 0, 1 },           { "beyond-f32", 0, 1e300 },
  { "largest", 0, DBL_MAX }, { "below-f32", 0, 1e-46 }, { "tiny", 0, 1e-300 },
  { "smallest", 0, 5e-324 },
};

typedef struct Case {
  const Model *model;
  const Options *options;
  double threshold;
  const char *optimizer;
} Case;

static double
element(const Tensor *tensor, uint64_t i)
{
  static const double pattern[] = { -1, 0.5, 0.25, -0.125, 0.75, 0, -0.3 };
  const double value = tensor->magnitude * pattern[i % G_N_ELEMENTS(pattern)];

  return tensor->dtype == OPTREG_F32 ? (double)(float)value : value;
}

static void
put(const Tensor *tensor, char *memory, uint64_t i, double value)
{
  if (tensor->dtype == OPTREG_F32) {
    ((float *)(void *)memory)[i] = (float)value;
  } else {
    ((double *)(void *)memory)[i] = value;
  }
}

static double
get(const Tensor *tensor, const char *memory, uint64_t i)
{
  return tensor->dtype == OPTREG_F32 ? (double)((const float *)(const void *)memory)[i]
                                     : ((const double *)(const void *)memory)[i];
}

static void
fill(Tensor *tensor, double scale)
{
  tensor->weights = g_malloc0(tensor->n * sizeof(double));
  tensor->gradients = g_malloc0(tensor->n * sizeof(double));
  tensor->expected = g_new0(long double, tensor->n);
  for (uint64_t i = 0; i < tensor->n; i++) {
    put(tensor, tensor->gradients, i, element(tensor, i) * scale);
    tensor->expected[i] = element(tensor, i);
  }
}

static void
clear(Tensor *tensor)
{
  g_free(tensor->weights);
  g_free(tensor->gradients);
  g_free(tensor->expected);
}

/* ---- the formulas ---- */

static void
expect_value(Tensor *tensor, long double c)
{
  for (uint64_t i = 0; c > 0 && i < tensor->n; i++) {
    const long double clipped = fminl(fmaxl(tensor->expected[i], -c), c);
    tensor->expected[i] = tensor->dtype == OPTREG_F32 ? (float)clipped : clipped;
  }
}

static long double
squares(const Tensor *tensor)
{
  long double sum = 0;

  for (uint64_t i = 0; i < tensor->n; i++) {
    sum += tensor->expected[i] * tensor->expected[i];
  }
  return sum;
}

/* returns the factor */
static long double
expect_norm(Tensor *tensor, long double norm, long double c)
{
  const long double factor = c > 0 && norm > c ? c / norm : 1;

  for (uint64_t i = 0; i < tensor->n; i++) {
    tensor->expected[i] *= factor;
  }
  return factor;
}

typedef struct Expected {
  long double norm, factor;
} Expected;

static Expected
expect(Model *model, const Options *options, long double c)
{
  const bool is_grouped = strstr(options->yaml, "groups") != NULL;
  long double sum = 0, shortened = 0;
  Expected expected = { 0, 1 };

  for (size_t t = 0; model->tensors[t].n > 0; t++) {
    Tensor *tensor = &model->tensors[t];
    const bool is_left_out = is_grouped && (t == 0 || t == 2);
    expect_value(tensor, options->clipvalue * c);
    sum += squares(tensor);
    const long double factor = expect_norm(tensor, sqrtl(squares(tensor)),
                                           is_left_out ? 0 : options->clipnorm * c);
    expected.factor = fminl(expected.factor, factor);
    shortened += squares(tensor);
  }
  long double factor = 1;
  for (size_t t = 0; model->tensors[t].n > 0; t++) {
    factor = expect_norm(&model->tensors[t], sqrtl(shortened), options->global * c);
  }
  expected.norm = sqrtl(sum);
  expected.factor *= factor;
  return expected;
}

/* ---- a case ---- */

static optreg_optimizer *
make(const Case *it)
{
  const Options *options = it->options;
  g_autoptr(GString) yaml = g_string_new(NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr(optreg_registry) registry = built_plugins();
  optreg_error *error = NULL;

  g_ascii_formatd(number, sizeof number, "%.17g", it->threshold);
  g_string_append_printf(yaml, "optimizer: %s\n%s", it->optimizer, options->yaml);
  if (strcmp(it->optimizer, "sgd") == 0) {
    g_string_append(yaml, "learning_rate: 1\n");
  }
  if (options->clipvalue > 0) {
    g_string_append_printf(yaml, "clipvalue: %s\n", number);
  }
  if (options->clipnorm > 0) {
    g_string_append_printf(yaml, "clipnorm: %s\n", number);
  }
  if (options->global > 0) {
    g_string_append_printf(yaml, "global_clipnorm: %s\n", number);
  }
  if (options->calls > 1) {
    g_string_append_printf(yaml, "gradient_accumulation_steps: %u\n", options->calls);
  }
  optreg_registry_add_plugin(registry, &whole_plugin, &error);
  assert_no_error(error);
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, yaml->str, "test.yaml", &error);
  assert_no_error(error);
  return optimizer;
}

static void
step(const Case *it, Model *model, optreg_optimizer *optimizer)
{
  optreg_error *error = NULL;

  for (size_t t = 0; model->tensors[t].n > 0; t++) {
    const char name[] = { (char)('a' + t), '\0' };
    Tensor *tensor = &model->tensors[t];
    optreg_optimizer_add_parameter(optimizer, name, tensor->dtype, &tensor->n, 1,
                                   tensor->weights, tensor->gradients, &error);
    assert_no_error(error);
  }
  optreg_optimizer_set_threads(optimizer, 2, NULL);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  for (unsigned call = 1; call <= it->options->calls; call++) {
    const optreg_status status = optreg_optimizer_step(optimizer, &error);
    assert_no_error(error);
    g_assert_cmpint(status, ==,
                    call == it->options->calls ? OPTREG_STEP_APPLIED
                                               : OPTREG_STEP_ACCUMULATED);
  }
}

/* some units in the last place, and of the smallest number */
static bool
is_near(double actual, long double wanted, uint32_t dtype)
{
  const bool is_f32 = dtype == OPTREG_F32;
  const long double epsilon = is_f32 ? FLT_EPSILON : DBL_EPSILON;
  const long double smallest = is_f32 ? 0x1p-149L : 0x1p-1074L;

  return fabsl((long double)actual - wanted)
         <= 12 * epsilon * fabsl(wanted) + 2 * smallest;
}

static void
assert_near(const Case *it, const char *what, double actual, long double wanted,
            uint32_t dtype)
{
  if (wanted > (long double)DBL_MAX ? !isinf(actual)
                                    : !is_near(actual, wanted, dtype)) {
    g_test_fail_printf("%s of %s, c = %g: %s is %.9g, but should be %.9Lg",
                       it->options->name, it->model->name, it->threshold, what, actual,
                       wanted);
  }
}

/* the products of element and factor round once in either type; the largest error is
 * that of the first wrong one */
static void
compare(const Case *it, const Tensor *tensor)
{
  for (uint64_t i = 0; i < tensor->n; i++) {
    const double actual = -get(tensor, tensor->weights, i);
    if (!is_near(actual, tensor->expected[i], tensor->dtype)) {
      assert_near(it, "an element", actual, tensor->expected[i], tensor->dtype);
      return;
    }
  }
}

/* (g + g) / 2 and g / 0.5 pass the largest number where the gradient does not */
static bool
overflows(const Case *it, const Tensor *tensor)
{
  const double most = tensor->dtype == OPTREG_F32 ? (double)FLT_MAX : DBL_MAX;
  return tensor->magnitude * it->options->calls > most;
}

/* half of the smallest numbers is lost in the gradient that the test gives */
static bool
underflows(const Case *it, const Tensor *tensor)
{
  return it->options->scale < 1.0
         && tensor->magnitude < (tensor->dtype == OPTREG_F32 ? 1e-36 : 1e-306);
}

static bool
is_possible(const Case *it)
{
  for (size_t t = 0; it->model->tensors[t].n > 0; t++) {
    if (overflows(it, &it->model->tensors[t])
        || underflows(it, &it->model->tensors[t])) {
      return false;
    }
  }
  return true;
}

/* below the smallest numbers of a type its elements are rounded to steps, which a norm
 * by the formulas does not know */
static bool
is_reported_exactly(const Case *it)
{
  double smallest = 0;

  for (size_t t = 0; it->model->tensors[t].n > 0; t++) {
    smallest =
        fmax(smallest, it->model->tensors[t].dtype == OPTREG_F32 ? 1e-36 : 1e-306);
  }
  return it->threshold > smallest
         || it->options->clipvalue + it->options->clipnorm == 0;
}

static void
check(const Case *it)
{
  Model model = *it->model;
  g_autoptr(optreg_optimizer) optimizer = make(it);

  for (size_t t = 0; model.tensors[t].n > 0; t++) {
    fill(&model.tensors[t], it->options->scale);
  }
  const Expected expected = expect(&model, it->options, it->threshold);
  step(it, &model, optimizer);
  const optreg_step_report *report = optreg_optimizer_last_step(optimizer);
  if ((it->options->clipnorm > 0 || it->options->global > 0)
      && is_reported_exactly(it)) {
    assert_near(it, "gradient_norm", report->gradient_norm, expected.norm, OPTREG_F64);
    assert_near(it, "clip_factor", report->clip_factor, expected.factor, OPTREG_F32);
  }
  for (size_t t = 0; model.tensors[t].n > 0; t++) {
    compare(it, &model.tensors[t]);
    clear(&model.tensors[t]);
  }
}

static double
largest_of(const Model *model)
{
  double largest = 0;

  for (size_t t = 0; model->tensors[t].n > 0; t++) {
    largest = fmax(largest, model->tensors[t].magnitude);
  }
  return largest;
}

static bool
has_group_members(const Case *it)
{
  return strstr(it->options->yaml, "groups") == NULL || it->model->tensors[1].n > 0;
}

static void
test_route(gconstpointer data)
{
  Case it = *(const Case *)data;

  for (size_t m = 0; m < G_N_ELEMENTS(models); m++) {
    it.model = &models[m];
    for (size_t c = 0; c < G_N_ELEMENTS(thresholds); c++) {
      it.threshold = thresholds[c].relative > 0
                         ? fmin(largest_of(it.model) * thresholds[c].relative, DBL_MAX)
                         : thresholds[c].absolute;
      if (it.threshold > 0 && is_possible(&it) && has_group_members(&it)) {
        check(&it);
      }
    }
  }
}

/* ---- real infinities ---- */

/* docs/keras.md: all nan where the model is clipped, only itself where its tensor is */
static void
test_an_infinite_gradient_is_no_overflow(void)
{
  static const struct {
    const char *yaml;
    bool is_all;
  } rows[] = {
    { "global_clipnorm: 1\n", true },      { "global_clipnorm: 1e300\n", true },
    { "global_clipnorm: 1e-300\n", true }, { "clipnorm: 1\n", false },
    { "clipnorm: 1e-300\n", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *yaml = g_strconcat(
        "optimizer: sgd\nlearning_rate: 1\nnonfinite: propagate\n", rows[i].yaml, NULL);
    g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(yaml);
    double w[3] = { 0 };
    const double g[3] = { 1, -INFINITY, 1e200 };
    const uint64_t n = 3;
    optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F64, &n, 1, w, g, NULL);
    g_assert_true(optreg_optimizer_build(optimizer, NULL));

    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);

    g_assert_true(isnan(w[1]));
    g_assert_true(rows[i].is_all ? isnan(w[0]) && isnan(w[2]) : w[0] == 0 && w[2] == 0);
  }
}

/* ---- what was long and is not any more ---- */

static void
test_a_unit_does_not_stay(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: sgd\nlearning_rate: 1\nglobal_clipnorm: 1\n");
  double w[2] = { 0 }, g[2] = { 3e200, 4e200 };
  const uint64_t n = 2;
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F64, &n, 1, w, g, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  const optreg_step_report *report = optreg_optimizer_last_step(optimizer);

  static const double norms[] = { 5e200, 5, 5e-200, 0, 5, 5e300 };
  for (size_t i = 0; i < G_N_ELEMENTS(norms); i++) {
    g[0] = 0.6 * norms[i];
    g[1] = 0.8 * norms[i];
    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
    g_assert_cmpfloat(fabs(report->gradient_norm - norms[i]), <=, 4e-16 * norms[i]);
    g_assert_cmpfloat(fabs(report->clip_factor - fmin(1, 1 / norms[i])), <=,
                      4e-16 * report->clip_factor);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < 2 * G_N_ELEMENTS(routes); i++) {
    const Case it = { .options = &routes[i / 2],
                      .optimizer = i % 2 == 0 ? "sgd" : "whole" };
    g_autofree char *path = g_strdup_printf("/clip/any-finite-gradient/%s/%s",
                                            it.options->name, it.optimizer);
    g_test_add_data_func_full(path, g_memdup2(&it, sizeof it), test_route, g_free);
  }
  g_test_add_func("/clip/an-infinite-gradient-is-no-overflow",
                  test_an_infinite_gradient_is_no_overflow);
  g_test_add_func("/clip/a-unit-does-not-stay", test_a_unit_does_not_stay);
  return g_test_run();
}
