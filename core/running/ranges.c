/* SPDX-License-Identifier: MIT */
/* Sorted runs of memory. */
#include "ranges.h"

typedef struct Range {
  uintptr_t begin, end;
  size_t tensor;
} Range;

struct OptregRanges {
  uintptr_t *begins; /* by range, by themselves: a search reads nothing else */
  Range *ranges;
  size_t n;
};

static int
compare(gconstpointer a, gconstpointer b)
{
  const Range *x = a, *y = b;

  return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                              : (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

OptregRanges *
optreg_ranges_new(const OptregTensor *tensors, size_t n)
{
  OptregRanges *self = g_new0(OptregRanges, 1);

  self->ranges = g_new(Range, n + 1);
  self->begins = g_new(uintptr_t, n + 1);
  for (size_t i = 0; i < n; i++) {
    const uintptr_t begin = (uintptr_t)tensors[i].data;
    const uint64_t size = tensors[i].n * tensors[i].codec->size;
    if (size > 0) {
      self->ranges[self->n++] = (Range){ begin, begin + (uintptr_t)size, i };
    }
  }
  qsort(self->ranges, self->n, sizeof(Range), compare);
  for (size_t i = 0; i < self->n; i++) {
    self->begins[i] = self->ranges[i].begin;
  }
  return self;
}

void
optreg_ranges_free(OptregRanges *self)
{
  if (self != NULL) {
    g_free(self->ranges);
    g_free(self->begins);
    g_free(self);
  }
}

bool
optreg_ranges_overlap(const OptregRanges *self, size_t *first, size_t *second)
{
  for (size_t i = 1; i < self->n; i++) {
    if (self->ranges[i].begin < self->ranges[i - 1].end) {
      *first = self->ranges[i - 1].tensor;
      *second = self->ranges[i].tensor;
      return true;
    }
  }
  return false;
}

/* how many ranges begin before `limit`; without a branch that depends on addresses */
static size_t
count_before(const OptregRanges *self, uintptr_t limit)
{
  const uintptr_t *begin = self->begins;
  size_t n = self->n;

  while (n > 1) {
    const size_t half = n / 2;
    begin += begin[half - 1] < limit ? half : 0;
    n -= half;
  }
  return (size_t)(begin - self->begins) + (n == 1 && *begin < limit);
}

/* ranges that do not overlap end in the order in which they begin: only the last that
 * begins before the end of the memory can reach into it */
gssize
optreg_ranges_find(const OptregRanges *self, const void *memory, uint64_t size)
{
  const uintptr_t begin = (uintptr_t)memory;
  const size_t n = size > 0 ? count_before(self, begin + (uintptr_t)size) : 0;

  return n > 0 && self->ranges[n - 1].end > begin ? (gssize)self->ranges[n - 1].tensor
                                                  : -1;
}
