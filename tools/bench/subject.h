/* SPDX-License-Identifier: MIT */
/* Something whose calls are timed: an optimizer, or the limit. */
#ifndef OPTREG_BENCH_SUBJECT_H
#define OPTREG_BENCH_SUBJECT_H

#include "traffic.h"

#include <glib.h>

typedef struct Subject {
  bool (*run)(void *self, Call call, GError **error);
  void *self;
} Subject;

/* Seconds of one call, by kind. */
typedef struct Sample {
  double seconds[N_CALLS];
} Sample;

/* A window that is not timed, which fills the caches, then the mean of n_windows. Micro
 * steps of which a window has several are averaged. */
bool subject_time(const Subject *subject, const Traffic *traffic, size_t n_windows,
                  Sample *sample, GError **error);

/* How many windows take long enough to be timed together. */
bool subject_choose_windows(const Subject *subject, const Traffic *traffic,
                            size_t *n_windows, GError **error);

#endif
