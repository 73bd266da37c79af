/* SPDX-License-Identifier: MIT */
/* Tuning, calibration, evaluation, and what is said in the end. */
#include "session.h"

#include "harness/archive.h"
#include "harness/boards.h"
#include "harness/calibration.h"
#include "harness/cost/phase.h"
#include "harness/expect.h"
#include "harness/machine_lock.h"
#include "harness/results.h"
#include "harness/runner.h"
#include "harness/table.h"
#include "support/text.h"

#include <stdio.h>

/* what is in the folder counts; false when interrupted */
static bool
train(const Session *session, GPtrArray *runs, const char *what)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  const RunnerOptions options = {
    .command = (const char *const *)session->command,
    .jobs = session->jobs,
    .checkpoint_s = g_ascii_dtostr(seconds, sizeof seconds, session->checkpoint_s),
  };

  for (guint i = 0; i < runs->len; i++) {
    comparison_reuse(session->comparison, g_ptr_array_index(runs, i));
  }
  g_autoptr(MachineLock) lock G_GNUC_UNUSED = machine_lock_take(MACHINE_TRAINS, NULL);
  g_autoptr(Progress) progress = progress_new(session->comparison, runs, what, stderr);
  return runner_run(session->comparison, runs, &options, progress);
}

static bool
tune(const Session *session)
{
  Comparison *comparison = session->comparison;
  g_autoptr(GPtrArray) runs = comparison_plan_tuning(comparison);

  if (runs->len > 0 && !train(session, runs, "tuning")) {
    return false;
  }
  analysis_choose_trials(comparison, runs);
  return true;
}

static bool
calibrate(const Session *session, GError **error)
{
  Comparison *comparison = session->comparison;
  const size_t n = comparison_n_tasks(comparison);
  g_autoptr(GPtrArray)
      runs = comparison_plan_calibration(comparison, CALIBRATION_STREAMS);
  g_autofree Calibration *rows = g_new(Calibration, n);

  if (!train(session, runs, "calibration")) {
    return false;
  }
  for (size_t task = 0; task < n; task++) {
    rows[task] = calibration_of_task(comparison, runs, task);
  }
  return calibration_write(comparison, rows, error);
}

static bool
evaluate(const Session *session)
{
  g_autoptr(GPtrArray) runs = comparison_plan_evaluation(session->comparison);
  return train(session, runs,
               session->comparison->experiment->n_trials > 0 ? "evaluation" : NULL);
}

/* false when interrupted; then there is what was measured before */
static bool
measure_cost(const Session *session, GError **error)
{
  const CostOptions options = {
    .command = (const char *const *)session->command,
    .n_blocks = session->n_cost_blocks,
  };

  return session->n_cost_blocks == 0
         || cost_measure(session->comparison, &options, error);
}

/* ---- the end ---- */

Status
session_judge(const Comparison *comparison, const Screen *screen, FILE *stream)
{
  const size_t n_missed = expect_check(comparison, screen, stream);
  size_t n_lost = 0, n = 0;

  if (stream != NULL) {
    fflush(stream);
  }
  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    n_lost += run->state == RUN_LOST;
    n++;
  }
  if (n_lost > 0) {
    fprintf(stderr, "optreg: incomplete: %zu of %zu runs are lost\n", n_lost, n);
    return STATUS_INCOMPLETE;
  }
  if (n_missed > 0) {
    fprintf(stderr, "optreg: %zu of %u expectations are missed\n", n_missed,
            comparison->experiment->expectations->len);
  }
  return n_missed > 0 ? STATUS_EXPECT : STATUS_DONE;
}

/* with one arm there is nothing to look at */
static unsigned
take_look(const Session *session)
{
  g_autofree char *data = analysis_data(session->comparison);

  return comparison_n_arms(session->comparison) > 1
             ? manifest_look(session->manifest, session->comparison, data)
             : 1;
}

Analysis *
session_analyse(const Session *session, GError **error)
{
  const Comparison *comparison = session->comparison;
  const unsigned look = take_look(session);
  g_autoptr(Analysis) analysis = analysis_new(comparison, look);

  /* first of all the look: whoever is killed behind it has seen nothing */
  if (!manifest_write(session->manifest, comparison, error)
      || !results_write(comparison, analysis, session->manifest, error)
      || (session->writes_boards && !boards_write(comparison, error))) {
    return NULL;
  }
  return g_steal_pointer(&analysis);
}

static Status
conclude(const Session *session, bool has_costs, GError **error)
{
  const Comparison *comparison = session->comparison;
  g_autoptr(Analysis) analysis = session_analyse(session, error);

  if (analysis == NULL) {
    return STATUS_FAILED;
  }
  table_print(comparison, analysis, session->manifest, stdout);
  const Screen screen = screen_of(stdout, 100);
  const Status status = session_judge(comparison, &screen, stdout);
  if (!has_costs) {
    fputs("optreg: interrupted while measuring cost; the same command measures what is "
          "not there yet\n",
          stderr);
    return STATUS_INTERRUPTED;
  }
  return status;
}

static Status
interrupt(const Session *session, GError **error)
{
  if (!results_write(session->comparison, NULL, NULL, error)) {
    return STATUS_FAILED;
  }
  text_line(
      stderr,
      "optreg: interrupted; what was done is in %s, the same command goes on with it",
      session->comparison->directory);
  return STATUS_INTERRUPTED;
}

Status
session_run(const Session *session, GError **error)
{
  text_line(stderr, "optreg: writing to %s", session->comparison->directory);
  manifest_note_machine(session->manifest);
  if (!manifest_write(session->manifest, session->comparison, error)
      || !archive_write(session->comparison, error)
      || !archive_check(session->comparison, session->set, error)) {
    return STATUS_FAILED;
  }
  const bool is_complete = tune(session)
                           && (!session->calibrates || calibrate(session, error))
                           && evaluate(session);
  if (error != NULL && *error != NULL) {
    return STATUS_FAILED;
  }
  if (!is_complete) {
    return interrupt(session, error);
  }
  const bool has_costs = measure_cost(session, error);
  return error == NULL || *error == NULL ? conclude(session, has_costs, error)
                                         : STATUS_FAILED;
}
