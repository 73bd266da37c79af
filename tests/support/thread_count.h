/* SPDX-License-Identifier: MIT */
/* How many threads this process has. */
#ifndef OPTREG_TESTS_THREAD_COUNT_H
#define OPTREG_TESTS_THREAD_COUNT_H

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* a thread that was joined stays in /proc for a moment, marked by the kernel's
 * PF_EXITING: flags are the seventh number after the name */
static inline bool
is_ending(const char *thread)
{
  g_autofree char *path = g_strdup_printf("/proc/self/task/%s/stat", thread);
  g_autofree char *stat = NULL;
  unsigned flags = 0;

  if (!g_file_get_contents(path, &stat, NULL, NULL)) {
    return true;
  }
  const char *end = strrchr(stat, ')');
  g_auto(GStrv) fields = g_strsplit(end != NULL ? end : "", " ", 9);
  if (g_strv_length(fields) > 7) {
    flags = (unsigned)g_ascii_strtoull(fields[7], NULL, 10);
  }
  return (flags & 4u) != 0;
}

static inline unsigned
threads_of_the_process(void)
{
  g_autoptr(GDir) directory = g_dir_open("/proc/self/task", 0, NULL);
  unsigned n = 0;

  for (const char *name; (name = g_dir_read_name(directory)) != NULL;) {
    n += is_ending(name) ? 0 : 1;
  }
  return n;
}

#endif
