/* SPDX-License-Identifier: MIT */
/* Optimizers of many small parameters: a long header, little data. */
#ifndef OPTREG_TESTS_CHECKPOINT_MANY_H
#define OPTREG_TESTS_CHECKPOINT_MANY_H

#include "memory.h"

#define MANY 2000 /* at most */

/* For any optimizer: more state. */
#define WRAPPED "use_ema: true\ngradient_accumulation_steps: 3\n"

/* Built, on one thread; parameters are named by the prefix and a number. */
static inline optreg_optimizer *
new_optimizer(const char *yaml, const char *prefix, size_t n)
{
  static const uint64_t shape[] = { 1, 1, 2 };
  static float weight[MANY][2], gradient[2] = { 0.5f, -1.0f };
  optreg_optimizer *optimizer = optimizer_from_text(yaml);
  g_autoptr(optreg_error) error = NULL;

  for (size_t i = 0; i < n; i++) {
    g_autofree char *number = g_strdup_printf("%zu", i);
    g_autofree char *name = g_strconcat(prefix, number, NULL);
    optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, shape, 3, weight[i],
                                   gradient, &error);
    assert_no_error(error);
  }
  optreg_optimizer_set_threads(optimizer, 1, NULL);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  return optimizer;
}

static inline void
train(optreg_optimizer *optimizer, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), !=, OPTREG_STEP_ERROR);
  }
}

static inline GBytes *
save_to_bytes(const optreg_optimizer *optimizer)
{
  size_t size;
  void *bytes = optreg_optimizer_save_to_memory(optimizer, NULL, &size, NULL);

  g_assert_nonnull(bytes);
  return g_bytes_new_with_free_func(bytes, size, optreg_memory_free, bytes);
}

#endif
