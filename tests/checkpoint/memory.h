/* SPDX-License-Identifier: MIT */
/* Checkpoints in memory, for tests. */
#ifndef OPTREG_TESTS_CHECKPOINT_MEMORY_H
#define OPTREG_TESTS_CHECKPOINT_MEMORY_H

#include "model.h"
#include "trees.h"

/* Everything that training changes: state, counters and values of parameters. */
static inline GBytes *
save_all(const Model *model)
{
  const optreg_save_options options = { .with_parameters = true };
  g_autoptr(optreg_error) error = NULL;
  size_t size;
  void *bytes =
      optreg_optimizer_save_to_memory(model->optimizer, &options, &size, &error);

  assert_no_error(error);
  return g_bytes_new_with_free_func(bytes, size, optreg_memory_free, bytes);
}

/* The same in a file that need not survive: hundreds of flushes to a disk take long. */
static inline void
write_all(const Model *model, const char *path)
{
  g_autoptr(GBytes) bytes = save_all(model);
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);

  g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
}

static inline bool
load_all(Model *model, GBytes *bytes, const optreg_load_options *options,
         optreg_error **error)
{
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);

  return optreg_optimizer_load_from_memory(model->optimizer, data, size, options,
                                           error);
}

static inline bool
report_has(const Model *model, const char *text)
{
  const optreg_difference *differences;
  const size_t n = optreg_optimizer_load_report(model->optimizer, &differences);

  for (size_t i = 0; i < n; i++) {
    if (g_str_equal(differences[i].text, text)) {
      return true;
    }
  }
  return false;
}

static inline void
assert_same_bytes(GBytes *actual, GBytes *expected)
{
  gsize n_actual, n_expected;
  const void *a = g_bytes_get_data(actual, &n_actual);
  const void *b = g_bytes_get_data(expected, &n_expected);

  g_assert_cmpmem(a, n_actual, b, n_expected);
}

#endif
