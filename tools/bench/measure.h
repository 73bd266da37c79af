/* SPDX-License-Identifier: MIT */
/* A configuration's steps, interleaved run by run with the limit. */
#ifndef OPTREG_BENCH_MEASURE_H
#define OPTREG_BENCH_MEASURE_H

#include "model.h"
#include "subject.h"
#include "team.h"
#include "timing.h"

/* A ratio above this says that the limit is none. */
#define MEASURE_MOST_RATIO 1.05

/* Above this share of the processors, others disturb the measurement. */
#define MEASURE_MOST_OTHERS 0.05

/* One kind of a call. */
typedef struct Figures {
  bool is_there;
  uint32_t bytes, plan_bytes;    /* per parameter */
  double seconds, limit_seconds; /* medians, of one call */
  Spread ratio;                  /* limit / step, run by run */
} Figures;

typedef struct Measurement {
  char *name;
  uint64_t n, n_tensors;
  size_t n_windows, n_runs; /* of a run; runs */
  char *way;                /* the limit's fastest */
  double others;            /* share of the processors that others had meanwhile */
  Figures figures[N_CALLS];
} Measurement;

/* What a measurement needs; everything is borrowed. */
typedef struct Setting {
  optreg_registry *registry;
  Model *model;
  Team *team;
  size_t n_runs;
  void (*report)(void *context, const char *what, size_t done, size_t all);
  void *context;
} Setting;

/* Measure a configuration whose optimizer is not built yet. */
Measurement *measure_run(const Setting *setting, const char *name,
                         optreg_optimizer *optimizer, GError **error);
void measure_free(Measurement *measurement);

/* A subject that calls step of a built optimizer. */
Subject measure_steps(optreg_optimizer *optimizer);

/* Build with the setting's model and threads, and say what must be moved. */
bool measure_prepare(const Setting *setting, optreg_optimizer *optimizer,
                     Traffic *traffic, GError **error);

/* Whether a ratio is too good to be true. */
bool measure_is_wrong(const Measurement *measurement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Measurement, measure_free)

#endif
