/* SPDX-License-Identifier: MIT */
/* Fit a line to points: the whole life of an optimizer in an application.
 *
 *   line CONFIG [PLUGIN-DIRECTORY]
 */
#include <optreg/optreg.h>
#include <stdio.h>
#include <stdlib.h>

#define N_POINTS 20

/* mean squared error of y = slope x + offset against y = 2 x - 1, and its gradient */
static float
loss_and_gradient(float slope, float offset, float *d_slope, float *d_offset)
{
  float loss = 0.0f;

  *d_slope = *d_offset = 0.0f;
  for (int i = 0; i < N_POINTS; i++) {
    const float x = (float)i / N_POINTS;
    const float difference = slope * x + offset - (2.0f * x - 1.0f);
    loss += difference * difference / N_POINTS;
    *d_slope += 2.0f * difference * x / N_POINTS;
    *d_offset += 2.0f * difference / N_POINTS;
  }
  return loss;
}

static int
fail(optreg_error *error)
{
  fprintf(stderr, "line: %s\n", error->message);
  optreg_error_free(error);
  return EXIT_FAILURE;
}

static int
train(optreg_optimizer *optimizer)
{
  float slope = 0.0f, offset = 0.0f, d_slope, d_offset, loss = 0.0f;
  optreg_error *error = NULL;

  if (!optreg_optimizer_add_parameter(optimizer, "slope", OPTREG_F32, NULL, 0, &slope,
                                      &d_slope, &error)
      || !optreg_optimizer_add_parameter(optimizer, "offset", OPTREG_F32, NULL, 0,
                                         &offset, &d_offset, &error)
      || !optreg_optimizer_build(optimizer, &error)) {
    return fail(error);
  }
  for (int step = 0; step < 2000; step++) {
    loss = loss_and_gradient(slope, offset, &d_slope, &d_offset);
    if (optreg_optimizer_step(optimizer, &error) == OPTREG_STEP_ERROR) {
      return fail(error);
    }
  }
  if (!optreg_optimizer_finalize(optimizer, &error)) {
    return fail(error);
  }
  printf("loss %g: y = %.2f x %+.2f\n", (double)loss, (double)slope, (double)offset);
  return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
  const char *const directories[] = { argc > 2 ? argv[2] : NULL, NULL };
  optreg_error *error = NULL;

  if (argc < 2) {
    fprintf(stderr, "usage: line CONFIG [PLUGIN-DIRECTORY]\n");
    return EXIT_FAILURE;
  }
  optreg_registry *registry = optreg_registry_new(directories, &error);
  if (registry == NULL) {
    return fail(error);
  }
  optreg_optimizer *optimizer = optreg_optimizer_from_file(registry, argv[1], &error);
  optreg_registry_free(registry);
  if (optimizer == NULL) {
    return fail(error);
  }
  const int status = train(optimizer);
  optreg_optimizer_free(optimizer);
  return status;
}
