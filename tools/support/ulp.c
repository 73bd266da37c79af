/* SPDX-License-Identifier: MIT */
/* Distances in units of the last place. */
#include "support/ulp.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct Kind {
  const char *dtype;
  uint64_t (*rank)(const char *at); /* in the order of the numbers */
  double (*value)(const char *at);
} Kind;

/* negative numbers count down from the middle, so that -0 and 0 are neighbours */
static uint64_t
rank_f32(const char *at)
{
  uint32_t bits;
  memcpy(&bits, at, sizeof bits);
  return (bits & 0x80000000u) != 0 ? 0xffffffffu - bits : (uint64_t)bits + 0x80000000u;
}

static uint64_t
rank_f64(const char *at)
{
  uint64_t bits;
  memcpy(&bits, at, sizeof bits);
  return (bits >> 63) != 0 ? UINT64_MAX - bits : bits + ((uint64_t)1 << 63);
}

static double
value_f32(const char *at)
{
  float value;
  memcpy(&value, at, sizeof value);
  return (double)value;
}

static double
value_f64(const char *at)
{
  double value;
  memcpy(&value, at, sizeof value);
  return value;
}

static const Kind kinds[] = {
  { "F32", rank_f32, value_f32 },
  { "F64", rank_f64, value_f64 },
};

static const Kind *
find_kind(const char *dtype)
{
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(kinds[i].dtype, dtype) == 0) {
      return &kinds[i];
    }
  }
  return NULL;
}

static uint64_t
distance_of(const Kind *kind, const char *a, const char *b)
{
  if (kind == NULL) {
    return 0;
  }
  if (isnan(kind->value(a)) || isnan(kind->value(b))) {
    return UINT64_MAX;
  }
  const uint64_t rank_a = kind->rank(a), rank_b = kind->rank(b);
  return rank_a > rank_b ? rank_a - rank_b : rank_b - rank_a;
}

static double
value_of(const Kind *kind, const char *at)
{
  return kind != NULL ? kind->value(at) : NAN;
}

static void
take(Distance *distance, const Kind *kind, uint64_t i, const char *a, const char *b)
{
  const uint64_t ulp = distance_of(kind, a, b);

  if (distance->n_different++ == 0) {
    distance->first = i;
    distance->first_a = value_of(kind, a);
    distance->first_b = value_of(kind, b);
  }
  if (distance->n_different == 1 || ulp > distance->ulp) {
    distance->largest = i;
    distance->ulp = ulp;
    distance->largest_a = value_of(kind, a);
    distance->largest_b = value_of(kind, b);
  }
}

Distance
ulp_compare(const void *a, const void *b, uint64_t n, const char *dtype, uint64_t size)
{
  const Kind *kind = find_kind(dtype);
  const char *at_a = a, *at_b = b;
  Distance distance = { 0 };

  for (uint64_t i = 0; i < n; i++, at_a += size, at_b += size) {
    if (memcmp(at_a, at_b, (size_t)size) != 0) {
      take(&distance, kind, i, at_a, at_b);
    }
  }
  return distance;
}
