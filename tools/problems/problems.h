/* SPDX-License-Identifier: MIT */
/* The built-in problems: one file and one line each. */
#ifndef OPTREG_PROBLEMS_PROBLEMS_H
#define OPTREG_PROBLEMS_PROBLEMS_H

#include <glib.h>
#include <optreg/problem.h>
#include <stdbool.h>

extern const optreg_problem_class problem_quadratic, problem_logreg_cancer,
    problem_digits_mlp, problem_mnist_mlp, problem_fashion_cnn, problem_char_gpt;

/* All of them, from the smallest; ends with NULL. */
extern const optreg_problem_class *const problems_built_in[];

/* Before the first gradient: whether there is what it is computed with. Problems of
 * others see to that themselves. */
bool problems_prepare(const optreg_problem_class *class, GError **error);

/* What is trained when nobody names a problem. */
extern const char problem_default[];

#endif
