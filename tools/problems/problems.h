/* SPDX-License-Identifier: MIT */
/* The built-in problems: one file and one line each. */
#ifndef OPTREG_PROBLEMS_PROBLEMS_H
#define OPTREG_PROBLEMS_PROBLEMS_H

#include <optreg/problem.h>

extern const optreg_problem_class problem_quadratic, problem_logreg_cancer,
    problem_digits_mlp, problem_mnist_mlp, problem_fashion_cnn, problem_char_gpt;

/* All of them, from the smallest; ends with NULL. */
extern const optreg_problem_class *const problems_built_in[];

/* What is trained when nobody names a problem. */
extern const char problem_default[];

#endif
