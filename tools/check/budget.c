/* SPDX-License-Identifier: MIT */
/* How much of a check's processor time is gone. */
#include "budget.h"

#include <sys/resource.h>
#include <time.h>

#define NO_LIMIT 3600.0

double
budget_limit(void)
{
  struct rlimit limit;

  return getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY
             ? NO_LIMIT
             : (double)limit.rlim_cur;
}

bool
budget_is_limited(void)
{
  return budget_limit() < NO_LIMIT;
}

double
budget_left(void)
{
  struct timespec now = { 0 };

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return budget_limit() - (double)now.tv_sec - (double)now.tv_nsec * 1e-9;
}
