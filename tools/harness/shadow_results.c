/* SPDX-License-Identifier: MIT */
/* Shadows on the terminal and in results.json. */
#include "shadow.h"

#include "support/columns.h"
#include "support/format.h"
#include "support/member.h"
#include "support/prose.h"

#include <math.h>

/* ---- the table ---- */

static char *
show_ratio(const ShadowSummary *summary)
{
  g_autofree char *median = format_number("%.3g", summary->ratio);
  g_autofree char *low = format_number("%.3g", summary->ratio_low);
  g_autofree char *high = format_number("%.3g", summary->ratio_high);

  return summary->n_runs > 1 ? g_strdup_printf("%s [%s, %s]", median, low, high)
                             : g_strdup(median);
}

static char *
show_factor(const ShadowSummary *summary)
{
  g_autofree char *factor = format_number("%.3g", summary->factor);

  return summary->n_runs > 0 ? g_strdup_printf("learning_rate x %s", factor)
                             : g_strdup("-");
}

static void
add_row(Columns *columns, const Comparison *comparison, size_t task, size_t arm)
{
  const ShadowSummary summary = shadow_summarize(comparison, task, arm);
  g_autofree char *cosine = format_number("%.3f", summary.cosine);
  g_autofree char *ratio = show_ratio(&summary);
  g_autofree char *factor = show_factor(&summary);
  g_autofree char *decrease = format_number("%.3g", summary.decrease);
  g_autofree char *cost = format_number("%.2f", summary.cost);

  columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)), cosine,
              ratio, factor, decrease, cost);
}

void
shadow_print(const Comparison *comparison, size_t task, const Screen *screen,
             FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("lrrRRR");

  if (!comparison->has_shadows) {
    return;
  }
  g_autofree char *heading = g_strdup_printf(
      "Beside %s, on its gradients (docs/shadows.md); its own updates are 1:",
      arm_name(experiment_arm(comparison->experiment, 0)));
  fputc('\n', stream);
  prose_print_line(heading, screen, stream);
  fputc('\n', stream);
  columns_add_heading(columns, "candidate", "cosine", "RMS of updates", "for updates",
                      "predicted", "time of");
  columns_add_heading(columns, "", "mean", "median [range]", "as large", "decrease",
                      "step");
  for (size_t arm = 1; arm < comparison_n_arms(comparison); arm++) {
    add_row(columns, comparison, task, arm);
  }
  columns_print_on(columns, 0, screen, stream);
}

/* ---- results.json ---- */

static void
add_run(JsonBuilder *builder, const Comparison *comparison, const Run *run, size_t arm)
{
  const ShadowRun row = shadow_of_run(comparison, run, arm);

  json_builder_begin_object(builder);
  member_add_count(builder, "seed", run->seed);
  member_add_count(builder, "steps", row.steps);
  member_add_number(builder, "cosine", row.cosine);
  member_add_number(builder, "rms_ratio", row.ratio);
  member_add_number(builder, "predicted_decrease_ratio", row.decrease);
  member_add_number(builder, "time_ratio", row.cost);
  json_builder_end_object(builder);
}

static void
add_runs(JsonBuilder *builder, const Comparison *comparison, size_t task, size_t arm)
{
  member_begin_array(builder, "runs");
  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, 0, i);
    if (run != NULL && run_is_complete(run)) {
      add_run(builder, comparison, run, arm);
    }
  }
  json_builder_end_array(builder);
}

static void
add_candidate(JsonBuilder *builder, const Comparison *comparison, size_t task,
              size_t arm)
{
  const ShadowSummary summary = shadow_summarize(comparison, task, arm);

  json_builder_begin_object(builder);
  member_add_text(builder, "candidate",
                  arm_name(experiment_arm(comparison->experiment, arm)));
  member_add_count(builder, "seeds", summary.n_runs);
  member_add_number(builder, "cosine_mean", summary.cosine);
  member_add_number(builder, "rms_ratio_median", summary.ratio);
  member_add_number(builder, "rms_ratio_lowest", summary.ratio_low);
  member_add_number(builder, "rms_ratio_highest", summary.ratio_high);
  member_add_number(builder, "learning_rate_factor", summary.factor);
  member_add_number(builder, "predicted_decrease_ratio", summary.decrease);
  member_add_number(builder, "time_ratio", summary.cost);
  add_runs(builder, comparison, task, arm);
  json_builder_end_object(builder);
}

void
shadow_add_json(JsonBuilder *builder, const Comparison *comparison, size_t task)
{
  if (!comparison->has_shadows) {
    return;
  }
  member_begin(builder, "shadow");
  member_add_text(builder, "live", arm_name(experiment_arm(comparison->experiment, 0)));
  member_begin_array(builder, "candidates");
  for (size_t arm = 1; arm < comparison_n_arms(comparison); arm++) {
    add_candidate(builder, comparison, task, arm);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}
