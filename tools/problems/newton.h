/* SPDX-License-Identifier: MIT */
/* The minimum of a smooth, strictly convex function of few variables. */
#ifndef OPTREG_PROBLEMS_NEWTON_H
#define OPTREG_PROBLEMS_NEWTON_H

#include <stddef.h>

enum { NEWTON_MOST_VARIABLES = 64 };

/* The value at x, its gradient, and its Hessian, row-major. */
typedef double (*newton_function)(const void *context, const double *x,
                                  double *gradient, double *hessian);

/* Moves x to the minimum, to the last bits of the value, and returns that. */
double newton_minimise(newton_function function, const void *context, size_t n,
                       double *x);

#endif
