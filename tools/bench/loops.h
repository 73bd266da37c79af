/* SPDX-License-Identifier: MIT */
/* Loops of trivial arithmetic over given streams: nothing but memory can hold them up.
 */
#ifndef OPTREG_BENCH_LOOPS_H
#define OPTREG_BENCH_LOOPS_H

#include "traffic.h"

#include <stddef.h>
#include <stdint.h>

#define LOOPS_MOST_FUSED 8 /* streams that one loop can update */
#define LOOPS_TILE 512     /* elements of a tile, and of a prefetch */

/* How a pass goes through its streams. */
typedef enum LoopStyle {
  LOOPS_TILED, /* tile by tile, stream by stream */
  LOOPS_FUSED, /* all streams in one loop */
  LOOPS_AHEAD, /* and what is a tile ahead is fetched */
  LOOPS_N_STYLES
} LoopStyle;

/* A part of a pass. */
typedef struct LoopSpan {
  const float *read[MAX_STREAMS];
  float *update[MAX_STREAMS]; /* x = x / 2 + what is read */
  float *write[MAX_STREAMS];
  size_t n_read, n_update, n_write;
  size_t n;
  uint32_t sink; /* keeps a compiler from leaving out what is only read */
} LoopSpan;

/* The loops of one SIMD level. */
typedef struct LoopSet {
  const char *level;
  void (*look)(LoopSpan *span);  /* read streams, one after the other */
  void (*look2)(LoopSpan *span); /* two read streams at once */
  void (*copy)(LoopSpan *span);  /* read[0] to write[0] */
  void (*tiled)(LoopSpan *span); /* tile by tile, stream by stream */
  /* by reads - 1, updates - 1 */
  void (*fused[2][LOOPS_MOST_FUSED])(LoopSpan *span);
  void (*ahead[2][LOOPS_MOST_FUSED])(LoopSpan *span);
} LoopSet;

/* The levels that this machine runs; constant data. */
size_t loops_sets(const LoopSet **sets);

/* Run the part with loops of a set, in this style or in the nearest that there is. */
void loops_run(const LoopSet *set, LoopStyle style, LoopSpan *span);

#endif
