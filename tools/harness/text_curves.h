/* SPDX-License-Identifier: MIT */
/* Charts of a comparison: a line for each arm. */
#ifndef OPTREG_HARNESS_TEXT_CURVES_H
#define OPTREG_HARNESS_TEXT_CURVES_H

#include "comparison.h"
#include "support/chart.h"

typedef struct TextCurves {
  char *title;
  Chart chart;
  GArray *lines; /* of ChartLine, arm by arm; x and y are owned */
} TextCurves;

/* Each of them is NULL where there is nothing to see. */

/* The mean over the complete runs of the metric that decides, while training. */
TextCurves *text_curves_of_metric(const Comparison *comparison, size_t task);

/* Shares of targets that are reached by a time. */
TextCurves *text_curves_of_targets(const Comparison *comparison, size_t task);

/* What the best trial so far scores where tuning looks, of the arms that are tuned. */
TextCurves *text_curves_of_tuning(const Comparison *comparison, size_t task);

char *text_curves_draw(const TextCurves *curves, const Screen *screen);
void text_curves_free(TextCurves *curves);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TextCurves, text_curves_free)

#endif
