/* SPDX-License-Identifier: MIT */
/* Calls that a cancelled thread ends before it ends itself. */
#ifndef OPTREG_CORE_UNCANCELLED_H
#define OPTREG_CORE_UNCANCELLED_H

#include <pthread.h>

static inline int
optreg_cancellation_disable(void)
{
  int before = PTHREAD_CANCEL_ENABLE;

  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  return before;
}

static inline void
optreg_cancellation_restore(const int *before)
{
  pthread_setcancelstate(*before, NULL);
}

/* First in a public function that waits, reads, writes, or runs what others wrote: a
 * thread that was cancelled there would take a lock with it, or leave a step half done.
 * Ends with the function. */
#define OPTREG_UNCANCELLED                                      \
  __attribute__((cleanup(optreg_cancellation_restore), unused)) \
  const int optreg_cancellation = optreg_cancellation_disable()

#endif
