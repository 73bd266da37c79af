/* SPDX-License-Identifier: MIT */
/* The library in a program whose locale writes numbers with a comma. */
#include "config/config.h"
#include "config/number.h"
#include "running/values.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static optreg_hyperparameter rows[] = {
  OPTREG_REAL_ROW("learning_rate", 0.25, 0.0, 1.5,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size"),
};

static const OptregDescriptor toy = {
  .class = { .name = "toy" },
  .hyperparameters = rows,
  .n_hyperparameters = G_N_ELEMENTS(rows),
};

/* made here, as few machines have one; false where there are no sources for it */
static bool
enter_comma_locale(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "de_DE.UTF-8", NULL);
  const char *const command[] = {
    "localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL
  };
  int status = 0;

  g_setenv("LOCPATH", folder, TRUE);
  return g_spawn_sync(NULL, (char **)command, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                          | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, NULL)
         && setlocale(LC_ALL, "de_DE.UTF-8") != NULL
         && strcmp(localeconv()->decimal_point, ",") == 0;
}

static OptregConfig *
read_config(const char *rate, GError **error)
{
  g_autofree char *yaml = g_strconcat("optimizer: toy\nlearning_rate: ", rate, NULL);
  g_autoptr(OptregNode) tree = optreg_node_parse(yaml, strlen(yaml), "a.yaml", error);

  return tree == NULL ? NULL : optreg_config_new(tree, "a.yaml", &toy, NULL, error);
}

static void
test_numbers(void)
{
  double value = 0.0;
  g_autofree char *shown = optreg_number_show(0.5);

  g_assert_cmpint(optreg_number_read("0.5", &value), ==, OPTREG_NUMBER_REAL);
  g_assert_cmpfloat(value, ==, 0.5);
  g_assert_cmpint(optreg_number_read("0,5", &value), ==, OPTREG_NUMBER_NONE);
  g_assert_cmpstr(shown, ==, "0.5");
}

static void
test_options(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregConfig) config = read_config("0.125", &error);

  g_assert_no_error(error);
  g_assert_cmpfloat(config->groups[0].hyperparameters[0], ==, 0.125);
  for (size_t i = 0; i < config->n_options; i++) {
    if (strcmp(config->options[i].name, "learning_rate") == 0) {
      g_assert_cmpstr(config->options[i].value, ==, "0.125");
    }
  }
}

static void
test_messages(void)
{
  static const struct {
    const char *rate, *message;
  } cases[] = {
    { "1.75", "1.75 is out of range, permitted is [0, 1.5]" },
    { "{schedule: linear, initial_value: 0.5, end_value: 1.75, steps: 4}",
      "is out of range, permitted is [0, 1.5]" },
    { "{schedule: noam, model_size: 0.25, warmup_steps: 4}", "[1, inf)" },
    { "{schedule: noam, model_size: 1, warmup_steps: 4, factor: 3.5}",
      "noam: reaches 1.75, but learning_rate must stay in [0, 1.5]" },
    { "{schedule: linear, initial_value: 1, end_value: 0, steps: 0.125}",
      "0.125 is less than one step; write 12.5% for a share" },
    { "{schedule: piecewise_constant_decay, boundaries: [2.5, 1.5], values: [1, 1, 1]}",
      "must increase, but 1.5 follows 2.5" },
    { "{schedule: wsd, peak_value: 1, warmup_steps: 8.5, total_steps: 9, "
      "decay_steps: 1.5}",
      "9 are less than 8.5 of warmup and 1.5 of decay together" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(OptregConfig) config = read_config(cases[i].rate, &error);
    g_assert_null(config);
    if (strstr(error->message, cases[i].message) == NULL) {
      g_error("%s: %s", cases[i].rate, error->message);
    }
  }
}

static void
test_setting(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregConfig) config = read_config("1", &error);

  g_assert_no_error(error);
  g_assert_false(optreg_values_set_learning_rate(config, &toy, NULL, 1.75, &error));
  g_assert_nonnull(strstr(error->message, "1.75 is out of range"));
}

int
main(int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL);

  g_test_init(&argc, &argv, NULL);
  if (enter_comma_locale(folder)) {
    g_test_add_func("/locale/comma/numbers", test_numbers);
    g_test_add_func("/locale/comma/options", test_options);
    g_test_add_func("/locale/comma/messages", test_messages);
    g_test_add_func("/locale/comma/setting-the-learning-rate", test_setting);
  }
  const int status = g_test_run();
  const char *const remove[] = { "rm", "-r", folder, NULL };
  g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
               NULL, NULL);
  return status;
}
