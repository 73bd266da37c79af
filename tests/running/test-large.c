/* SPDX-License-Identifier: MIT */
/* A tensor of more than 2^31 elements, in little memory: the same pages again and
 * again. */
#include "trees.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#define N ((UINT64_C(1) << 31) + 5)
#define WINDOW (UINT64_C(64) << 20) /* bytes that are really there */
#define SPAN ((N * sizeof(float) / WINDOW + 1) * WINDOW)

/* SPAN bytes of zeros, all of them views of one window but for the last, which is alone
 */
static float *
map_repeated(void)
{
  const int file = memfd_create("window", 0);
  char *memory =
      mmap(NULL, SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  const int access = PROT_READ | PROT_WRITE;

  if (file < 0 || memory == MAP_FAILED || ftruncate(file, WINDOW) != 0) {
    return NULL;
  }
  for (uint64_t at = 0; at + WINDOW < SPAN; at += WINDOW) {
    g_assert_true(mmap(memory + at, WINDOW, access, MAP_SHARED | MAP_FIXED, file, 0)
                  != MAP_FAILED);
  }
  g_assert_true(mmap(memory + SPAN - WINDOW, WINDOW, access,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
                != MAP_FAILED);
  close(file);
  return (float *)(void *)memory;
}

static void
test_elements_beyond_2_to_the_31_train(void)
{
  if (OPTREG_TEST_SANITIZED) {
    g_test_skip("the sanitizer would shadow 16 GiB");
    return;
  }
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: sgd\nlearning_rate: 1\n");
  g_autoptr(optreg_error) error = NULL;
  float *w = map_repeated(), *gradient = map_repeated();
  const uint64_t shape[] = { N };

  if (w == NULL || gradient == NULL) {
    g_test_skip("the address space is too small");
    return;
  }
  optreg_optimizer_add_parameter(optimizer, "large", OPTREG_F32, shape, 1, w, gradient,
                                 &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);

  gradient[N - 2] = NAN;
  g_assert_cmpint(optreg_optimizer_step(optimizer, &error), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpuint(optreg_optimizer_last_step(optimizer)->nonfinite_index, ==, N - 2);

  gradient[N - 2] = 0.0f;
  gradient[N - 1] = 0.5f;
  g_assert_cmpint(optreg_optimizer_step(optimizer, &error), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(w[N - 1], ==, -0.5f);
  g_assert_cmpfloat(w[N - 2], ==, 0.0f);
  g_assert_cmpfloat(w[0], ==, 0.0f);
  g_assert_cmpfloat(w[N], ==, 0.0f);
  munmap(w, SPAN);
  munmap(gradient, SPAN);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/large/elements-beyond-2-to-the-31-train",
                  test_elements_beyond_2_to_the_31_train);
  return g_test_run();
}
