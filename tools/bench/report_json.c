/* SPDX-License-Identifier: MIT */
/* The same as JSON. */
#include "report.h"

#include "support/json_text.h"
#include "support/member.h"

static void
add_spread(JsonBuilder *builder, const char *name, const Spread *spread, double factor)
{
  member_begin(builder, name);
  member_add_number(builder, "min", spread->min * factor);
  member_add_number(builder, "median", spread->median * factor);
  member_add_number(builder, "max", spread->max * factor);
  json_builder_end_object(builder);
}

static void
add_figures(JsonBuilder *builder, const Figures *figures, double n)
{
  member_add_count(builder, "bytes_per_parameter", figures->bytes);
  member_add_count(builder, "plan_bytes_per_parameter", figures->plan_bytes);
  member_add_number(builder, "ns_per_parameter", 1e9 * figures->seconds / n);
  member_add_number(builder, "limit_ns_per_parameter",
                    1e9 * figures->limit_seconds / n);
  member_add_number(builder, "gb_per_s", 1e-9 * figures->bytes * n / figures->seconds);
  add_spread(builder, "ratio", &figures->ratio, 1.0);
}

static void
add_micro_step(JsonBuilder *builder, const char *name, const Figures *figures, double n)
{
  if (figures->is_there) {
    member_begin(builder, name);
    add_figures(builder, figures, n);
    json_builder_end_object(builder);
  }
}

static void
add_stages(JsonBuilder *builder, const GArray *stages, double n)
{
  member_begin_array(builder, "stages");
  for (size_t i = 0; i < stages->len; i++) {
    const StageCost *cost = &g_array_index(stages, StageCost, i);
    json_builder_begin_object(builder);
    member_add_text(builder, "name", cost->name);
    if (cost->reason != NULL) {
      member_add_text(builder, "reason", cost->reason);
    } else {
      member_add_number(builder, "ns_per_parameter", 1e9 * cost->seconds / n);
      member_add_number(builder, "ns_per_parameter_without",
                        1e9 * cost->seconds_without / n);
      add_spread(builder, "difference", &cost->difference, 1e9 / n);
    }
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

static void
add_entry(JsonBuilder *builder, const ReportEntry *entry)
{
  const Measurement *measurement = entry->measurement;
  const double n = (double)measurement->n;
  const Figures *step = &measurement->figures[CALL_STEP];

  json_builder_begin_object(builder);
  member_add_text(builder, "name", measurement->name);
  add_figures(builder, step, n);
  member_add_number(builder, "ns_per_tensor",
                    1e9 * step->seconds / (double)measurement->n_tensors);
  member_add_count(builder, "steps_per_run", measurement->n_windows);
  member_add_text(builder, "limit", measurement->way);
  member_add_number(builder, "others_share", measurement->others);
  add_micro_step(builder, "first_micro_step", &measurement->figures[CALL_FIRST], n);
  add_micro_step(builder, "micro_step", &measurement->figures[CALL_MICRO], n);
  if (entry->stages != NULL) {
    add_stages(builder, entry->stages, n);
  }
  json_builder_end_object(builder);
}

static JsonNode *
build(const Report *report)
{
  g_autoptr(JsonBuilder) builder = json_builder_new();

  json_builder_begin_object(builder);
  member_add_text(builder, "shapes", report->shapes->name);
  member_add_count(builder, "parameters", report->shapes->n);
  member_add_count(builder, "tensors", report->shapes->tensors->len);
  member_add_count(builder, "threads", report->n_threads);
  member_add_count(builder, "repeat", report->n_runs);
  member_begin_array(builder, "configs");
  for (size_t i = 0; i < report->entries->len; i++) {
    add_entry(builder, report->entries->pdata[i]);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  return json_builder_get_root(builder);
}

void
report_print_json(const Report *report, FILE *stream)
{
  g_autoptr(JsonNode) root = build(report);
  g_autofree char *text = json_text_write(root, true);

  fprintf(stream, "%s\n", text);
}
