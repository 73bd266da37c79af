/* SPDX-License-Identifier: MIT */
/* What the environment may choose, and where the arena puts things. */
#include "error.h"
#include "running/arena.h"
#include "running/tuning.h"
#include "running/reciprocal.h"

#include <string.h>

static bool
read_with(const char *variable, const char *text, OptregTuning *tuning, GError **error)
{
  g_setenv(variable, text, TRUE);
  const bool is_read = optreg_tuning_read(tuning, error);
  g_unsetenv(variable);
  return is_read;
}

static void
test_environment_chooses(void)
{
  OptregTuning tuning;

  g_assert_true(read_with("OPTREG_TILE", "512", &tuning, NULL));
  g_assert_cmpuint(tuning.tile_size, ==, 512);
  g_assert_cmpuint(tuning.light_tile_size, ==, 512);
  g_assert_true(read_with("OPTREG_PREFETCH", "77", &tuning, NULL));
  g_assert_cmpuint(tuning.prefetch, ==, 77);
  g_assert_true(read_with("OPTREG_PREFETCH", "0", &tuning, NULL));
  g_assert_cmpuint(tuning.prefetch, ==, 0);
}

static void
test_an_empty_variable_chooses_nothing(void)
{
  OptregTuning plain, empty;

  g_assert_true(optreg_tuning_read(&plain, NULL));
  g_assert_true(read_with("OPTREG_TILE", "", &empty, NULL));
  g_assert_cmpmem(&empty, sizeof empty, &plain, sizeof plain);
  g_assert_true(read_with("OPTREG_PREFETCH", "", &empty, NULL));
  g_assert_cmpmem(&empty, sizeof empty, &plain, sizeof plain);
}

static void
assert_refused(const char *variable, const char *text, const char *permitted)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *expected =
      g_strdup_printf("%s is '%s': permitted are %s", variable, text, permitted);
  OptregTuning tuning;

  g_assert_false(read_with(variable, text, &tuning, &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(error->message, ==, expected);
}

static void
test_other_values_are_refused(void)
{
  static const char *const tiles[] = {
    "0", "8", "48", "100", "2048", "-16", " 16", "x"
  };
  static const char *const distances[] = { "-1",  "65537", "near",
                                           "10x", "+1",    "18446744073709551617" };

  for (size_t i = 0; i < G_N_ELEMENTS(tiles); i++) {
    assert_refused("OPTREG_TILE", tiles[i], "16, 32, 64, 128, 256, 512 and 1024");
  }
  for (size_t i = 0; i < G_N_ELEMENTS(distances); i++) {
    assert_refused("OPTREG_PREFETCH", distances[i], "0 (off) to 65536 elements");
  }
}

/* streams of one shape that move together do not begin at the same place of their pages
 */
static void
test_large_pieces_are_staggered(void)
{
  g_autoptr(OptregArena) arena = optreg_arena_new(NULL);
  void *pieces[6] = { NULL };

  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    optreg_arena_add(arena, i == 3 ? 100 : 8192, &pieces[i]);
  }
  g_assert_true(optreg_arena_fill(arena, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_assert_cmpuint((uintptr_t)pieces[i] % OPTREG_ALIGNMENT, ==, 0);
    for (size_t j = 0; j < i; j++) {
      g_assert_true(i == 3 || j == 3
                    || (uintptr_t)pieces[i] % 4096 != (uintptr_t)pieces[j] % 4096);
      g_assert_true((char *)pieces[i] >= (char *)pieces[j] + (j == 3 ? 100 : 8192));
    }
    g_assert_cmpint(((char *)pieces[i])[0], ==, 0);
  }
}

/* exhaustive over the exponents of a float */
static void
test_a_reciprocal_is_exact_or_refused(void)
{
  const float values[] = { 1.0f,      -3.0f,       0.1f,    0x1p-149f,
                           0x1p127f,  0x1.8p-127f, -0.0f,   0x1.fffffep127f,
                           0x1p-126f, 1e-45f,      65504.f, 0x1.abcdep-140f };
  size_t n_exact = 0;

  for (int exponent = -149; exponent < 128; exponent++) {
    const float divisor = (float)ldexp(1.0, exponent);
    double reciprocal;
    if (!optreg_reciprocal(OPTREG_TYPE_F32, (double)divisor, &reciprocal)) {
      continue;
    }
    n_exact++;
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
      const float quotient = values[i] / divisor,
                  product = values[i] * (float)reciprocal;
      g_assert_cmpmem(&quotient, sizeof quotient, &product, sizeof product);
    }
  }
  g_assert_cmpuint(n_exact, ==, 127 + 128);
}

static void
test_other_divisors_are_divided_by(void)
{
  const double divisors[] = { 3.0, 1000.0, 0.0, 1.5, INFINITY, NAN };
  double reciprocal;

  for (size_t i = 0; i < G_N_ELEMENTS(divisors); i++) {
    g_assert_false(optreg_reciprocal(OPTREG_TYPE_F32, divisors[i], &reciprocal));
    g_assert_false(optreg_reciprocal(OPTREG_TYPE_F64, divisors[i], &reciprocal));
  }
  g_assert_true(optreg_reciprocal(OPTREG_TYPE_F64, 0x1p1000, &reciprocal));
  g_assert_false(optreg_reciprocal(OPTREG_TYPE_F32, 0x1p1000, &reciprocal));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tuning/environment-chooses", test_environment_chooses);
  g_test_add_func("/tuning/an-empty-variable-chooses-nothing",
                  test_an_empty_variable_chooses_nothing);
  g_test_add_func("/tuning/other-values-are-refused", test_other_values_are_refused);
  g_test_add_func("/tuning/large-pieces-are-staggered",
                  test_large_pieces_are_staggered);
  g_test_add_func("/tuning/a-reciprocal-is-exact-or-refused",
                  test_a_reciprocal_is_exact_or_refused);
  g_test_add_func("/tuning/other-divisors-are-divided-by",
                  test_other_divisors_are_divided_by);
  return g_test_run();
}
