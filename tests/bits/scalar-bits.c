/* SPDX-License-Identifier: MIT */
/* The workload by core and plugins that were compiled without SIMD; bytes on stdout.
 *
 * usage: scalar-bits SUBJECT     a name of the table in workload.c */
#include "trees.h"
#include "workload.h"

#include <stdio.h>

struct optreg_plugin;
extern const struct optreg_plugin scalar_adadelta, scalar_adagrad, scalar_adam,
    scalar_adamw, scalar_rmsprop, scalar_sgd, scalar_test_adam, scalar_test_lamb,
    scalar_test_nadam, scalar_test_adafactor, scalar_test_adagrad,
    scalar_test_schedulefree, scalar_test_blob, scalar_test_phases, scalar_test_shampoo;

static const struct optreg_plugin *const plugins[] = {
  &scalar_adadelta,       &scalar_adagrad,      &scalar_adam,
  &scalar_adamw,          &scalar_rmsprop,      &scalar_sgd,
  &scalar_test_adam,      &scalar_test_lamb,    &scalar_test_nadam,
  &scalar_test_adafactor, &scalar_test_adagrad, &scalar_test_schedulefree,
  &scalar_test_blob,      &scalar_test_phases,  &scalar_test_shampoo,
};

static optreg_registry *
scalar_plugins(void)
{
  g_autoptr(optreg_error) error = NULL;
  optreg_registry *registry = optreg_registry_new(NULL, &error);
  assert_no_error(error);
  for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++) {
    optreg_registry_add_plugin(registry, plugins[i], &error);
    assert_no_error(error);
  }
  return registry;
}

int
main(int argc, char **argv)
{
  const Manner manner = { .name = "scalar", .threads = 1 };
  g_autoptr(optreg_registry) registry = scalar_plugins();
  for (size_t i = 0; argc == 2 && i < n_subjects; i++) {
    if (g_str_equal(subjects[i].name, argv[1])) {
      g_autoptr(GByteArray) bytes = workload_run(&subjects[i], &manner, registry);
      return fwrite(bytes->data, 1, bytes->len, stdout) == bytes->len ? 0 : 1;
    }
  }
  fputs("usage: scalar-bits SUBJECT\n", stderr);
  return 2;
}
