/* SPDX-License-Identifier: MIT */
/* Arms: how they are named, and which names are refused. */
#include "harness/arm.h"
#include "support/status.h"

static GPtrArray *
parse(const char *first, const char *second, GError **error)
{
  char *const arguments[] = { (char *)first, (char *)second, NULL };
  return arm_parse_all(arguments, error);
}

static void
test_names(void)
{
  static const struct {
    const char *argument, *name, *config;
  } cases[] = {
    { "configs/adadelta.yaml", "adadelta", "configs/adadelta.yaml" },
    { "adadelta", "adadelta", "adadelta" },
    { "a/b.c/sgd-0.9.yaml", "sgd-0.9", "a/b.c/sgd-0.9.yaml" },
    { "fast=configs/sgd.yaml", "fast", "configs/sgd.yaml" },
    { "lr=0.1/sgd.yaml", "lr", "0.1/sgd.yaml" },
    { "./lr=0.1/sgd.yaml", "sgd", "./lr=0.1/sgd.yaml" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) arms = parse(cases[i].argument, NULL, &error);
    g_assert_no_error(error);
    const Arm *arm = g_ptr_array_index(arms, 0);
    g_assert_cmpstr(arm->name, ==, cases[i].name);
    g_assert_cmpstr(arm->config, ==, cases[i].config);
  }
}

static void
test_duplicates(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(parse("a/sgd.yaml", "b/sgd.yaml", &error));
  g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
  g_assert_cmpstr(
      error->message, ==,
      "two arms are called 'sgd': a/sgd.yaml and b/sgd.yaml; name one of them, "
      "as in NAME=b/sgd.yaml");
}

static void
test_bad_names(void)
{
  static const char *const arguments[] = { "=sgd.yaml",    "..=sgd.yaml",
                                           "a b=sgd.yaml", ".hidden=sgd.yaml",
                                           "-x=sgd.yaml",  "\xc3\xa4=sgd.yaml" };

  for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(arguments[i], NULL, &error));
    g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
    g_assert_true(g_str_has_suffix(error->message, "as in NAME=sgd.yaml"));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/arm/names", test_names);
  g_test_add_func("/arm/duplicates-are-refused", test_duplicates);
  g_test_add_func("/arm/bad-names-are-refused", test_bad_names);
  return g_test_run();
}
