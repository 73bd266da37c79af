/* SPDX-License-Identifier: MIT */
/* The digits: how many, how split, in which range. */
#include "problems/dataset.h"

static Dataset *
open_digits(void)
{
  g_autoptr(GError) error = NULL;
  Dataset *dataset = dataset_new_digits(&error);

  g_assert_no_error(error);
  return dataset;
}

static void
test_shape(void)
{
  g_autoptr(Dataset) digits = open_digits();

  g_assert_cmpuint(digits->n_features, ==, 64);
  g_assert_cmpuint(digits->n_classes, ==, 10);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TRAINING].n, ==, 1258);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_VALIDATION].n, ==, 180);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TEST].n, ==, 359);
}

static void
test_range(void)
{
  g_autoptr(Dataset) digits = open_digits();

  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    const Examples *examples = &digits->split[s];
    unsigned counts[10] = { 0 };
    for (size_t i = 0; i < examples->n * 64; i++) {
      g_assert_cmpuint(examples->inputs[i], <=, 16);
    }
    for (size_t i = 0; i < examples->n; i++) {
      g_assert_cmpuint(examples->labels[i], <, 10);
      counts[examples->labels[i]]++;
    }
    for (size_t k = 0; k < 10; k++) {
      g_assert_cmpuint(counts[k], >=, examples->n / 20);
    }
  }
}

/* the file begins with images of 0, 1, 2, 3, 4, ... */
static void
test_split_is_by_row(void)
{
  g_autoptr(Dataset) digits = open_digits();
  static const float first_row[8] = { 0, 0, 5, 13, 9, 1, 0, 0 };
  float inputs[64];

  dataset_read(digits, OPTREG_PROBLEM_TRAINING, 0, inputs);
  for (size_t i = 0; i < 8; i++) {
    g_assert_cmpfloat(inputs[i], ==, first_row[i] / 16.0f);
  }
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TRAINING].labels[0], ==, 0);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TRAINING].labels[3], ==, 5);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_VALIDATION].labels[0], ==, 3);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TEST].labels[0], ==, 4);
  g_assert_cmpuint(digits->split[OPTREG_PROBLEM_TEST].labels[1], ==, 9);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dataset/digits/shape", test_shape);
  g_test_add_func("/dataset/digits/range", test_range);
  g_test_add_func("/dataset/digits/split-by-row", test_split_is_by_row);
  return g_test_run();
}
