/* SPDX-License-Identifier: MIT */
/* What is said about an optimizer: texts as one would write them in YAML. */
#include "trees.h"

extern const struct optreg_plugin static_plugin;

static optreg_registry *
open_registry(void)
{
  g_autoptr(optreg_error) error = NULL;
  optreg_registry *registry = optreg_registry_new(NULL, &error);

  assert_no_error(error);
  g_assert_true(optreg_registry_add_plugin(registry, &static_plugin, &error));
  return registry;
}

static void
test_optimizer(void)
{
  g_autoptr(optreg_registry) registry = open_registry();
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "static_first", NULL);

  g_assert_cmpstr(info->name, ==, "static_first");
  g_assert_cmpstr(info->version, ==, "1.2.3");
  g_assert_cmpstr(info->license, ==, "MIT");
  g_assert_cmpstr(info->doc, ==, "a plugin for tests");
  g_assert_cmpstr(info->reference, ==, "nobody");
  g_assert_null(info->path);
  g_assert_null(info->hides[0]);
  g_assert_cmpuint(info->n_variants, ==, 0);
  g_assert_cmpfloat(info->weight_decay, ==, 0.004);
  g_assert_true(optreg_registry_info(registry, "static_first", NULL) == info);
}

static void
test_hyperparameters(void)
{
  static const optreg_hyperparameter_info expected[] = {
    { "learning_rate", "the step", "real", "0.01", "(0, inf)", NULL, true, true },
    { "rho", "decay", "real", "0.95", "[0, 1)", NULL, false, false },
    { "epsilon", "anything", "real", "1e-7", "(-inf, 1]", NULL, false, false },
    { "warmup", "calls without a step", "integer", "32768", "[0, inf)", NULL, false,
      false },
    { "nesterov", "look ahead", "boolean", "true", "false | true", "rho", false,
      false },
    { "mode", "how values are combined", "choice", "mean", "sum | mean", NULL, false,
      false },
  };
  g_autoptr(optreg_registry) registry = open_registry();
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "static_first", NULL);

  g_assert_cmpuint(info->n_hyperparameters, ==, G_N_ELEMENTS(expected));
  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    const optreg_hyperparameter_info *row = &info->hyperparameters[i];
    g_assert_cmpstr(row->name, ==, expected[i].name);
    g_assert_cmpstr(row->doc, ==, expected[i].doc);
    g_assert_cmpstr(row->type, ==, expected[i].type);
    g_assert_cmpstr(row->default_value, ==, expected[i].default_value);
    g_assert_cmpstr(row->range, ==, expected[i].range);
    g_assert_cmpstr(row->needs, ==, expected[i].needs);
    g_assert_cmpint(row->is_schedulable, ==, expected[i].is_schedulable);
    g_assert_cmpint(row->is_per_group, ==, expected[i].is_per_group);
  }
}

static void
test_slots(void)
{
  static const optreg_slot_info expected[] = {
    { "velocity", "the last update", "element", "zero", "rho", false },
    { "level", "starts at a constant", "tensor", "0.1", NULL, false },
    { "height", "starts at a row's value", "group", "rho", NULL, false },
    { "anchor", "starts as the parameter", "element", "parameter", NULL, false },
    { "product", "scratch", "model", "zero", NULL, true },
  };
  g_autoptr(optreg_registry) registry = open_registry();
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "static_first", NULL);

  g_assert_cmpuint(info->n_slots, ==, G_N_ELEMENTS(expected));
  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    const optreg_slot_info *row = &info->slots[i];
    g_assert_cmpstr(row->name, ==, expected[i].name);
    g_assert_cmpstr(row->doc, ==, expected[i].doc);
    g_assert_cmpstr(row->scope, ==, expected[i].scope);
    g_assert_cmpstr(row->init, ==, expected[i].init);
    g_assert_cmpstr(row->needs, ==, expected[i].needs);
    g_assert_cmpint(row->is_transient, ==, expected[i].is_transient);
  }
}

static const optreg_kernel_info *
find_kernel(const optreg_optimizer_info *info, const char *variant, const char *level)
{
  for (size_t i = 0; i < info->n_kernels; i++) {
    if (g_str_equal(info->kernels[i].variant, variant)
        && g_str_equal(info->kernels[i].level, level)) {
      return &info->kernels[i];
    }
  }
  return NULL;
}

static void
test_kernels(void)
{
  g_autoptr(optreg_registry) registry = open_registry();
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "static_first", NULL);
  const optreg_kernel_info *kernel = find_kernel(info, "", "baseline");

  g_assert_nonnull(kernel);
  g_assert_cmpstr(kernel->granularity, ==, "element");
  g_assert_cmpstr(kernel->dtype, ==, "f32");
  g_assert_true(kernel->is_usable);
}

/* a forced level shows in what is usable */
static void
test_usable_kernels(void)
{
  g_setenv("OPTREG_ISA", "baseline", TRUE);
  g_autoptr(optreg_registry) registry = open_registry();
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "static_first", NULL);
  g_unsetenv("OPTREG_ISA");

  for (size_t i = 0; i < info->n_kernels; i++) {
    const bool is_baseline = g_str_equal(info->kernels[i].level, "baseline");
    g_assert_cmpint(info->kernels[i].is_usable, ==, is_baseline);
  }
}

static void
test_variants(void)
{
#if HAS_CPLUSPLUS
  g_autofree char *directory = built_path("fixtures");
  const char *const directories[] = { directory, NULL };
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);
  const optreg_optimizer_info *info = optreg_registry_info(registry, "cplusplus", NULL);
  g_autofree char *path = g_build_filename(directory, "cplusplus.so", NULL);

  g_assert_cmpstr(info->path, ==, path);
  g_assert_cmpstr(find_kernel(info, "vector", "baseline")->granularity, ==, "element");
  g_assert_cmpstr(find_kernel(info, "matrix", "baseline")->granularity, ==, "tensor");
  g_assert_null(find_kernel(info, "", "baseline"));
  g_assert_cmpuint(info->n_variants, ==, 2);
  g_assert_cmpstr(info->variants[1].name, ==, "matrix");
  g_assert_cmpstr(info->variants[1].doc, ==, "for weights");
  g_assert_cmpstr(info->variants[1].granularity, ==, "tensor");
  g_assert_cmpuint(info->n_reductions, ==, 1);
  g_assert_cmpstr(info->reductions[0].name, ==, "norm");
  g_assert_cmpstr(info->reductions[0].scope, ==, "tensor");
  g_assert_cmpstr(info->reductions[0].op, ==, "sum");
  g_assert_cmpuint(info->reductions[0].phase, ==, 0);
#else
  g_test_skip("there is no C++ compiler");
#endif
}

int
main(int argc, char **argv)
{
  g_unsetenv("OPTREG_ISA");
  g_unsetenv("OPTREG_PLUGIN_PATH");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/info/optimizer", test_optimizer);
  g_test_add_func("/info/hyperparameters", test_hyperparameters);
  g_test_add_func("/info/slots", test_slots);
  g_test_add_func("/info/kernels/described", test_kernels);
  g_test_add_func("/info/kernels/usable-up-to-the-level", test_usable_kernels);
  g_test_add_func("/info/kernels/of-variants", test_variants);
  return g_test_run();
}
