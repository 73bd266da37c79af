/* SPDX-License-Identifier: MIT */
/* How a run ended. */
#include "outcome.h"

#include "support/file.h"

#include <string.h>

/* the last line of a file that is not empty, or NULL */
static char *
read_last_line(const char *path)
{
  g_autofree char *text = file_read(path, RECORD_MOST_LOG, NULL, NULL);

  if (text == NULL) {
    return NULL;
  }
  g_strchomp(text);
  const char *newline = strrchr(text, '\n');
  const char *line = newline != NULL ? newline + 1 : text;
  return line[0] != '\0' ? g_strdup(line) : NULL;
}

char *
outcome_describe_loss(GSubprocess *process, const Messages *messages)
{
  if (g_subprocess_get_if_signaled(process)) {
    const int number = g_subprocess_get_term_sig(process);
    return g_strdup_printf("killed by signal %d (%s)", number, g_strsignal(number));
  }
  g_autofree char *line = messages_last_line(messages);
  if (line != NULL) {
    const size_t skipped = g_str_has_prefix(line, "optreg: ") ? strlen("optreg: ") : 0;
    return g_utf8_make_valid(line + skipped, -1);
  }
  return g_strdup_printf("ended with exit status %d and no result",
                         g_subprocess_get_exit_status(process));
}

void
outcome_judge(const Comparison *comparison, Run *run, GSubprocess *process,
              const Messages *messages)
{
  g_autofree char *records = comparison_run_path(comparison, run, ".jsonl");
  g_autofree char *line = read_last_line(records);
  Record last = { 0 };

  const ProblemClass *class = experiment_task(comparison->experiment, run->task)->class;
  if (line != NULL && record_from_json(line, class, &last)) {
    run->last = last;
  }
  if (g_subprocess_get_successful(process) && run->last.is_final) {
    run->state = run->last.is_diverged ? RUN_DIVERGED : RUN_FINISHED;
  } else {
    run->state = RUN_LOST;
    run->reason = outcome_describe_loss(process, messages);
  }
  messages_keep(messages, true);
}
