/* SPDX-License-Identifier: MIT */
/* Values of hyperparameters that a plugin permits. `values` has one for each row. */
#ifndef OPTREG_CHECK_VALUES_H
#define OPTREG_CHECK_VALUES_H

#include "plugin.h"

enum { MAX_VALUES = 1024, MAX_CANDIDATES = 24 };

void values_default(const Plugin *plugin, double *values);

/* Whether the row's range and type permit it. */
gboolean value_is_legal(const optreg_hyperparameter *row, double value);

/* Values of the row worth trying, other than its default: its bounds, some nearer, some
 * farther away. Returns how many, at most MAX_CANDIDATES. */
size_t values_candidates(const optreg_hyperparameter *row, double *candidates);

/* Change the rows that row `i` needs, and those that they need, so that they are on. */
void values_turn_on(const Plugin *plugin, size_t i, double *values);

/* A legal point that depends on `seed` only. */
void values_random(const Plugin *plugin, uint64_t seed, double *values);

/* Highest number of choices less one for a choice, 1 for a boolean, else the row's. */
double value_maximum(const optreg_hyperparameter *row);
double value_minimum(const optreg_hyperparameter *row);

/* A number from `seed` and `i`: uniform in [0, 1), and in [-1, 1) without small ones.
 */
double noise(uint64_t seed, uint64_t i);
double signed_noise(uint64_t seed, uint64_t i);

#endif
