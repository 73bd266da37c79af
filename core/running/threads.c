/* SPDX-License-Identifier: MIT */
/* How many threads a step takes. */
#include "threads.h"

#include "environment.h"
#include "error.h"
#include "running/processors.h"

static bool
is_permitted(size_t n)
{
  return n >= 1 && n <= OPTREG_MOST_THREADS;
}

static const OptregEnvironmentNumber variable = { "OPTREG_NUM_THREADS", is_permitted,
                                                  "1 to 1024" };

bool
optreg_threads_check(uint64_t n, GError **error)
{
  if (n == 0 || is_permitted(n)) {
    return true;
  }
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
              "%" G_GUINT64_FORMAT " threads are too many: ask for 1 to %u, or 0 for "
              "the default",
              n, OPTREG_MOST_THREADS);
  return false;
}

bool
optreg_threads_choose(uint32_t asked, OptregThreads *threads, GError **error)
{
  OptregProcessors processors;

  optreg_processors_find(&processors);
  const size_t n_processors = optreg_processors_count(&processors);

  threads->asked = asked;
  if (asked == 0
      && !optreg_environment_number(&variable, MIN(n_processors, OPTREG_MOST_THREADS),
                                    &threads->asked, error)) {
    return false;
  }
  threads->n = MIN(threads->asked, n_processors);
  return true;
}

char *
optreg_threads_explain(const OptregThreads *threads)
{
  if (threads->n == threads->asked) {
    return NULL;
  }
  return g_strdup_printf(
      "%zu threads were asked for, %zu %s: more than the process has "
      "processors would wait for one another",
      threads->asked, threads->n, threads->n == 1 ? "is used" : "are used");
}
