/* SPDX-License-Identifier: MIT */
/* Joined stages leave the bits that they leave one by one. */
#include "optimizer.h"
#include "trees.h"

#include <math.h>
#include <string.h>

enum { N_CALLS = 6, MOST = 3000 };

static const struct {
  const char *path, *yaml;
} configs[] = {
  { "scale-and-check", "loss_scale_factor: 1024\n" },
  { "scale-of-no-power-of-two", "loss_scale_factor: 1000\nclipvalue: 0.5\n" },
  { "scale-beyond-the-reciprocals", "loss_scale_factor: 1e-45\nclipvalue: 0.5\n" },
  { "scale-and-clipvalue", "loss_scale_factor: 8\nclipvalue: 0.03\n" },
  { "scale-and-norm", "loss_scale_factor: 8\nglobal_clipnorm: 0.1\n" },
  { "sum-and-norm",
    "gradient_accumulation_steps: 2\nglobal_clipnorm: 0.1\nclipvalue: 0.5\n" },
  { "a-sum-of-three", "gradient_accumulation_steps: 3\nglobal_clipnorm: 0.1\n" },
  { "every-term",
    "loss_scale_factor: 1024\ngradient_accumulation_steps: 2\nclipvalue: 0.02\n"
    "global_clipnorm: 0.1\n" },
  { "value-and-decay", "clipvalue: 0.5\nlearning_rate: 0.7\nweight_decay: 0.3\n" },
  { "sum-and-decay", "gradient_accumulation_steps: 2\nglobal_clipnorm: "
                     "0.1\nlearning_rate: 0.7\nweight_decay: 0.3\n" },
  { "decay-in-one-group", "loss_scale_factor: 8\nclipvalue: 0.5\nlearning_rate: "
                          "0.7\nweight_decay: 0.3\ngroups:\n"
                          "- match: [c, e]\n  weight_decay: 0\n" },
  { "norm-and-decay",
    "loss_scale_factor: 3\ngradient_accumulation_steps: 2\nclipnorm: 0.1\n"
    "learning_rate: 0.7\nweight_decay: 0.3\n" },
  { "norm-of-a-sum", "gradient_accumulation_steps: 2\nclipnorm: 0.1\n" },
  { "every-clip",
    "loss_scale_factor: 2\nclipvalue: 0.5\nclipnorm: 0.1\nglobal_clipnorm: 0.05\n" },
  { "without-a-check", "nonfinite: propagate\nloss_scale_factor: 2\nclipvalue: "
                       "0.5\nglobal_clipnorm: 1\n" },
};

/* no length is a multiple of anything */
static const uint64_t lengths[] = { 1, 15, 127, 1025, 2999 };

typedef struct Case {
  size_t config;
  uint32_t dtype;
} Case;

typedef struct Run {
  optreg_optimizer *optimizer;
  size_t size; /* of an element */
  char *weights, *gradients;
} Run;

static void
put(char *memory, size_t size, size_t i, double value)
{
  if (size == sizeof(float)) {
    ((float *)(void *)memory)[i] = (float)value;
  } else {
    ((double *)(void *)memory)[i] = value;
  }
}

/* of either sign, zeros of either sign among them */
static double
gradient_at(size_t call, size_t i)
{
  const double sign = (i * 7 + call) % 3 == 0 ? -1.0 : 1.0;
  return i % 11 == 0 ? sign * 0.0
                     : sign * (double)((i * 37 + call * 101) % 257) / 300.0;
}

static bool
separate(OptregSweep *sweep)
{
  const bool was_joined = sweep->n_joined > 0;
  sweep->n_joined = 0;
  return was_joined;
}

static Run
begin(const Case *it, bool is_joined)
{
  g_autofree char *yaml =
      g_strconcat("optimizer: adadelta\n", configs[it->config].yaml, NULL);
  Run run = { .optimizer = optimizer_from_text(yaml),
              .size = it->dtype == OPTREG_F32 ? sizeof(float) : sizeof(double) };
  size_t at = 0;

  run.weights = g_malloc0(G_N_ELEMENTS(lengths) * MOST * run.size);
  run.gradients = g_malloc0(G_N_ELEMENTS(lengths) * MOST * run.size);
  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++, at += MOST * run.size) {
    const char name[] = { (char)('a' + i), '\0' };
    optreg_optimizer_add_parameter(run.optimizer, name, it->dtype, &lengths[i], 1,
                                   run.weights + at, run.gradients + at, NULL);
  }
  g_assert_true(optreg_optimizer_build(run.optimizer, NULL));
  if (!is_joined) {
    bool was_joined = false;
    for (size_t i = 0; i < OPTREG_N_SWEEPS; i++) {
      was_joined |= separate(&run.optimizer->engine->plan->sweeps[i]);
    }
    g_assert_true(was_joined);
  }
  return run;
}

static void
train(Run *run)
{
  for (size_t call = 0; call < N_CALLS; call++) {
    for (size_t i = 0; i < G_N_ELEMENTS(lengths) * MOST; i++) {
      put(run->gradients, run->size, i, gradient_at(call, i));
    }
    g_assert_cmpint(optreg_optimizer_step(run->optimizer, NULL), !=, OPTREG_STEP_ERROR);
  }
}

static void
end(Run *run)
{
  optreg_optimizer_free(run->optimizer);
  g_free(run->weights);
  g_free(run->gradients);
}

static void
test_joined_is_separate(gconstpointer data)
{
  const Case *it = data;
  Run joined = begin(it, true), single = begin(it, false);

  train(&joined);
  train(&single);
  g_assert_cmpmem(joined.weights, G_N_ELEMENTS(lengths) * MOST * joined.size,
                  single.weights, G_N_ELEMENTS(lengths) * MOST * single.size);
  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
    uint64_t n = 0;
    const void *state =
        optreg_optimizer_state(single.optimizer, i, "accumulated_delta_var", &n);
    g_assert_cmpmem(
        optreg_optimizer_state(joined.optimizer, i, "accumulated_delta_var", &n),
        n * joined.size, state, n * single.size);
  }
  const double expected = optreg_optimizer_last_step(single.optimizer)->gradient_norm;
  const double norm = optreg_optimizer_last_step(joined.optimizer)->gradient_norm;
  g_assert_cmpmem(&norm, sizeof norm, &expected, sizeof expected);
  end(&joined);
  end(&single);
}

/* the first element that is not finite is found and named as ever */
static void
test_joined_stages_find_a_nan(void)
{
  const Case every_term = { .config = 7, .dtype = OPTREG_F32 };
  Run run = begin(&every_term, true);
  const size_t at = 4 * MOST + 2998;

  ((float *)(void *)run.gradients)[at] = NAN;
  g_assert_cmpint(optreg_optimizer_step(run.optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_step_report *report = optreg_optimizer_last_step(run.optimizer);
  g_assert_cmpstr(report->nonfinite_parameter, ==, "e");
  g_assert_cmpuint(report->nonfinite_index, ==, 2998);
  end(&run);
}

int
main(int argc, char **argv)
{
  static Case cases[G_N_ELEMENTS(configs)][2];

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    for (size_t type = 0; type < 2; type++) {
      g_autofree char *path =
          g_strdup_printf("/join/%s/%s", configs[i].path, type == 0 ? "f32" : "f64");
      cases[i][type] = (Case){ i, type == 0 ? OPTREG_F32 : OPTREG_F64 };
      g_test_add_data_func(path, &cases[i][type], test_joined_is_separate);
    }
  }
  g_test_add_func("/join/finds-a-nan", test_joined_stages_find_a_nan);
  return g_test_run();
}
