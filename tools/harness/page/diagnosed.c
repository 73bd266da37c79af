/* SPDX-License-Identifier: MIT */
/* Section: what --diagnose has seen of the optimizers at work. */
#include "page_private.h"

#include "harness/diagnostics_curves.h"
#include "harness/findings.h"
#include "harness/wording.h"

#include <math.h>
#include <string.h>

/* what is drawn, in this order */
static const struct {
  Quantity quantity;
  const char *name;
} rows[] = {
  { QUANTITY_GRADIENT_NORM, "norm of the gradient" },
  { QUANTITY_UPDATE_NORM, "norm of the update" },
  { QUANTITY_WEIGHT_NORM, "norm of the weights" },
  { QUANTITY_UPDATE_RATIO, "update over weights" },
  { QUANTITY_CLIP_RATE, "share of clipped gradients" },
  { QUANTITY_RATE_5, "effective learning rate, 5 % quantile" },
  { QUANTITY_RATE_50, "effective learning rate, median" },
  { QUANTITY_RATE_95, "effective learning rate, 95 % quantile" },
};

static Trace
make_trace(const DiagnosticsCurves *curves, const DiagnosticsCurve *curve, size_t arm,
           bool by_epoch)
{
  Trace trace = trace_new(TRACE_LINE, arm, "", curves->n, true);

  for (size_t i = 0; i < curves->n; i++) {
    trace.x[i] = by_epoch ? curves->epochs[i] : (double)curves->batches[i];
  }
  memcpy(trace.y, curve->mean, curves->n * sizeof(double));
  memcpy(trace.low, curve->low, curves->n * sizeof(double));
  memcpy(trace.high, curve->high, curves->n * sizeof(double));
  return trace;
}

/* the view of these axes, which several arms may share */
static View *
find_view(Figure *figure, const char *x_name, const char *y_name)
{
  for (guint i = 0; i < figure->views->len; i++) {
    View *view = g_ptr_array_index(figure->views, i);
    if (g_str_equal(view->x_name, x_name) && g_str_equal(view->y_name, y_name)) {
      return view;
    }
  }
  return figure_add_view(figure, x_name, y_name);
}

static bool
is_seen(const DiagnosticsCurves *curves, const DiagnosticsCurve *curve)
{
  for (size_t i = 0; i < curves->n; i++) {
    if (isfinite(curve->mean[i])) {
      return true;
    }
  }
  return false;
}

static void
add_curve(Figure *figure, const DiagnosticsCurves *curves,
          const DiagnosticsCurve *curve, size_t arm, const char *name)
{
  if (is_seen(curves, curve)) {
    view_add(find_view(figure, "batch", name), make_trace(curves, curve, arm, false));
    view_add(find_view(figure, "epoch", name), make_trace(curves, curve, arm, true));
  }
}

static void
add_part(Figure *figure, const DiagnosticsCurves *curves, size_t part, size_t arm)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = part == 0 ? g_strdup(rows[i].name)
                                      : g_strdup_printf("%s: %s %s", rows[i].name,
                                                        curves->parts[part].name,
                                                        curves->parts[part].match);
    add_curve(figure, curves, &curves->parts[part].curves[rows[i].quantity], arm, name);
  }
}

static void
add_arm(Figure *figure, const DiagnosticsCurves *curves, size_t arm)
{
  for (size_t part = 0; part < curves->n_parts; part++) {
    add_part(figure, curves, part, arm);
  }
  add_curve(figure, curves, &curves->loss_scale, arm, "loss scale");
  add_curve(figure, curves, &curves->skipped, arm, "skipped calls so far");
}

static void
add_findings(Page *page, const DiagnosticsCurves *curves, size_t arm)
{
  g_autoptr(GArray) findings = findings_of_curves(curves);

  for (guint i = 0; i < findings->len; i++) {
    html_add_paragraph(page->html, "warning",
                       wording_finding(page->comparison, arm, curves,
                                       &g_array_index(findings, Finding, i)));
  }
}

void
diagnosed_add(Page *page, size_t task)
{
  g_autofree char *id = page_id(task, "diagnostics");
  Figure *figure = figure_new(id, "Diagnostics",
                              "What the optimizer was given and did, mean over the "
                              "updates between two records; lines are means over the "
                              "seeds, bands reach from the lowest to the highest.",
                              NULL);

  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    g_autoptr(DiagnosticsCurves)
        curves = diagnostics_curves_new(page->comparison, task, arm);
    if (curves != NULL) {
      add_findings(page, curves, arm);
      add_arm(figure, curves, arm);
    }
  }
  page_add_figure(page, figure);
}
