/* SPDX-License-Identifier: MIT */
/* Train with one optimizer; learn on the way what others would have done.
 *
 *   shadow [--plugins DIRECTORY] CONFIG CANDIDATE...
 */
#include <math.h>
#include <optreg/optreg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSION = 64, N_STEPS = 500, MOST_CANDIDATES = 16 };

/* sums over the steps, of which reports have one each */
typedef struct Sums {
  double cosine, square, live_square, decrease, live_decrease;
  unsigned n;
} Sums;

/* half of Σ k (w[k] − 1)² over the number of weights: narrow in some directions, wide
 * in others */
static float
loss_and_gradient(const float *w, float *gradient)
{
  float loss = 0.0f;

  for (int k = 0; k < DIMENSION; k++) {
    const float curvature = (float)(k + 1) / DIMENSION;
    gradient[k] = curvature * (w[k] - 1.0f);
    loss += 0.5f * gradient[k] * (w[k] - 1.0f);
  }
  return loss;
}

static int
fail(optreg_error *error)
{
  fprintf(stderr, "shadow: %s\n", error->message);
  optreg_error_free(error);
  return EXIT_FAILURE;
}

static void
add_up(Sums *sums, const optreg_contrast *contrast)
{
  if (!isnan(contrast->cosine)) {
    sums->n++;
    sums->cosine += contrast->cosine;
    sums->square += contrast->rms * contrast->rms;
    sums->live_square += contrast->live_rms * contrast->live_rms;
    sums->decrease += contrast->decrease;
    sums->live_decrease += contrast->live_decrease;
  }
}

static void
print(const char *name, const Sums *sums)
{
  const double ratio = sqrt(sums->square / sums->live_square);

  printf(
      "%s: cosine %.3f, updates %.3g times as large (learning_rate x %.3g would make "
      "them equal), predicted decrease %.3g times\n",
      name, sums->cosine / sums->n, ratio, 1.0 / ratio,
      sums->decrease / sums->live_decrease);
}

static bool
add_candidates(optreg_registry *registry, optreg_shadow *shadow, char **configs, int n,
               optreg_error **error)
{
  for (int i = 0; i < n; i++) {
    optreg_optimizer *candidate =
        optreg_optimizer_from_file(registry, configs[i], error);
    if (candidate == NULL) {
      return false;
    }
    if (!optreg_shadow_add(shadow, configs[i], candidate, error)) {
      optreg_optimizer_free(candidate);
      return false;
    }
  }
  return true;
}

static bool
train(optreg_shadow *shadow, const float *w, float *gradient, int n, Sums *sums,
      optreg_error **error)
{
  for (int step = 0; step < N_STEPS; step++) {
    loss_and_gradient(w, gradient);
    if (optreg_shadow_step(shadow, error) == OPTREG_STEP_ERROR) {
      return false;
    }
    for (int i = 0; i < n; i++) {
      add_up(&sums[i], &optreg_shadow_last_step(shadow, (size_t)i)->model);
    }
  }
  return true;
}

static int
run(optreg_registry *registry, optreg_optimizer *live, char **configs, int n)
{
  const uint64_t dimension = DIMENSION;
  float w[DIMENSION] = { 0.0f }, gradient[DIMENSION] = { 0.0f };
  Sums sums[MOST_CANDIDATES] = { { 0 } };
  optreg_error *error = NULL;

  if (!optreg_optimizer_add_parameter(live, "w", OPTREG_F32, &dimension, 1, w, gradient,
                                      &error)
      || !optreg_optimizer_build(live, &error)) {
    return fail(error);
  }
  optreg_shadow *shadow = optreg_shadow_new(live, &error);
  if (shadow == NULL) {
    return fail(error);
  }
  const bool is_done = add_candidates(registry, shadow, configs, n, &error)
                       && train(shadow, w, gradient, n, sums, &error);
  optreg_shadow_free(shadow);
  if (!is_done) {
    return fail(error);
  }
  printf("loss %g\n", (double)loss_and_gradient(w, gradient));
  for (int i = 0; i < n; i++) {
    print(configs[i], &sums[i]);
  }
  return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
  const bool has_plugins = argc > 2 && strcmp(argv[1], "--plugins") == 0;
  const char *const directories[] = { has_plugins ? argv[2] : NULL, NULL };
  char **configs = argv + (has_plugins ? 3 : 1);
  const int n = argc - (int)(configs - argv);
  optreg_error *error = NULL;

  if (n < 2 || n > MOST_CANDIDATES) {
    fprintf(stderr, "usage: shadow [--plugins DIRECTORY] CONFIG CANDIDATE...\n");
    return EXIT_FAILURE;
  }
  optreg_registry *registry = optreg_registry_new(directories, &error);
  if (registry == NULL) {
    return fail(error);
  }
  optreg_optimizer *live = optreg_optimizer_from_file(registry, configs[0], &error);
  const int status = live != NULL ? run(registry, live, configs + 1, n - 1)
                                  : fail(error);
  optreg_optimizer_free(live);
  optreg_registry_free(registry);
  return status;
}
