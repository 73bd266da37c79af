/* SPDX-License-Identifier: MIT */
/* A small optimizer for fuzz targets. */
#include "subject.h"

#include <optreg/plugin.h>

extern const optreg_plugin fuzz_adadelta, fuzz_sgd, fuzz_test_blob;

optreg_registry *
subject_registry(void)
{
  static const char *const nowhere[] = { NULL };
  static optreg_registry *registry;

  if (registry == NULL) {
    registry = optreg_registry_new(nowhere, NULL);
    optreg_registry_add_plugin(registry, &fuzz_adadelta, NULL);
    optreg_registry_add_plugin(registry, &fuzz_sgd, NULL);
    optreg_registry_add_plugin(registry, &fuzz_test_blob, NULL);
  }
  return registry;
}

bool
subject_build(optreg_optimizer *optimizer)
{
  static const uint64_t shape[] = { 3, 2 };
  static float weight[2][6], gradient[2][6] = { { 1.0f, -2.0f, 0.5f }, { 0.25f } };

  return optreg_optimizer_add_parameter(optimizer, "a/kernel", OPTREG_F32, shape, 2,
                                        weight[0], gradient[0], NULL)
         && optreg_optimizer_add_parameter(optimizer, "a/bias", OPTREG_F32, shape, 1,
                                           weight[1], gradient[1], NULL)
         && optreg_optimizer_set_threads(optimizer, 1, NULL)
         && optreg_optimizer_set_total_steps(optimizer, 100, NULL)
         && optreg_optimizer_build(optimizer, NULL);
}
