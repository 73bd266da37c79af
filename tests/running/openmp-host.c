/* SPDX-License-Identifier: MIT */
/* A program of which OpenMP has bound the first thread: prints to how many processors,
 * and how many the threads of a step may use. */
#include "running/processors.h"

#include <omp.h>
#include <stdio.h>

int
main(void)
{
  OptregProcessors own, all;

  sched_getaffinity(0, sizeof own, own.sets);
  optreg_processors_find(&all);
  printf("bound to %zu, has %zu\n", optreg_processors_count(&own),
         optreg_processors_count(&all));
  return omp_get_max_threads() > 0 ? 0 : 1;
}
