/* SPDX-License-Identifier: MIT */
/* A permutation of the examples for each epoch; the last one is kept. */
#include "order.h"

#include "random.h"

struct Order {
  char *problem;
  size_t n_examples;
  uint32_t batch_size, seed;
  uint64_t epoch; /* that `examples` holds, from 1; 0: none */
  uint32_t *examples;
};

Order *
order_new(const char *problem, size_t n_examples, uint32_t batch_size)
{
  Order *order = g_new0(Order, 1);

  order->problem = g_strdup(problem);
  order->n_examples = n_examples;
  order->batch_size = batch_size;
  order->examples = g_new(uint32_t, n_examples);
  return order;
}

void
order_free(Order *order)
{
  if (order != NULL) {
    g_free(order->problem);
    g_free(order->examples);
    g_free(order);
  }
}

size_t
order_n_examples(const Order *order)
{
  return order->n_examples;
}

uint64_t
order_steps_per_epoch(const Order *order)
{
  return (order->n_examples + order->batch_size - 1) / order->batch_size;
}

static void
shuffle(Order *order, uint32_t seed, uint64_t epoch)
{
  RandomStream stream =
      random_stream(RANDOM_ROOT, order->problem, seed, RANDOM_ORDER, (uint32_t)epoch);

  for (size_t i = 0; i < order->n_examples; i++) {
    order->examples[i] = (uint32_t)i;
  }
  random_shuffle(&stream, order->examples, order->n_examples);
  order->seed = seed;
  order->epoch = epoch;
}

const uint32_t *
order_batch(Order *order, uint32_t seed, uint64_t step, size_t *n)
{
  const uint64_t steps = order_steps_per_epoch(order);
  const uint64_t epoch = step / steps + 1;
  const size_t start = (size_t)(step % steps) * order->batch_size;

  if (order->epoch != epoch || order->seed != seed) {
    shuffle(order, seed, epoch);
  }
  *n = MIN((size_t)order->batch_size, order->n_examples - start);
  return order->examples + start;
}
