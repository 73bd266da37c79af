/* SPDX-License-Identifier: MIT */
/* Diagnostics have the same bits for any number of threads, tile size and SIMD level.
 */
#include "hostile.h"
#include "trees.h"
#include "workload.h"

#include <string.h>

static const Manner manners[] = {
  { .name = "threads-3", .threads = 3, .diagnose_every = 1 },
  { .name = "tile-16", .threads = 1, .tile = "16", .diagnose_every = 1 },
  { .name = "tile-1024", .threads = 2, .tile = "1024", .diagnose_every = 1 },
  { .name = "simd-baseline", .threads = 1, .simd = "baseline", .diagnose_every = 1 },
  { .name = "simd-x86-64-v3", .threads = 1, .simd = "x86-64-v3", .diagnose_every = 1 },
  { .name = "simd-x86-64-v4", .threads = 1, .simd = "x86-64-v4", .diagnose_every = 1 },
  { .name = "application-threads",
    .threads = 3,
    .parallel_for = hostile_parallel_for,
    .diagnose_every = 1 },
  { .name = "misaligned", .threads = 1, .is_misaligned = true, .diagnose_every = 1 },
};

static const Manner plain_manner = { .threads = 1, .diagnose_every = 1 };

static GByteArray *
run(const Subject *subject, const Manner *manner)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  return workload_diagnose(subject, manner, registry);
}

static void
test_every_manner_says_the_same(gconstpointer data)
{
  const Subject *subject = data;
  g_autoptr(GByteArray) expected = run(subject, &plain_manner);

  for (size_t i = 0; i < G_N_ELEMENTS(manners); i++) {
    if (manners[i].simd != NULL && !workload_machine_runs(manners[i].simd)) {
      g_test_message("this machine does not run %s", manners[i].simd);
      continue;
    }
    g_autoptr(GByteArray) actual = run(subject, &manners[i]);
    g_assert_cmpuint(actual->len, ==, expected->len);
    for (guint at = 0; at < actual->len; at += sizeof(optreg_diagnostics)) {
      if (memcmp(actual->data + at, expected->data + at, sizeof(optreg_diagnostics))
          != 0) {
        g_test_fail_printf("%s: result %zu differs", manners[i].name,
                           at / sizeof(optreg_diagnostics));
        break;
      }
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < n_subjects; i++) {
    g_autofree char *path = g_strdup_printf("/bits/diagnostics/%s", subjects[i].name);
    g_test_add_data_func(path, &subjects[i], test_every_manner_says_the_same);
  }
  return g_test_run();
}
