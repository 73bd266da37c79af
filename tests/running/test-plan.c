/* SPDX-License-Identifier: MIT */
/* The plan: which sweeps a call makes, through which stages, and the bytes they move.
 */
#include "trees.h"

typedef struct Expected {
  const char *call, *name, *stages;
  uint32_t bytes_read, bytes_written;
} Expected;

static const struct {
  const char *path, *yaml;
  Expected sweeps[5]; /* ends with a NULL call */
} plans[] = {
  { "plain",
    "optimizer: adadelta\n",
    { { "step", "measure", "finite", 4, 0 },
      { "step", "update", "adadelta", 16, 12 } } },
  { "propagate",
    "optimizer: adadelta\nnonfinite: propagate\n",
    { { "step", "update", "adadelta", 16, 12 } } },
  { "sgd-without-momentum-has-no-slot",
    "optimizer: sgd\nnonfinite: propagate\n",
    { { "step", "update", "sgd", 8, 4 } } },
  { "sgd-with-momentum-has-one",
    "optimizer: sgd\nmomentum: 0.9\nnonfinite: propagate\n",
    { { "step", "update", "sgd", 12, 8 } } },
  { "ema-decay-clipvalue",
    "optimizer: adadelta\nnonfinite: propagate\nuse_ema: true\nweight_decay: 0.1\n"
    "clipvalue: 1\n",
    { { "step", "update", "clipvalue, weight_decay, adadelta, ema", 20, 16 } } },
  { "ema-decay-clipvalue-skip",
    "optimizer: adadelta\nuse_ema: true\nweight_decay: 0.1\nclipvalue: 1\n",
    { { "step", "measure", "finite", 4, 0 },
      { "step", "update", "clipvalue, weight_decay, adadelta, ema", 20, 16 } } },
  { "norm-ema-scale-accumulation",
    "optimizer: adadelta\nglobal_clipnorm: 1\nuse_ema: true\nloss_scale_factor: 8\n"
    "gradient_accumulation_steps: 4\n",
    { { "micro-step", "measure", "unscale, finite", 4, 0 },
      { "micro-step", "accumulate", "unscale, accumulate", 8, 4 },
      { "step", "measure", "unscale, mean, finite, norm", 8, 0 },
      { "step", "update", "unscale, mean, global_clipnorm, adadelta, ema", 24, 16 } } },
  { "a-scale-without-accumulation-has-no-micro-steps",
    "optimizer: sgd\nloss_scale_factor: 8\n",
    { { "step", "measure", "unscale, finite", 4, 0 },
      { "step", "update", "unscale, sgd", 8, 4 } } },
  { "all-clips-in-order",
    "optimizer: sgd\nclipvalue: 3\nclipnorm: 2\nglobal_clipnorm: 1\n",
    { { "step", "measure", "finite, clipvalue, norm", 4, 0 },
      { "step", "update", "clipvalue, clipnorm, global_clipnorm, sgd", 8, 4 } } },
};

static void
test_plan(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(plans[i].yaml);
  g_autoptr(optreg_error) error = NULL;
  const optreg_sweep_info *sweeps;
  const uint64_t n = 4;
  float w[4] = { 0 };

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, w, NULL, &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);

  const size_t n_sweeps = optreg_optimizer_sweeps(optimizer, &sweeps);
  for (size_t j = 0; j < n_sweeps; j++) {
    const Expected *expected = &plans[i].sweeps[j];
    g_assert_cmpstr(sweeps[j].call, ==, expected->call);
    g_assert_cmpstr(sweeps[j].name, ==, expected->name);
    g_assert_cmpstr(sweeps[j].stages, ==, expected->stages);
    g_assert_cmpuint(sweeps[j].bytes_read, ==, expected->bytes_read);
    g_assert_cmpuint(sweeps[j].bytes_written, ==, expected->bytes_written);
  }
  g_assert_null(plans[i].sweeps[n_sweeps].call);
}

/* one function of the core behind the kernel */
static void
test_a_bound_and_an_average_are_one_stage(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: adadelta\nnonfinite: propagate\nuse_ema: true\n");
  g_autoptr(optreg_error) error = NULL;
  const optreg_sweep_info *sweeps;
  const uint64_t n = 4;
  float w[4] = { 0 };

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, w, NULL, &error);
  optreg_optimizer_set_non_neg(optimizer, 0, &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  g_assert_cmpuint(optreg_optimizer_sweeps(optimizer, &sweeps), ==, 1);
  g_assert_cmpstr(sweeps->stages, ==, "adadelta, non_neg and ema");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(plans); i++) {
    g_autofree char *path = g_strdup_printf("/plan/%s", plans[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_plan);
  }
  g_test_add_func("/plan/non-negative-and-averaged",
                  test_a_bound_and_an_average_are_one_stage);
  return g_test_run();
}
