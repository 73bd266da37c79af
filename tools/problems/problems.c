/* SPDX-License-Identifier: MIT */
/* The table of built-in problems. */
#include "problems.h"

const optreg_problem_class *const problems_built_in[] = {
  &problem_quadratic,
  &problem_logreg_cancer,
  &problem_digits_mlp,
  &problem_mnist_mlp,
  &problem_fashion_cnn,
  &problem_char_gpt,
  NULL,
};

const char problem_default[] = "digits-mlp";
