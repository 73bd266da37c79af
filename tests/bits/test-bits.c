/* SPDX-License-Identifier: MIT */
/* The same bits for any number of threads, tile size, SIMD level, host and compiler. */
#include "hostile.h"
#include "trees.h"
#include "workload.h"

#include <gio/gio.h>
#include <string.h>

static const Manner manners[] = {
  { .name = "threads-2", .threads = 2 },
  { .name = "threads-3", .threads = 3 },
  { .name = "threads-7", .threads = 7 },
  { .name = "tile-16", .threads = 1, .tile = "16" },
  { .name = "tile-64", .threads = 2, .tile = "64" },
  { .name = "tile-256", .threads = 1, .tile = "256" },
  { .name = "tile-1024", .threads = 2, .tile = "1024" },
  { .name = "no-prefetch", .threads = 1, .prefetch = "0" },
  { .name = "prefetch-1000", .threads = 2, .prefetch = "1000" },
  { .name = "simd-baseline", .threads = 1, .simd = "baseline" },
  { .name = "simd-x86-64-v3", .threads = 1, .simd = "x86-64-v3" },
  { .name = "simd-x86-64-v4", .threads = 1, .simd = "x86-64-v4" },
  { .name = "application-threads", .threads = 3, .parallel_for = hostile_parallel_for },
  { .name = "hostile-mode",
    .threads = 2,
    .before_call = hostile_mode_set,
    .after_call = hostile_mode_check },
  { .name = "misaligned", .threads = 1, .is_misaligned = true },
  { .name = "after-fork", .threads = 3, .is_forked = true },
  { .name = "diagnosed", .threads = 2, .diagnose_every = 1 },
  { .name = "diagnosed-at-times", .threads = 1, .diagnose_every = 3 },
};

static const Manner plain_manner = { .name = "one thread", .threads = 1 };

typedef struct Row {
  const Subject *subject;
  const Manner *manner;
} Row;

static GByteArray *
run(const Subject *subject, const Manner *manner)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  return workload_run(subject, manner, registry);
}

/* subjects follow one another, so the last result is kept */
static const GByteArray *
expected_bytes(const Subject *subject)
{
  static const Subject *last_subject;
  static GByteArray *last;
  if (last_subject != subject) {
    g_clear_pointer(&last, g_byte_array_unref);
    last = run(subject, &plain_manner);
    last_subject = subject;
  }
  return last;
}

static void
assert_same_bits(const Subject *subject, const guint8 *actual, gsize n)
{
  const GByteArray *expected = expected_bytes(subject);
  gsize n_different = 0, first = n;
  g_assert_cmpuint(n, ==, expected->len);
  for (gsize i = 0; i + 4 <= n; i += 4) {
    if (memcmp(actual + i, expected->data + i, 4) != 0) {
      n_different++;
      first = MIN(first, i);
    }
  }
  if (n_different > 0) {
    g_test_fail_printf("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                       " numbers differ, the first is number %" G_GSIZE_FORMAT,
                       n_different, n / 4, first / 4);
  }
}

static void
test_manner(gconstpointer data)
{
  const Row *row = data;
  if (row->manner->simd != NULL && !workload_machine_runs(row->manner->simd)) {
    g_test_skip("this machine does not run that level");
    return;
  }
  g_autoptr(GByteArray) actual = run(row->subject, row->manner);
  assert_same_bits(row->subject, actual->data, actual->len);
}

/* the scalar reading of a kernel is its definition */
static void
test_scalar_build(gconstpointer data)
{
  const Subject *subject = data;
  g_autofree char *program = built_path("bits/scalar-bits");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) output = NULL;
  g_autoptr(GSubprocess) process = g_subprocess_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, subject->name, NULL);
  g_assert_no_error(error);
  g_subprocess_communicate(process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_subprocess_get_exit_status(process), ==, 0);
  assert_same_bits(subject, g_bytes_get_data(output, NULL), g_bytes_get_size(output));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t s = 0; s < n_subjects; s++) {
    for (size_t m = 0; m < G_N_ELEMENTS(manners); m++) {
      g_autofree char *path =
          g_strdup_printf("/bits/%s/%s", subjects[s].name, manners[m].name);
      const Row row = { &subjects[s], &manners[m] };
      g_test_add_data_func_full(path, g_memdup2(&row, sizeof row), test_manner, g_free);
    }
    g_autofree char *path = g_strdup_printf("/bits/%s/scalar-build", subjects[s].name);
    g_test_add_data_func(path, &subjects[s], test_scalar_build);
  }
  return g_test_run();
}
