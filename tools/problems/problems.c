/* SPDX-License-Identifier: MIT */
/* The table of built-in problems. */
#include "problems.h"

const optreg_problem_class *const problems_built_in[] = {
  &problem_digits_mlp,
  NULL,
};

const char problem_default[] = "digits-mlp";
