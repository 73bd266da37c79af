/* SPDX-License-Identifier: MIT */
/* What a configuration must move through memory, told by its options.
 *
 * The plan of the optimizer is not asked: a pass that it makes beyond these lowers the
 * ratio to the limit. */
#ifndef OPTREG_BENCH_TRAFFIC_H
#define OPTREG_BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of a call of step. */
typedef enum Call {
  CALL_FIRST, /* opens a window of accumulation: overwrites the sum */
  CALL_MICRO, /* adds to the sum */
  CALL_STEP,  /* updates */
  N_CALLS
} Call;

/* Streams of memory, each of the parameter's shape: the gradient, the sum of gradients
 * where they are accumulated, the parameter, the slots, the EMA. */
enum { STREAM_GRADIENT, STREAM_SUM, STREAM_PARAM, MAX_STREAMS = 24, MAX_PASSES = 20 };

/* One pass over memory: bits by stream. */
typedef struct Pass {
  uint32_t read, update, write;
} Pass;

/* What decides. */
typedef struct Features {
  bool has_guard; /* nonfinite is not propagate */
  bool has_norm;  /* clipnorm or global_clipnorm */
  bool has_ema;
  uint32_t window; /* gradients for one update, from 1 on */
  size_t n_slots;  /* of the parameter's shape */
  size_t n_phases; /* reductions that the optimizer declares */
} Features;

typedef struct Traffic {
  uint32_t window;
  uint32_t streams; /* bits */
  Pass passes[N_CALLS][MAX_PASSES];
  size_t n_passes[N_CALLS]; /* 0: no such call */
} Traffic;

/* At most MAX_STREAMS - 4 slots and MAX_PASSES - 2 phases. */
Traffic traffic_of(const Features *features);

/* Bytes per f32 parameter of one call. */
uint32_t traffic_bytes(const Traffic *traffic, Call call);

uint32_t traffic_pass_bytes(const Pass *pass);

/* The kind of the call at `position` of a window. */
Call traffic_call(const Traffic *traffic, uint32_t position);

#endif
