/* SPDX-License-Identifier: MIT */
/* Lines in panels, one below the other, as an SVG that suits light and dark pages. */
#ifndef OPTREG_TOOLS_PLOT_H
#define OPTREG_TOOLS_PLOT_H

#include <glib.h>
#include <stdbool.h>

typedef struct Plot Plot;

typedef struct PlotPoint {
  double x, y; /* y may be NaN or infinite: the line has a gap */
} PlotPoint;

Plot *plot_new(const char *title);
void plot_free(Plot *plot);

/* A new panel below the others; x runs from 0 to `last`. */
void plot_add_panel(Plot *plot, const char *title, const char *x_label, double last);

/* A line in the newest panel. `note` explains it and stands behind the label, which a
 * single line goes without. `points` (PlotPoint, by rising x) is taken over. */
void plot_add_line(Plot *plot, const char *label, const char *note, GArray *points);

/* The whole picture; owned by the caller. */
char *plot_render(const Plot *plot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plot, plot_free)

#endif
