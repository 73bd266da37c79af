/* SPDX-License-Identifier: MIT */
/* Whose block is next: pairs of rounds, the second in the order of the first reversed.
 *
 * What changes evenly with time, a clock that falls or a machine that warms up, is then
 * the same for both blocks of a subject together and those of any other; and who comes
 * behind whom changes from pair to pair. */
#ifndef OPTREG_HARNESS_COST_ORDER_H
#define OPTREG_HARNESS_COST_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* The subjects 0 to n - 1 in the order of a round, from 0; a pure function. */
void cost_order(size_t round, size_t n, uint32_t *order);

#endif
