/* SPDX-License-Identifier: MIT */
/* What a process that runs a plugin may not take from the machine. */
#include "confinement.h"

#include "privileges.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* a sanitizer maps terabytes before anything else happens */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_MEMORY_LIMIT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_MEMORY_LIMIT 0
#endif
#endif
#ifndef HAS_MEMORY_LIMIT
#define HAS_MEMORY_LIMIT 1
#endif

static void
limit(int resource, rlim_t value)
{
  const struct rlimit both = { value, value };

  setrlimit(resource, &both);
}

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

static void
set_limits(unsigned seconds)
{
  const struct rlimit time = { seconds, seconds + 1 };

  setrlimit(RLIMIT_CPU, &time);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 1 << 20);
  if (HAS_MEMORY_LIMIT) {
    limit(RLIMIT_AS, address_space() + MEMORY_LIMIT);
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
