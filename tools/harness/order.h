/* SPDX-License-Identifier: MIT */
/* Which examples are in the batch of a step: a pure function of problem, seed and step.
 */
#ifndef OPTREG_HARNESS_ORDER_H
#define OPTREG_HARNESS_ORDER_H

#include <glib.h>
#include <stdint.h>

typedef struct Order Order;

/* n_examples > 0 and below 2^32, batch_size > 0. */
Order *order_new(const char *problem, size_t n_examples, uint32_t batch_size);
void order_free(Order *order);

size_t order_n_examples(const Order *order);
uint64_t order_steps_per_epoch(const Order *order);

/* Indices of the batch of `step`, *n of them; valid until the next call. Every epoch
 * visits each example once, in an order of its own; its last batch may be smaller. */
const uint32_t *order_batch(Order *order, uint32_t seed, uint64_t step, size_t *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Order, order_free)

#endif
