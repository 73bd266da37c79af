/* SPDX-License-Identifier: MIT */
/* A table of ratios. */
#include "report.h"

#include "support/columns.h"
#include "support/format.h"
#include "support/text.h"

static void
free_entry(void *data)
{
  ReportEntry *entry = data;

  measure_free(entry->measurement);
  if (entry->stages != NULL) {
    g_array_unref(entry->stages);
  }
  g_free(entry);
}

Report *
report_new(const Shapes *shapes, size_t n_threads, size_t n_runs)
{
  Report *report = g_new0(Report, 1);

  *report =
      (Report){ shapes, n_threads, n_runs, g_ptr_array_new_with_free_func(free_entry) };
  return report;
}

void
report_free(Report *report)
{
  if (report != NULL) {
    g_ptr_array_unref(report->entries);
    g_free(report);
  }
}

void
report_add(Report *report, Measurement *measurement, GArray *stages)
{
  ReportEntry *entry = g_new0(ReportEntry, 1);

  *entry = (ReportEntry){ measurement, stages };
  g_ptr_array_add(report->entries, entry);
}

const Measurement *
report_find_wrong(const Report *report)
{
  for (size_t i = 0; i < report->entries->len; i++) {
    const ReportEntry *entry = report->entries->pdata[i];
    if (measure_is_wrong(entry->measurement)) {
      return entry->measurement;
    }
  }
  return NULL;
}

/* ---- for eyes ---- */

static const char *const calls[N_CALLS] = { " (first micro-step)", " (micro-step)",
                                            "" };

static char *
number(double value)
{
  const int digits = value < 1.0 ? 4 : value < 10.0 ? 3 : value < 100.0 ? 2 : 1;
  return g_strdup_printf("%.*f", digits, value);
}

static void
add_row(Columns *columns, const Measurement *measurement, Call call)
{
  const Figures *figures = &measurement->figures[call];
  const double n = (double)measurement->n;
  g_autofree char *name = g_strconcat(measurement->name, calls[call], NULL);
  g_autofree char *bytes = g_strdup_printf("%u", figures->bytes);
  g_autofree char *plan = g_strdup_printf("%u", figures->plan_bytes);
  g_autofree char *time = number(1e9 * figures->seconds / n);
  g_autofree char *limit = number(1e9 * figures->limit_seconds / n);
  g_autofree char *per_tensor =
      number(1e9 * figures->seconds / (double)measurement->n_tensors);
  g_autofree char *speed =
      g_strdup_printf("%.1f", 1e-9 * figures->bytes * n / figures->seconds);
  g_autofree char *ratio = g_strdup_printf("%.3f / %.3f / %.3f", figures->ratio.min,
                                           figures->ratio.median, figures->ratio.max);

  columns_add(columns, name, bytes, plan, time, limit, speed, per_tensor, ratio);
}

/* the plan has one number for all micro-steps, the first of which moves less */
static bool
differs(const Figures *figures, Call call)
{
  return figures->is_there && call != CALL_FIRST
         && figures->bytes != figures->plan_bytes;
}

static void
print_notes(const Measurement *measurement, FILE *stream)
{
  text_line(stream, "%s: limit by %s", measurement->name, measurement->way);
  if (measurement->others > MEASURE_MOST_OTHERS) {
    text_line(stream, "%s: disturbed: other programs had %.0f %% of the processors",
              measurement->name, 100.0 * measurement->others);
  }
  for (Call call = 0; call < N_CALLS; call++) {
    const Figures *figures = &measurement->figures[call];
    if (differs(figures, call)) {
      text_line(stream,
                "%s%s: the plan moves %u bytes per parameter, the options ask for %u",
                measurement->name, calls[call], figures->plan_bytes, figures->bytes);
    }
  }
}

static void
add_stage(Columns *columns, const StageCost *cost, double n)
{
  if (cost->reason != NULL) {
    columns_add(columns, cost->name, "-", "-", "-", cost->reason);
    return;
  }
  g_autofree char *whole = number(1e9 * cost->seconds / n);
  g_autofree char *without = number(1e9 * cost->seconds_without / n);
  g_autofree char *share =
      g_strdup_printf("%.1f %%", 100.0 * cost->difference.median / cost->seconds);
  g_autofree char *difference = g_strdup_printf(
      "%+.4f / %+.4f / %+.4f", 1e9 * cost->difference.min / n,
      1e9 * cost->difference.median / n, 1e9 * cost->difference.max / n);

  columns_add(columns, cost->name, whole, without, share, difference);
}

static void
print_stages(const ReportEntry *entry, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("lrrrl");

  fputc('\n', stream);
  text_line(stream, "%s, each left out in turn; ns per parameter of a step",
            entry->measurement->name);
  columns_add_heading(columns, "wrapper", "with", "without", "share",
                      "difference min / median / max");
  for (size_t i = 0; i < entry->stages->len; i++) {
    add_stage(columns, &g_array_index(entry->stages, StageCost, i),
              (double)entry->measurement->n);
  }
  columns_print(columns, 0, stream);
}

static void
print_heading(const Report *report, FILE *stream)
{
  g_autofree char *n = format_count(report->shapes->n);
  g_autofree char *tensors = format_plural(report->shapes->tensors->len, "tensor");
  g_autofree char *threads = format_plural(report->n_threads, "thread");
  g_autofree char *runs = format_plural(report->n_runs, "run");

  text_line(stream, "%s: %s parameters in %s, %s, %s each of step and limit",
            report->shapes->name, n, tensors, threads, runs);
  fputc('\n', stream);
}

void
report_print(const Report *report, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("lrrrrrrl");

  print_heading(report, stream);
  columns_add_heading(columns, "configuration", "bytes", "plan", "ns/param", "limit",
                      "GB/s", "ns/tensor", "ratio min / median / max");
  for (size_t i = 0; i < report->entries->len; i++) {
    const ReportEntry *entry = report->entries->pdata[i];
    for (Call call = 0; call < N_CALLS; call++) {
      if (entry->measurement->figures[call].is_there) {
        add_row(columns, entry->measurement, call);
      }
    }
  }
  columns_print(columns, 0, stream);
  fputc('\n', stream);
  for (size_t i = 0; i < report->entries->len; i++) {
    print_notes(((ReportEntry *)report->entries->pdata[i])->measurement, stream);
  }
  for (size_t i = 0; i < report->entries->len; i++) {
    const ReportEntry *entry = report->entries->pdata[i];
    if (entry->stages != NULL && entry->stages->len > 0) {
      print_stages(entry, stream);
    }
  }
}
