/* SPDX-License-Identifier: MIT */
/* The table of built-in problems. */
#include "problems.h"

#include "matrix.h"

const optreg_problem_class *const problems_built_in[] = {
  &problem_quadratic,
  &problem_logreg_cancer,
  &problem_digits_mlp,
  &problem_mnist_mlp,
  &problem_fashion_cnn,
  &problem_char_gpt,
  NULL,
};

static const optreg_problem_class *const multiplying[] = {
  &problem_digits_mlp,
  &problem_mnist_mlp,
  &problem_fashion_cnn,
  &problem_char_gpt,
};

bool
problems_prepare(const optreg_problem_class *class, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(multiplying); i++) {
    if (multiplying[i] == class && !matrix_open(error)) {
      g_prefix_error(error, "%s: ", class->name);
      return false;
    }
  }
  return true;
}

const char problem_default[] = "digits-mlp";
