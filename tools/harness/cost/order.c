/* SPDX-License-Identifier: MIT */
/* A shuffle and its mirror image. */
#include "order.h"

#include "harness/random.h"

void
cost_order(size_t round, size_t n, uint32_t *order)
{
  RandomStream stream = random_stream(RANDOM_ROOT, "cost", (uint32_t)n,
                                      RANDOM_STATISTICS, (uint32_t)(round / 2));

  for (size_t i = 0; i < n; i++) {
    order[i] = (uint32_t)i;
  }
  random_shuffle(&stream, order, n);
  for (size_t i = 0; round % 2 == 1 && i < n / 2; i++) {
    const uint32_t first = order[i];
    order[i] = order[n - 1 - i];
    order[n - 1 - i] = first;
  }
}
