/* SPDX-License-Identifier: MIT */
/* The diagnostics of an arm in results.json. */
#include "results_diagnostics.h"

#include "support/member.h"
#include "wording.h"

#include <math.h>

static void
add_counts(JsonBuilder *builder, const char *name, const uint64_t *values, size_t n)
{
  member_begin_array(builder, name);
  for (size_t i = 0; i < n; i++) {
    json_builder_add_int_value(builder, (gint64)values[i]);
  }
  json_builder_end_array(builder);
}

static void
add_curve(JsonBuilder *builder, const char *name, const DiagnosticsCurve *curve,
          size_t n)
{
  member_begin(builder, name);
  member_add_numbers(builder, "mean", curve->mean, n);
  member_add_numbers(builder, "low", curve->low, n);
  member_add_numbers(builder, "high", curve->high, n);
  json_builder_end_object(builder);
}

static void
add_part(JsonBuilder *builder, const DiagnosticsCurves *curves, size_t part)
{
  json_builder_begin_object(builder);
  member_add_text(builder, "name", curves->parts[part].name);
  if (curves->parts[part].match[0] != '\0') {
    member_add_text(builder, "match", curves->parts[part].match);
  }
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    add_curve(builder, quantity_name((Quantity)i), &curves->parts[part].curves[i],
              curves->n);
  }
  json_builder_end_object(builder);
}

static void
add_findings(JsonBuilder *builder, const Comparison *comparison, size_t arm,
             const DiagnosticsCurves *curves)
{
  g_autoptr(GArray) findings = findings_of_curves(curves);

  member_begin_array(builder, "findings");
  for (guint i = 0; i < findings->len; i++) {
    const Finding *finding = &g_array_index(findings, Finding, i);
    g_autofree char *sentence = wording_finding(comparison, arm, curves, finding);
    json_builder_begin_object(builder);
    member_add_text(builder, "rule", finding->rule);
    member_add_text(builder, "part", curves->parts[finding->part].name);
    member_add_text(builder, "sentence", sentence);
    member_add_text(builder, "remedy", finding->remedy);
    json_builder_end_object(builder);
  }
  json_builder_end_array(builder);
}

void
results_add_diagnostics(JsonBuilder *builder, const Comparison *comparison, size_t task,
                        size_t arm)
{
  g_autoptr(DiagnosticsCurves) curves = diagnostics_curves_new(comparison, task, arm);

  if (curves == NULL) {
    return;
  }
  member_begin(builder, "diagnostics");
  add_findings(builder, comparison, arm, curves);
  add_counts(builder, "batches", curves->batches, curves->n);
  member_add_numbers(builder, "epochs", curves->epochs, curves->n);
  add_counts(builder, "runs", curves->n_runs, curves->n);
  add_curve(builder, "loss_scale", &curves->loss_scale, curves->n);
  add_curve(builder, "skipped", &curves->skipped, curves->n);
  member_begin_array(builder, "parts");
  for (size_t part = 0; part < curves->n_parts; part++) {
    add_part(builder, curves, part);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}
