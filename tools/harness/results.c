/* SPDX-License-Identifier: MIT */
/* log.jsonl, results.csv and the writing of all files. */
#include "results.h"

#include "curves.h"
#include "expect.h"
#include "page/page.h"
#include "quality.h"
#include "support/file.h"
#include "support/format.h"
#include "support/json_text.h"

#include <glib/gstdio.h>
#include <math.h>

static bool
is_shown(const Run *run)
{
  return run->purpose == RUN_EVALUATION || run->purpose == RUN_TUNING;
}

static char *
concatenate_logs(const Comparison *comparison)
{
  GString *log = g_string_new(NULL);

  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    g_autofree char *path = comparison_run_path(comparison, run, ".jsonl");
    g_autofree char *text = is_shown(run) ? file_read(path, RECORD_MOST_LOG, NULL, NULL)
                                          : NULL;
    if (text != NULL) {
      g_string_append(log, text);
    }
  }
  return g_string_free(log, FALSE);
}

/* ---- CSV, a line for each number ---- */

static void
add_number(GString *csv, const char *head, const Record *record, const char *split,
           const char *metric, double value)
{
  g_autofree char *quoted = format_csv(metric);
  char text[G_ASCII_DTOSTR_BUF_SIZE], epoch[G_ASCII_DTOSTR_BUF_SIZE],
      clock[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(
      csv, "%s,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%s,%s,%s,%s,%s\n", head,
      record->batches, record->step, g_ascii_dtostr(epoch, sizeof epoch, record->epoch),
      g_ascii_dtostr(clock, sizeof clock, record->elapsed_s), split, quoted,
      isfinite(value) ? g_ascii_dtostr(text, sizeof text, value) : "");
}

static void
add_record(GString *csv, const char *head, const Record *record,
           const ProblemMetric *metrics, size_t n)
{
  add_number(csv, head, record, "training", "batch_loss", record->batch_loss);
  for (size_t split = 0; split < N_SPLITS; split++) {
    for (size_t i = 0; i < MIN(n, (size_t)RECORD_MOST_METRICS); i++) {
      add_number(csv, head, record, split_name((Split)split), metrics[i].name,
                 record->values[split][i]);
    }
  }
}

static void
add_diagnostics(GString *csv, const char *head, const Record *record)
{
  const Diagnostics *diagnostics = &record->diagnostics;

  if (diagnostics->n_parts > 0) {
    add_number(csv, head, record, "diagnostics", "loss_scale", diagnostics->loss_scale);
    add_number(csv, head, record, "diagnostics", "skipped",
               (double)diagnostics->skipped);
  }
  for (size_t part = 0; part < diagnostics->n_parts; part++) {
    for (size_t i = 0; i < N_QUANTITIES; i++) {
      g_autofree char *metric = g_strdup_printf("%s/%s", diagnostics->parts[part].name,
                                                quantity_name((Quantity)i));
      add_number(csv, head, record, "diagnostics", metric,
                 diagnostics->parts[part].values[i]);
    }
  }
}

static void
add_shadows(GString *csv, const char *head, const Record *record,
            const Experiment *experiment)
{
  for (size_t i = 0; i < record->n_shadows; i++) {
    const ShadowRecord *shadow = &record->shadows[i];
    g_autofree char *split =
        g_strconcat("shadow:", arm_name(experiment_arm(experiment, i + 1)), NULL);
    g_autofree char *quoted = format_csv(split);
    add_number(csv, head, record, quoted, "cosine", shadow->cosine);
    add_number(csv, head, record, quoted, "rms_ratio", shadow->rms_ratio);
    add_number(csv, head, record, quoted, "decrease", shadow->decrease);
    add_number(csv, head, record, quoted, "live_decrease", shadow->live_decrease);
  }
}

static void
add_run(GString *csv, const Comparison *comparison, const Run *run)
{
  const Experiment *experiment = comparison->experiment;
  const Task *task = experiment_task(experiment, run->task);
  g_autofree char *name = format_csv(experiment->name != NULL ? experiment->name : "");
  g_autofree char *arm = format_csv(arm_name(experiment_arm(experiment, run->arm)));
  g_autofree char *head = g_strdup_printf(
      "%s,%s,%s,%s,%u,%u", name, task->name, arm,
      run->purpose == RUN_TUNING ? "tuning" : "evaluation", run->trial, run->seed);
  g_autoptr(GArray) records = comparison_read_records(comparison, run);
  size_t n;
  const ProblemMetric *metrics = problem_metrics(task->class, &n);

  for (guint i = 0; i < records->len; i++) {
    const Record *record = &g_array_index(records, Record, i);
    add_record(csv, head, record, metrics, n);
    add_diagnostics(csv, head, record);
    add_shadows(csv, head, record, experiment);
  }
}

static char *
results_to_csv(const Comparison *comparison)
{
  GString *csv = g_string_new("experiment,problem,arm,purpose,trial,seed,batches,step,"
                              "epoch,clock_s,split,metric,value\n");

  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    if (is_shown(run)) {
      add_run(csv, comparison, run);
    }
  }
  return g_string_free(csv, FALSE);
}

/* ---- files ---- */

/* takes text over; NULL is no file */
static bool
write_text(const Comparison *comparison, const char *name, char *text, GError **error)
{
  g_autofree char *path = g_build_filename(comparison->directory, name, NULL);
  const bool is_written = text == NULL || file_write(path, text, -1, error);

  g_free(text);
  return is_written;
}

static bool
write_report(const Comparison *comparison, const Analysis *analysis,
             const Manifest *manifest, GError **error)
{
  return write_text(comparison, "report.html",
                    page_render(comparison, analysis, manifest), error)
         && write_text(comparison, "curves.svg", curves_to_svg(comparison), error)
         && write_text(comparison, "expectations.md", expect_to_markdown(comparison),
                       error);
}

/* what steps cost beside what they achieve, where it was measured */
static bool
write_quality(const Comparison *comparison, const Analysis *analysis, GError **error)
{
  static const char name[] = "quality-cost.csv";
  g_autoptr(Cost) cost = cost_read(comparison);

  if (cost != NULL) {
    return write_text(comparison, name, quality_to_csv(comparison, analysis, cost),
                      error);
  }
  g_autofree char *path = g_build_filename(comparison->directory, name, NULL);
  g_unlink(path);
  return true;
}

bool
results_write(const Comparison *comparison, const Analysis *analysis,
              const Manifest *manifest, GError **error)
{
  g_autofree char *path = g_build_filename(comparison->directory, "results.json", NULL);
  g_autoptr(JsonNode) results = results_describe(comparison, analysis, manifest);

  return write_text(comparison, "log.jsonl", concatenate_logs(comparison), error)
         && write_text(comparison, "results.csv", results_to_csv(comparison), error)
         && json_text_write_file(path, results, error)
         && (analysis == NULL
             || (write_quality(comparison, analysis, error)
                 && write_report(comparison, analysis, manifest, error)));
}
