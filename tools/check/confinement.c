/* SPDX-License-Identifier: MIT */
/* What a process that runs a plugin may not take from the machine. */
#include "confinement.h"

#include "privileges.h"
#include "sanitized.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* of this process, in bytes */
static rlim_t
address_space(void)
{
  g_autofree char *text = NULL;

  g_file_get_contents("/proc/self/statm", &text, NULL, NULL);
  return text == NULL
             ? 0
             : g_ascii_strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* what a check gets, and what it needs: 0 is nothing */
typedef struct Allowance {
  int resource;
  rlim_t soft, hard, least;
  const char *option, *unit; /* of ulimit, in words */
  rlim_t divisor;
} Allowance;

enum { N_ALLOWANCES = 6, FEW_FILES = 8, FILE_BYTES = 1 << 20, MEGABYTE = 1 << 20 };

static void
make_allowances(unsigned seconds, Allowance allowances[N_ALLOWANCES])
{
  const rlim_t memory = IS_SANITIZED ? RLIM_INFINITY : address_space() + MEMORY_LIMIT;
  const rlim_t least = IS_SANITIZED ? 0 : memory;
  const Allowance rows[N_ALLOWANCES] = {
    { RLIMIT_CPU, seconds, seconds + 1, seconds + 1, "-t", "s of a processor", 1 },
    { RLIMIT_AS, memory, memory, least, "-v", "MB of addresses", MEGABYTE },
    { RLIMIT_DATA, memory, memory, least, "-d", "MB of data", MEGABYTE },
    { RLIMIT_NOFILE, FEW_FILES, FEW_FILES, FEW_FILES, "-n", "open files", 1 },
    { RLIMIT_FSIZE, FILE_BYTES, FILE_BYTES, 0, NULL, NULL, 1 },
    { RLIMIT_CORE, 0, 0, 0, NULL, NULL, 1 },
  };

  memcpy(allowances, rows, sizeof rows);
}

char *
confinement_obstacle(unsigned seconds)
{
  Allowance allowances[N_ALLOWANCES];

  make_allowances(seconds, allowances);
  for (size_t i = 0; i < N_ALLOWANCES; i++) {
    const Allowance *row = &allowances[i];
    struct rlimit there;
    if (getrlimit(row->resource, &there) == 0 && there.rlim_max < row->least) {
      return g_strdup_printf("a check needs %" G_GUINT64_FORMAT " %s, 'ulimit %s' "
                             "permits %" G_GUINT64_FORMAT ": raise it",
                             (guint64)(row->least / row->divisor), row->unit,
                             row->option, (guint64)(there.rlim_max / row->divisor));
    }
  }
  return NULL;
}

static void
set_limits(unsigned seconds)
{
  Allowance allowances[N_ALLOWANCES];

  make_allowances(seconds, allowances);
  for (size_t i = 0; i < N_ALLOWANCES; i++) {
    const struct rlimit both = { allowances[i].soft, allowances[i].hard };
    setrlimit(allowances[i].resource, &both);
  }
}

void
confine(unsigned seconds, Refused *refused)
{
  set_limits(seconds);
  signal(SIGCHLD, SIG_IGN); /* no zombies */
  privileges_drop();
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user takes it back */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  /* where there are no filters, what has been started is ended with the check */
  filter_calls(refused);
}
