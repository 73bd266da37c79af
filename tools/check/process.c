/* SPDX-License-Identifier: MIT */
/* What belongs to the process and not to a plugin. */
#include "process.h"

#include "floating_point.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned
count_entries(const char *folder)
{
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
  unsigned n = 0;

  while (directory != NULL && g_dir_read_name(directory) != NULL) {
    n++;
  }
  return n;
}

void
process_look(Process *process)
{
  g_auto(GStrv) variables = g_get_environ();

  *process = (Process){ .floating_point = floating_point_mode() };
  for (int i = 1; i < 32; i++) {
    struct sigaction action = { 0 };
    sigaction(i, NULL, &action);
    process->handlers[i] = action.sa_handler;
  }
  pthread_sigmask(SIG_SETMASK, NULL, &process->blocked);
  process->mask = umask(0);
  umask(process->mask);
  process->n_files = count_entries("/proc/self/fd");
  process->n_threads = count_entries("/proc/self/task");
  process->locale = g_strdup(setlocale(LC_ALL, NULL));
  process->folder = g_get_current_dir();
  process->environment = g_strjoinv("\n", variables);
}

void
process_clear(Process *process)
{
  g_free(process->locale);
  g_free(process->folder);
  g_free(process->environment);
}

void
process_compare(const Process *before, const Process *after, const char *when,
                Finding *finding)
{
  const struct {
    bool has_changed;
    const char *what;
  } things[] = {
    { before->floating_point != after->floating_point,
      "the floating-point mode (rounding, denormals or traps)" },
    { memcmp(before->handlers, after->handlers, sizeof before->handlers) != 0,
      "the handlers of signals" },
    { memcmp(&before->blocked, &after->blocked, sizeof before->blocked) != 0,
      "the mask of signals" },
    { !g_str_equal(before->locale, after->locale), "the locale" },
    { !g_str_equal(before->folder, after->folder), "the working directory" },
    { !g_str_equal(before->environment, after->environment), "environment variables" },
    { before->mask != after->mask, "the file mode mask" },
    { before->n_files != after->n_files, "the open files" },
    { before->n_threads != after->n_threads, "the threads" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(things); i++) {
    if (things[i].has_changed) {
      finding_fail(finding, "changes %s %s", things[i].what, when);
    }
  }
}
