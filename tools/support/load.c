/* SPDX-License-Identifier: MIT */
/* /proc/stat against the own time. */
#include "load.h"

#include <glib.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, N_FIELDS };

bool
load_parse(const char *line, double tick, Load *load)
{
  unsigned long long fields[N_FIELDS];
  double total = 0.0;

  if (sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &fields[USER],
             &fields[NICE], &fields[SYSTEM], &fields[IDLE], &fields[IOWAIT],
             &fields[IRQ], &fields[SOFTIRQ], &fields[STEAL])
      != N_FIELDS) {
    return false;
  }
  for (size_t i = 0; i < N_FIELDS; i++) {
    total += tick * (double)fields[i];
  }
  load->total = total;
  load->busy = total - tick * (double)(fields[IDLE] + fields[IOWAIT]);
  return true;
}

static double
seconds(const struct timeval *time)
{
  return (double)time->tv_sec + 1e-6 * (double)time->tv_usec;
}

Load
load_now(void)
{
  g_autofree char *text = NULL;
  struct rusage own, children;
  Load load = { 0.0, 0.0, 0.0 };

  if (!g_file_get_contents("/proc/stat", &text, NULL, NULL)
      || !load_parse(text, 1.0 / (double)sysconf(_SC_CLK_TCK), &load)
      || getrusage(RUSAGE_SELF, &own) != 0
      || getrusage(RUSAGE_CHILDREN, &children) != 0) {
    return (Load){ 0.0, 0.0, 0.0 };
  }
  load.own = seconds(&own.ru_utime) + seconds(&own.ru_stime)
             + seconds(&children.ru_utime) + seconds(&children.ru_stime);
  return load;
}

double
load_of_others(const Load *before, const Load *after)
{
  const double total = after->total - before->total;
  const double others = after->busy - before->busy - (after->own - before->own);

  return total > 0.0 ? CLAMP(others / total, 0.0, 1.0) : 0.0;
}
