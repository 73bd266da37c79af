/* SPDX-License-Identifier: MIT */
/* optreg report: the results of a comparison again. */
#include "harness/archive.h"
#include "harness/kept.h"
#include "harness/text_report.h"
#include "problem_files.h"
#include "session.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

typedef struct Settings {
  gboolean is_text, writes_boards;
} Settings;

static const Usage usage = {
  .verb = "report",
  .arguments = "DIR",
  .least = 1,
  .most = 1,
  .summary =
      "Analyses the comparison in DIR again and rewrites report.html, results.json,\n"
      "results.csv and log.jsonl from the logs of its runs. Nothing is trained, and "
      "neither\n"
      "configurations nor plugins nor data have to be there any more.",
  .notes = "It is no new look at the results as long as no run has come to them, and "
           "it exits as\n"
           "'optreg compare' did: with 4 for a missed expectation, 5 for lost runs. A "
           "problem of\n"
           "one's own has to be named with --problem-file as for 'optreg compare'.",
};

enum { USUAL_WIDTH = 80 };

static Status
report(Comparison *comparison, const Settings *settings, GError **error)
{
  g_autoptr(Manifest) manifest = manifest_open(comparison, error);
  if (manifest == NULL) {
    return STATUS_FAILED;
  }
  kept_warn(comparison, stderr);
  const Session session = { .comparison = comparison,
                            .manifest = manifest,
                            .writes_boards = settings->writes_boards };
  g_autoptr(Analysis) analysis = session_analyse(&session, error);

  if (analysis == NULL) {
    return STATUS_FAILED;
  }
  Screen screen = screen_of(stdout, USUAL_WIDTH);
  screen.is_tight = true;
  if (settings->is_text) {
    text_report_print(comparison, analysis, manifest, &screen, stdout);
  }
  text_line(stderr, "optreg: wrote to %s", comparison->directory);
  return session_judge(comparison, &screen, settings->is_text ? stdout : NULL);
}

Status
report_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL, problem_files = NULL;
  Settings settings = { 0 };
  const GOptionEntry entries[] = {
    { "text", 't', 0, G_OPTION_ARG_NONE, &settings.is_text,
      "also print verdicts, claims and small charts, 80 columns wide where there is no "
      "terminal",
      NULL },
    { "tensorboard", 0, 0, G_OPTION_ARG_NONE, &settings.writes_boards,
      "also write event files for TensorBoard, with each arm's mean and interval",
      NULL },
    PROBLEM_FILES_OPTION(&problem_files),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(ProblemSet) set = problem_set_new(problem_files, error);
  g_autoptr(Comparison) comparison = set != NULL ? archive_open(rest[0], set, error)
                                                 : NULL;
  return comparison != NULL ? report(comparison, &settings, error) : STATUS_FAILED;
}
