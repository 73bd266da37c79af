/* SPDX-License-Identifier: MIT */
/* Leaving wrappers out of a configuration. */
#include "bench/configs.h"
#include "bench/demand.h"
#include "bench/stages.h"

static const char full[] =
    "{optimizer: adadelta, rho: 0.9, weight_decay: 0.1, clipvalue: 0.5, clipnorm: 2,\n"
    " global_clipnorm: 1, use_ema: true, ema_momentum: 0.9, loss_scale_factor: 8,\n"
    " gradient_accumulation_steps: 4, max_consecutive_skips: 7}";

static optreg_registry *
open_registry(void)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  return optreg_registry_new(directories, NULL);
}

/* what is left builds, and differs by this stage alone */
static void
test_each_can_be_left_out(void)
{
  static const char *const switches[] = {
    "loss_scale_factor", "gradient_accumulation_steps",
    "nonfinite",         "clipvalue",
    "clipnorm",          "global_clipnorm",
    "weight_decay",      "use_ema"
  };
  g_autoptr(optreg_registry) registry = open_registry();
  g_autoptr(optreg_optimizer)
      whole = optreg_optimizer_from_string(registry, full, "full", NULL);

  g_assert_nonnull(whole);
  g_assert_cmpuint(stages_count(), ==, G_N_ELEMENTS(switches));
  for (size_t i = 0; i < stages_count(); i++) {
    g_autofree char *yaml = stages_leave_out(whole, i);
    optreg_error *failure = NULL;
    g_assert_nonnull(yaml);
    g_autoptr(optreg_optimizer)
        part = optreg_optimizer_from_string(registry, yaml, stages_name(i), &failure);
    if (part == NULL) {
      g_error("%s", failure->message);
    }
    for (size_t j = 0; j < G_N_ELEMENTS(switches); j++) {
      const bool is_equal = g_str_equal(demand_option(whole, switches[j]),
                                        demand_option(part, switches[j]));
      g_assert_true(is_equal == (i != j));
    }
    g_assert_cmpstr(demand_option(part, "rho"), ==, "0.9");
  }
}

static void
test_what_is_off_is_not_left_out(void)
{
  g_autoptr(optreg_registry) registry = open_registry();
  g_autoptr(optreg_optimizer)
      plain = configs_open(registry, "adadelta-propagate", NULL);

  g_assert_nonnull(plain);
  for (size_t i = 0; i < stages_count(); i++) {
    g_assert_null(stages_leave_out(plain, i));
  }
}

static void
test_built_in_configurations_open(void)
{
  g_autoptr(optreg_registry) registry = open_registry();
  const char *const *names = configs_default();

  for (size_t i = 0; names[i] != NULL; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(optreg_optimizer) optimizer = configs_open(registry, names[i], &error);
    g_assert_no_error(error);
    g_assert_nonnull(optimizer);
  }
}

static void
test_unknown_name_is_refused(void)
{
  g_autoptr(optreg_registry) registry = open_registry();
  g_autoptr(GError) error = NULL;

  g_assert_null(configs_open(registry, "adadelter", &error));
  g_assert_nonnull(strstr(error->message, "'adadelter'"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/stages/each-can-be-left-out", test_each_can_be_left_out);
  g_test_add_func("/bench/stages/what-is-off-is-not-left-out",
                  test_what_is_off_is_not_left_out);
  g_test_add_func("/bench/configs/built-in-configurations-open",
                  test_built_in_configurations_open);
  g_test_add_func("/bench/configs/unknown-name-is-refused",
                  test_unknown_name_is_refused);
  return g_test_run();
}
