/* SPDX-License-Identifier: MIT */
/* Steps on the application's own threads, here those of OpenMP, which wait for work
 * already: no others are started.
 *
 *   openmp CONFIG [PLUGIN-DIRECTORY] */
#include <omp.h>
#include <optreg/optreg.h>
#include <stdint.h>
#include <stdio.h>

enum { N = 200000 };

static float w[N], gradient[N];

/* one task a turn, for whoever is free */
static void
run_on_openmp(void *context, size_t n, void (*task)(void *argument, size_t index),
              void *argument)
{
  int *n_calls = context;

  (*n_calls)++;
#pragma omp parallel for schedule(dynamic, 1)
  for (size_t i = 0; i < n; i++) {
    task(argument, i);
  }
}

/* minimise (w - 1)^2 / 2 */
static int
train(optreg_optimizer *optimizer, optreg_error **error)
{
  for (int step = 0; step < 200; step++) {
#pragma omp parallel for
    for (size_t i = 0; i < N; i++) {
      gradient[i] = w[i] - 1.0f;
    }
    if (optreg_optimizer_step(optimizer, error) == OPTREG_STEP_ERROR) {
      return 1;
    }
  }
  return 0;
}

int
main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: openmp CONFIG [PLUGIN-DIRECTORY]\n");
    return 2;
  }
  const char *const directories[] = { argc > 2 ? argv[2] : NULL, NULL };
  optreg_error *error = NULL;
  optreg_registry *registry = optreg_registry_new(directories, &error);
  optreg_optimizer *optimizer = optreg_optimizer_from_file(registry, argv[1], &error);
  const uint64_t shape[] = { N };
  int n_calls = 0;

  /* behind an error these do nothing */
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, shape, 1, w, gradient,
                                 &error);
  optreg_optimizer_set_threads(optimizer, (uint32_t)omp_get_max_threads(), &error);
  optreg_optimizer_set_parallel_for(optimizer, run_on_openmp, &n_calls, &error);
  optreg_optimizer_build(optimizer, &error);
  if (error != NULL || train(optimizer, &error) != 0) {
    fprintf(stderr, "%s\n", error->message);
  } else {
    printf("w = %.4f after 200 steps on %d threads of OpenMP\n", (double)w[N - 1],
           omp_get_max_threads());
  }
  const int failed = error != NULL || w[0] < 0.99f || w[N - 1] < 0.99f
                     || (omp_get_max_threads() > 1 && n_calls == 0);

  optreg_error_free(error);
  optreg_optimizer_free(optimizer);
  optreg_registry_free(registry);
  return failed;
}
