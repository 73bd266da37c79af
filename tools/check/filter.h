/* SPDX-License-Identifier: MIT */
/* Which system calls a process that runs a plugin may make.
 *
 * A plugin computes and returns. What would reach beyond its own process is refused by
 * the kernel with EPERM, and noted: other processes, the network, files that change,
 * the system. Reading, threads and its own memory are permitted. */
#ifndef OPTREG_CHECK_FILTER_H
#define OPTREG_CHECK_FILTER_H

#include <glib.h>

/* The first call that was refused; all zero when there was none. */
typedef struct Refused {
  int is_set;
  int is_foreign; /* of another architecture, whose numbers mean other calls */
  int number;
} Refused;

/* Refuse from now on, for this process and all its threads, and note in *refused, which
 * has to stay. False where the kernel filters no system calls. */
gboolean filter_calls(Refused *refused);

/* "calls kill (signals another process)", of numbers that may be damaged. */
void filter_describe(const Refused *refused, char *text, gsize size);

/* Tell the numbers of calls that any filter of this process stops to `told`, and to
 * nobody else. It runs in a signal handler. */
void filter_observe(void (*told)(int number));

#endif
