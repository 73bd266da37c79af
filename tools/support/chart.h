/* SPDX-License-Identifier: MIT */
/* Lines as text: points in, rows of characters out. */
#ifndef OPTREG_TOOLS_CHART_H
#define OPTREG_TOOLS_CHART_H

#include "screen.h"

typedef struct ChartLine {
  const char *label;
  size_t owner; /* chooses colour and symbol */
  size_t n;
  const double *x, *y; /* x rises; the line has gaps where one is not finite */
} ChartLine;

typedef struct Chart {
  const char *x_label;
  double x_low, x_high; /* positive on a logarithmic axis */
  double y_low, y_high; /* what is beyond them is cut off */
  bool is_log_x, is_log_y;
  bool is_share; /* y is shown in percent */
  size_t rows;   /* between the axes */
} Chart;

/* A legend, the lines between their axes, and what x is. Each row ends in a newline and
 * is at most as wide as the screen, which is taken for 27 columns at least; labels that
 * are longer are not cut. */
char *chart_draw(const Chart *chart, const ChartLine *lines, size_t n,
                 const Screen *screen);

#endif
