/* SPDX-License-Identifier: MIT */
/* Charts of lines. */
#include "chart.h"

#include "axis.h"
#include "canvas.h"
#include "format.h"

#include <math.h>

enum {
  NARROWEST = 16,  /* columns between the axes */
  MARK_EVERY = 15, /* columns between a line's symbols */
  LEFT_ROOM = 9,   /* columns of the numbers at the y axis */
  FRAME = 2        /* columns of the axis and beside it */
};

typedef struct Scale {
  double low, high;
  bool is_log;
} Scale;

/* to 0..1 and back */
static double
scale_to(const Scale *scale, double value)
{
  return scale->is_log ? log(value / scale->low) / log(scale->high / scale->low)
                       : (value - scale->low) / (scale->high - scale->low);
}

static double
scale_from(const Scale *scale, double share)
{
  return scale->is_log ? scale->low * pow(scale->high / scale->low, share)
                       : scale->low + share * (scale->high - scale->low);
}

static size_t
inner_columns(const Screen *screen)
{
  return MAX(screen->width, (size_t)(LEFT_ROOM + FRAME + NARROWEST))
         - (LEFT_ROOM + FRAME);
}

/* ---- lines ---- */

typedef struct Drawing {
  Canvas *canvas;
  Scale x, y;
  size_t columns;
} Drawing;

static bool
place(const Drawing *drawing, const ChartLine *line, size_t i, double *x, double *y)
{
  *x = scale_to(&drawing->x, line->x[i]);
  *y = scale_to(&drawing->y, line->y[i]);
  return isfinite(*x) && isfinite(*y);
}

static void
draw_line(const Drawing *drawing, const ChartLine *line)
{
  const size_t owner = line->owner;
  double x1, y1, x2, y2;

  for (size_t i = 0; i < line->n; i++) {
    const bool is_here = place(drawing, line, i, &x2, &y2);
    if (is_here && i > 0 && place(drawing, line, i - 1, &x1, &y1)) {
      canvas_stroke(drawing->canvas, owner, x1, y1, x2, y2);
    } else if (is_here) {
      canvas_stroke(drawing->canvas, owner, x2, y2, x2, y2);
    }
  }
}

/* the line at a place between its points; NaN where it is not */
static double
height_at(const Drawing *drawing, const ChartLine *line, double x)
{
  double x1, y1, x2, y2;

  for (size_t i = 1; i < line->n; i++) {
    if (place(drawing, line, i - 1, &x1, &y1) && place(drawing, line, i, &x2, &y2)
        && x1 <= x && x <= x2 && x1 < x2) {
      return y1 + (x - x1) / (x2 - x1) * (y2 - y1);
    }
  }
  return NAN;
}

/* symbols from place to place, of each of n lines at others */
static void
mark_line(const Drawing *drawing, const ChartLine *line, size_t index, size_t n)
{
  const size_t step = MAX((size_t)MARK_EVERY, 2 * n);
  const double last = (double)(drawing->columns - 1);

  for (size_t column = (2 * index + 1) * step / (2 * n); column < drawing->columns;
       column += step) {
    const double x = (double)column / last, y = height_at(drawing, line, x);
    if (isfinite(y)) {
      canvas_mark(drawing->canvas, line->owner, x, y);
    }
  }
}

static void
draw_lines(const Drawing *drawing, const ChartLine *lines, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    draw_line(drawing, &lines[i]);
  }
  for (size_t i = 0; i < n; i++) {
    mark_line(drawing, &lines[i], i, n);
  }
}

/* ---- legend and labels ---- */

static void
append_legend(GString *text, const ChartLine *lines, size_t n, const Screen *screen)
{
  size_t used = 0;

  for (size_t i = 0; i < n; i++) {
    g_autofree char *label = format_shorten(lines[i].label, screen->width - 2);
    const size_t width = 2 + (size_t)g_utf8_strlen(label, -1);
    if (used > 0 && used + 3 + width > screen->width) {
      g_string_append_c(text, '\n');
      used = 0;
    }
    g_string_append_printf(text, "%s%s%s%s %s", used > 0 ? "   " : "",
                           screen_colour(screen, lines[i].owner),
                           screen_symbol(screen, lines[i].owner), screen_plain(screen),
                           label);
    used += width + (used > 0 ? 3 : 0);
  }
  g_string_append_c(text, '\n');
}

/* three digits beyond what the ends of the axis have in common */
static char *
show_value(const Chart *chart, double value)
{
  const double factor = chart->is_share ? 100.0 : 1.0;
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (chart->is_log_y) {
    axis_show(factor * value, "%.2g", text);
    return g_strconcat(text, chart->is_share ? " %" : "", NULL);
  }
  const double tick = axis_find_tick(factor * (chart->y_high - chart->y_low) / 50.0);
  g_autofree char *shown = axis_show_tick(factor * value, tick);
  return g_strconcat(shown, chart->is_share ? " %" : "", NULL);
}

/* numbers at the ends and in the middle */
static void
append_rows(GString *text, const Chart *chart, const Drawing *drawing,
            const Screen *screen)
{
  for (size_t row = 0; row < chart->rows; row++) {
    const bool is_labelled = row == 0 || row + 1 == chart->rows
                             || row == (chart->rows - 1) / 2;
    const double share = 1.0 - (double)row / (double)(chart->rows - 1);
    g_autofree char *number =
        is_labelled ? show_value(chart, scale_from(&drawing->y, share)) : g_strdup("");
    g_autofree char *cells = canvas_row(drawing->canvas, row);
    const char *axis = !screen->is_unicode ? "|" : is_labelled ? "┤" : "│";
    g_string_append_printf(text, "%*s %s%s\n", LEFT_ROOM, number, axis, cells);
  }
}

static char *
show_place(double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup(axis_show(value, "%.3g", text));
}

/* the ends' numbers below the axis, what they are between them */
static void
append_foot(GString *text, const Chart *chart, size_t columns, const Screen *screen)
{
  g_autofree char *first = show_place(chart->x_low);
  g_autofree char *last = show_place(chart->x_high);
  const size_t label = (size_t)g_utf8_strlen(chart->x_label, -1);
  const size_t ends = strlen(first) + strlen(last);
  const size_t free = columns > ends + label ? columns - ends - label : 2;

  g_string_append_printf(text, "%*s %s", LEFT_ROOM, "", screen->is_unicode ? "└" : "+");
  for (size_t i = 0; i < columns; i++) {
    g_string_append(text, screen->is_unicode ? "─" : "-");
  }
  g_string_append_printf(text, "\n%*s%s%*s%s%*s%s\n", LEFT_ROOM + FRAME, "", first,
                         (int)(free / 2), "", chart->x_label, (int)(free - free / 2),
                         "", last);
}

char *
chart_draw(const Chart *chart, const ChartLine *lines, size_t n, const Screen *screen)
{
  const size_t columns = inner_columns(screen);
  g_autoptr(Canvas) canvas = canvas_new(screen, columns, chart->rows);
  const Drawing drawing = { canvas,
                            { chart->x_low, chart->x_high, chart->is_log_x },
                            { chart->y_low, chart->y_high, chart->is_log_y },
                            columns };
  GString *text = g_string_new(NULL);

  append_legend(text, lines, n, screen);
  draw_lines(&drawing, lines, n);
  append_rows(text, chart, &drawing, screen);
  append_foot(text, chart, columns, screen);
  return g_string_free(text, FALSE);
}
