/* SPDX-License-Identifier: MIT */
/* Batches: each example once an epoch, and a step's batch whatever was asked for
 * before. */
#include "harness/order.h"

#include <string.h>

enum { N_EXAMPLES = 103, BATCH = 10, STEPS = 11 };

static void
test_an_epoch_visits_each_example_once(void)
{
  g_autoptr(Order) order = order_new("test", N_EXAMPLES, BATCH);

  g_assert_cmpuint(order_steps_per_epoch(order), ==, STEPS);
  for (uint64_t epoch = 0; epoch < 3; epoch++) {
    unsigned visits[N_EXAMPLES] = { 0 };
    for (uint64_t i = 0; i < STEPS; i++) {
      size_t n;
      const uint32_t *examples = order_batch(order, 1, epoch * STEPS + i, &n);
      g_assert_cmpuint(n, ==, i + 1 < STEPS ? BATCH : N_EXAMPLES % BATCH);
      for (size_t e = 0; e < n; e++) {
        visits[examples[e]]++;
      }
    }
    for (size_t e = 0; e < N_EXAMPLES; e++) {
      g_assert_cmpuint(visits[e], ==, 1);
    }
  }
}

static void
assert_same_batch(Order *a, Order *b, uint32_t seed, uint64_t step)
{
  size_t n_a, n_b;
  const uint32_t *x = order_batch(a, seed, step, &n_a);
  const uint32_t *y = order_batch(b, seed, step, &n_b);

  g_assert_cmpmem(x, n_a * sizeof *x, y, n_b * sizeof *y);
}

static void
test_a_batch_depends_on_seed_and_step_only(void)
{
  static const uint64_t steps[] = { 0, 57, 3, 12, 11, 10, 1000000, 0 };
  g_autoptr(Order) used = order_new("test", N_EXAMPLES, BATCH);

  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_autoptr(Order) fresh = order_new("test", N_EXAMPLES, BATCH);
    assert_same_batch(used, fresh, 1, steps[i]);
    assert_same_batch(used, fresh, 2, steps[i]);
  }
}

static void
test_problems_seeds_and_epochs_differ(void)
{
  g_autoptr(Order) order = order_new("test", N_EXAMPLES, BATCH);
  g_autoptr(Order) other = order_new("other", N_EXAMPLES, BATCH);
  uint32_t first[BATCH];
  size_t n;

  memcpy(first, order_batch(order, 1, 0, &n), sizeof first);
  g_assert_cmpint(memcmp(first, order_batch(order, 2, 0, &n), sizeof first), !=, 0);
  g_assert_cmpint(memcmp(first, order_batch(order, 1, STEPS, &n), sizeof first), !=, 0);
  g_assert_cmpint(memcmp(first, order_batch(other, 1, 0, &n), sizeof first), !=, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/order/each-example-once", test_an_epoch_visits_each_example_once);
  g_test_add_func("/order/pure", test_a_batch_depends_on_seed_and_step_only);
  g_test_add_func("/order/differs", test_problems_seeds_and_epochs_differ);
  return g_test_run();
}
