/* SPDX-License-Identifier: MIT */
/* Before the test: at which level, and how many seeds. */
#ifndef OPTREG_HARNESS_STATISTICS_PLAN_H
#define OPTREG_HARNESS_STATISTICS_PLAN_H

#include <stddef.h>

/* Look k, from 1, tests at alpha / 2^k: however often somebody looks and adds seeds,
 * the levels of all looks add up to alpha at most. */
double plan_alpha_of_look(double alpha, unsigned look);

/* The fewest seeds with which a p of `factor` times the smallest one can be below
 * alpha: the factor is the number of comparisons for Holm, 1 for max-T. */
size_t plan_least_seeds(double alpha, size_t factor);

/* About how many seeds a two-sided paired test at `alpha` needs to find a mean
 * difference of `effect` in 80 % of cases, when differences deviate by `deviation`:
 * normal theory with Guenther's correction (1981). 0 when effect or deviation is not
 * positive. */
size_t plan_seeds(double deviation, double effect, double alpha);

#endif
