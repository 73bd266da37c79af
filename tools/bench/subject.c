/* SPDX-License-Identifier: MIT */
/* Windows of calls against the clock. */
#include "subject.h"

#include "support/clock.h"

/* short against a time slice, long against the clock */
#define LEAST_SECONDS 0.002
#define MOST_WINDOWS 10000

static bool
run_window(const Subject *subject, const Traffic *traffic, Sample *sum, GError **error)
{
  for (uint32_t position = 0; position < traffic->window; position++) {
    const Call call = traffic_call(traffic, position);
    const double begin = clock_now();
    if (!subject->run(subject->self, call, error)) {
      return false;
    }
    sum->seconds[call] += clock_now() - begin;
  }
  return true;
}

bool
subject_time(const Subject *subject, const Traffic *traffic, size_t n_windows,
             Sample *sample, GError **error)
{
  const size_t n_micro = traffic->window > 2 ? traffic->window - 2 : 1;
  Sample unused = { { 0.0 } };

  *sample = (Sample){ { 0.0 } };
  if (!run_window(subject, traffic, &unused, error)) {
    return false;
  }
  for (size_t i = 0; i < n_windows; i++) {
    if (!run_window(subject, traffic, sample, error)) {
      return false;
    }
  }
  for (Call call = 0; call < N_CALLS; call++) {
    sample->seconds[call] /= (double)n_windows;
  }
  sample->seconds[CALL_MICRO] /= (double)n_micro;
  return true;
}

bool
subject_choose_windows(const Subject *subject, const Traffic *traffic,
                       size_t *n_windows, GError **error)
{
  Sample sample;

  for (*n_windows = 1; *n_windows < MOST_WINDOWS; *n_windows *= 2) {
    if (!subject_time(subject, traffic, *n_windows, &sample, error)) {
      return false;
    }
    if (sample.seconds[CALL_STEP] * (double)*n_windows >= LEAST_SECONDS) {
      return true;
    }
  }
  return true;
}
