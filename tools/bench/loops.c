/* SPDX-License-Identifier: MIT */
/* Plain loops, compiled for each SIMD level as kernels of plugins are. */
#include "loops.h"

#include <optreg/plugin.h>
#include <string.h>

#define LOOP(name) OPTREG_FUNCTION(void, , name, (LoopSpan * span), (span))

/* the limit of a check: a maximum of bits, in any order */
#define RAISE(largest, x, i)                           \
  do {                                                 \
    uint32_t bits_;                                    \
    memcpy(&bits_, &(x)[i], sizeof bits_);             \
    bits_ &= UINT32_MAX >> 1;                          \
    (largest) = bits_ > (largest) ? bits_ : (largest); \
  } while (0)

LOOP(look)
{
  uint32_t largest = 0;

  for (size_t stream = 0; stream < span->n_read; stream++) {
    const float *restrict x = span->read[stream];
    for (size_t i = 0; i < span->n; i++) {
      RAISE(largest, x, i);
    }
  }
  span->sink = largest;
}

LOOP(look2)
{
  const float *restrict x = span->read[0], *restrict y = span->read[1];
  uint32_t largest = 0;

  for (size_t i = 0; i < span->n; i++) {
    RAISE(largest, x, i);
    RAISE(largest, y, i);
  }
  span->sink = largest;
}

LOOP(copy)
{
  const float *restrict x = span->read[0];
  float *restrict y = span->write[0];

  for (size_t i = 0; i < span->n; i++) {
    y[i] = x[i] + 1.0f;
  }
}

OPTREG_INLINE void
add_streams(const float *restrict x, const float *restrict y, float *restrict sum,
            size_t n)
{
  for (size_t i = 0; i < n; i++) {
    sum[i] = x[i] + y[i];
  }
}

OPTREG_INLINE void
update_stream(float *restrict x, const float *restrict g, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    x[i] = x[i] * 0.5f + g[i];
  }
}

LOOP(tiled)
{
  float sum[LOOPS_TILE];

  for (size_t at = 0; at < span->n; at += LOOPS_TILE) {
    const size_t n = span->n - at < LOOPS_TILE ? span->n - at : LOOPS_TILE;
    const float *g = span->read[0] + at;
    for (size_t stream = 1; stream < span->n_read; stream++) {
      add_streams(g, span->read[stream] + at, sum, n);
      g = sum;
    }
    for (size_t stream = 0; stream < span->n_update; stream++) {
      update_stream(span->update[stream] + at, g, n);
    }
  }
}

/* one loop with r streams to read and u to update */
#define READ_1 const float *restrict g = span->read[0];
#define READ_2 READ_1 const float *restrict h = span->read[1];
#define SUM_1 g[i]
#define SUM_2 g[i] + h[i]
#define STREAM(k) float *restrict x##k = span->update[k];
#define UPDATE(k) x##k[i] = x##k[i] * 0.5f + s;
#define UP_TO_1(each) each(0)
#define UP_TO_2(each) UP_TO_1(each) each(1)
#define UP_TO_3(each) UP_TO_2(each) each(2)
#define UP_TO_4(each) UP_TO_3(each) each(3)
#define UP_TO_5(each) UP_TO_4(each) each(4)
#define UP_TO_6(each) UP_TO_5(each) each(5)
#define UP_TO_7(each) UP_TO_6(each) each(6)
#define UP_TO_8(each) UP_TO_7(each) each(7)
#define FUSED(r, u)                          \
  LOOP(fused_##r##_##u)                      \
  {                                          \
    READ_##r UP_TO_##u(STREAM)               \
                                             \
        for (size_t i = 0; i < span->n; i++) \
    {                                        \
      const float s = SUM_##r;               \
      UP_TO_##u(UPDATE)                      \
    }                                        \
  }
/* a line of each stream at a time */
#define FETCH(x) __builtin_prefetch((x) + i + LOOPS_TILE, 1)
#define FETCH_1 FETCH(g);
#define FETCH_2 FETCH_1 FETCH(h);
#define FETCH_STREAM(k) FETCH(x##k);
#define AHEAD(r, u)                                                                    \
  LOOP(ahead_##r##_##u)                                                                \
  {                                                                                    \
    READ_##r UP_TO_##u(STREAM) size_t i = 0;                                           \
                                                                                       \
    while (i < span->n) {                                                              \
      FETCH_##r UP_TO_##u(FETCH_STREAM) const size_t end = i + 16 < span->n ? i + 16   \
                                                                            : span->n; \
      for (; i < end; i++) {                                                           \
        const float s = SUM_##r;                                                       \
        UP_TO_##u(UPDATE)                                                              \
      }                                                                                \
    }                                                                                  \
  }
#define AHEAD_ROW(r) \
  AHEAD(r, 1)        \
  AHEAD(r, 2) AHEAD(r, 3) AHEAD(r, 4) AHEAD(r, 5) AHEAD(r, 6) AHEAD(r, 7) AHEAD(r, 8)
#define FUSED_ROW(r) \
  FUSED(r, 1)        \
  FUSED(r, 2) FUSED(r, 3) FUSED(r, 4) FUSED(r, 5) FUSED(r, 6) FUSED(r, 7) FUSED(r, 8)

FUSED_ROW(1)
FUSED_ROW(2)
AHEAD_ROW(1)
AHEAD_ROW(2)

#define NAMES(style, r, suffix)                                                    \
  {                                                                                \
    style##_##r##_1##suffix, style##_##r##_2##suffix, style##_##r##_3##suffix,     \
        style##_##r##_4##suffix, style##_##r##_5##suffix, style##_##r##_6##suffix, \
        style##_##r##_7##suffix, style##_##r##_8##suffix                           \
  }
#define BOTH_NAMES(style, suffix)                    \
  {                                                  \
    NAMES(style, 1, suffix), NAMES(style, 2, suffix) \
  }
#define SET(name, suffix)                                           \
  {                                                                 \
    name, look##suffix, look2##suffix, copy##suffix, tiled##suffix, \
        BOTH_NAMES(fused, suffix), BOTH_NAMES(ahead, suffix)        \
  }

static const LoopSet sets[] = {
  SET("baseline", _baseline),
#if defined(__x86_64__) && !defined(OPTREG_BASELINE_ONLY)
  SET("x86-64-v3", _v3),
  SET("x86-64-v4", _v4),
#endif
};

size_t
loops_sets(const LoopSet **first)
{
  size_t n = 1;

  *first = sets;
#if defined(__x86_64__) && !defined(OPTREG_BASELINE_ONLY)
  __builtin_cpu_init();
  n += __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  n += n == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
       && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return n;
}

static void
run_looks(const LoopSet *set, LoopStyle style, LoopSpan *span)
{
  if (style != LOOPS_TILED && span->n_read == 2) {
    set->look2(span);
  } else {
    set->look(span);
  }
}

void
loops_run(const LoopSet *set, LoopStyle style, LoopSpan *span)
{
  if (span->n_write > 0) {
    set->copy(span);
  } else if (span->n_update == 0) {
    run_looks(set, style, span);
  } else if (style == LOOPS_TILED || span->n_read > 2
             || span->n_update > LOOPS_MOST_FUSED) {
    set->tiled(span);
  } else if (style == LOOPS_AHEAD) {
    set->ahead[span->n_read - 1][span->n_update - 1](span);
  } else {
    set->fused[span->n_read - 1][span->n_update - 1](span);
  }
}
