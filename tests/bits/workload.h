/* SPDX-License-Identifier: MIT */
/* A fixed piece of training, and the bytes that it leaves: weights, slots, averages. */
#ifndef OPTREG_TESTS_WORKLOAD_H
#define OPTREG_TESTS_WORKLOAD_H

#include <glib.h>
#include <optreg/optreg.h>
#include <stdbool.h>

/* What is trained: an optimizer, plain or with every wrapper. */
typedef struct Subject {
  const char *name, *optimizer, *options;
  bool is_wrapped;
} Subject;

extern const Subject subjects[];
extern const size_t n_subjects;

/* How it is trained; nothing here may change a bit. */
typedef struct Manner {
  const char *name;
  const char *tile, *prefetch, *simd; /* environment variables, or NULL */
  uint32_t threads;
  optreg_parallel_for parallel_for; /* or NULL */
  bool is_misaligned; /* weights and gradients are aligned to 4 bytes only */
  void (*before_call)(void), (*after_call)(void); /* around build, step and finalize */
  bool is_forked; /* the second half runs in a child process */
  uint32_t diagnose_every;
} Manner;

/* Free with g_byte_array_unref(). */
GByteArray *workload_run(const Subject *subject, const Manner *manner,
                         optreg_registry *registry);

/* What the diagnostics say of each update, in the same way; not for a forked one. */
GByteArray *workload_diagnose(const Subject *subject, const Manner *manner,
                              optreg_registry *registry);

/* Whether the machine runs kernels of a SIMD level. */
bool workload_machine_runs(const char *level);

#endif
