/* SPDX-License-Identifier: MIT */
/* Figures as pictures that need no script. */
#include "figure.h"

#include "html.h"
#include "marks.h"
#include "support/axis.h"
#include "support/format.h"

#include <math.h>

/* units of the picture */
enum { WIDTH = 760, HEIGHT = 300, LEFT = 66, RIGHT = 18, TOP = 14, BOTTOM = 46 };
enum { RIGHT_EDGE = WIDTH - RIGHT, BOTTOM_EDGE = HEIGHT - BOTTOM };

/* from data to the picture */
typedef struct Scale {
  double low, high; /* logarithms where is_log */
  bool is_log;
  double from, to;
} Scale;

typedef struct Drawing {
  GString *svg;
  Scale x, y;
} Drawing;

static double
place(const Scale *scale, double value)
{
  const double at = scale->is_log ? log10(value) : value;

  return scale->from
         + (scale->to - scale->from) * (at - scale->low) / (scale->high - scale->low);
}

/* ---- scales ---- */

static void
widen(Scale *scale, const double *values, size_t n)
{
  for (size_t i = 0; values != NULL && i < n; i++) {
    const double value = scale->is_log ? log10(values[i]) : values[i];
    if (isfinite(value)) {
      scale->low = fmin(scale->low, value);
      scale->high = fmax(scale->high, value);
    }
  }
}

/* room around what is there; something to see when there is nothing, or one value */
static void
settle(Scale *scale, double margin)
{
  if (!(scale->low <= scale->high)) {
    scale->low = 0.0;
    scale->high = 1.0;
  }
  double room = margin * (scale->high - scale->low);
  if (!(scale->high - scale->low > 1e-9 * fabs(scale->high))) {
    room = scale->is_log ? 0.5 : fmax(0.1 * fabs(scale->high), 1e-3);
  }
  scale->low -= room;
  scale->high += room;
}

static void
fit(Drawing *drawing, const View *view)
{
  drawing->x = (Scale){ INFINITY, -INFINITY, view->is_log_x, LEFT, RIGHT_EDGE };
  drawing->y = (Scale){ INFINITY, -INFINITY, false, BOTTOM_EDGE, TOP };
  bool has_points = false;
  for (guint i = 0; i < view->traces->len; i++) {
    const Trace *trace = &g_array_index(view->traces, Trace, i);
    widen(&drawing->x, trace->x, trace->n);
    widen(&drawing->y, trace->y, trace->n);
    widen(&drawing->y, trace->low, trace->n);
    widen(&drawing->y, trace->high, trace->n);
    has_points = has_points || trace->kind == TRACE_POINTS;
  }
  widen(&drawing->y, &view->reference, 1);
  if (isfinite(view->low)) {
    drawing->y.low = view->low;
    drawing->y.high = view->high;
  }
  settle(&drawing->x, has_points ? 0.08 : 0.0);
  settle(&drawing->y, 0.05);
}

/* ---- pieces ---- */

static void
add_text(GString *svg, const char *class, const char *anchor, double x, double y,
         const char *text)
{
  char at_x[G_ASCII_DTOSTR_BUF_SIZE], at_y[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(
      svg, "<text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"%s\">", class, anchor,
      axis_show(x, "%.1f", at_x), axis_show(y, "%.1f", at_y));
  html_add(svg, "", text, "</text>\n");
}

static void
add_stroke(GString *svg, const char *class, double x1, double y1, double x2, double y2)
{
  g_string_append_printf(svg, "<path class=\"%s\" d=\"M%d %dL%d %d\"/>\n", class,
                         (int)round(x1), (int)round(y1), (int)round(x2),
                         (int)round(y2));
}

static void
add_point(const Drawing *drawing, const char *command, double x, double y)
{
  char at_x[G_ASCII_DTOSTR_BUF_SIZE], at_y[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(drawing->svg, "%s%s %s", command,
                         axis_show(place(&drawing->x, x), "%.1f", at_x),
                         axis_show(place(&drawing->y, y), "%.1f", at_y));
}

/* ---- axes ---- */

static void
add_y_tick(const Drawing *drawing, double value, double tick)
{
  const double at = place(&drawing->y, value);
  g_autofree char *text = axis_show_tick(value, tick);

  add_stroke(drawing->svg, "grid", LEFT, at, RIGHT_EDGE, at);
  add_text(drawing->svg, "tick", "end", LEFT - 8, at + 4, text);
}

static void
add_x_tick(const Drawing *drawing, double value, const char *text)
{
  const double at = place(&drawing->x, value);

  add_stroke(drawing->svg, "axis", at, BOTTOM_EDGE, at, BOTTOM_EDGE + 4);
  add_text(drawing->svg, "tick", "middle", at, BOTTOM_EDGE + 18, text);
}

static void
add_even_ticks(const Drawing *drawing, double low, double high, double tick)
{
  for (double at = ceil(low / tick) * tick; at <= high; at += tick) {
    g_autofree char *text = axis_show_tick(at, tick);
    add_x_tick(drawing, at, text);
  }
}

/* powers of ten, with steps between few of them; even distances in less than a decade
 */
static void
add_log_ticks(const Drawing *drawing)
{
  static const double steps[] = { 1.0, 2.0, 5.0 };
  const double decades = drawing->x.high - drawing->x.low;
  const size_t n_steps = decades < 2.5 ? G_N_ELEMENTS(steps) : 1;
  const int every = decades > 10.0 ? (int)ceil(decades / 8.0) : 1;

  if (decades < 1.0) {
    const double low = pow(10.0, drawing->x.low), high = pow(10.0, drawing->x.high);
    add_even_ticks(drawing, low, high, axis_find_tick((high - low) / 4.0));
    return;
  }
  for (int power = (int)floor(drawing->x.low); power <= drawing->x.high;
       power += every) {
    for (size_t i = 0; i < n_steps; i++) {
      const double value = steps[i] * pow(10.0, power);
      if (log10(value) >= drawing->x.low - 1e-9
          && log10(value) <= drawing->x.high + 1e-9) {
        g_autofree char *text = format_number("%.3g", value);
        add_x_tick(drawing, value, text);
      }
    }
  }
}

static void
add_axes(const Drawing *drawing, const View *view)
{
  const Scale *x = &drawing->x, *y = &drawing->y;
  const double x_tick = axis_find_tick((x->high - x->low) / 8.0);
  const double y_tick = axis_find_tick((y->high - y->low) / 5.0);

  for (double at = ceil(y->low / y_tick) * y_tick; at <= y->high; at += y_tick) {
    add_y_tick(drawing, at, y_tick);
  }
  add_stroke(drawing->svg, "axis", LEFT, BOTTOM_EDGE, RIGHT_EDGE, BOTTOM_EDGE);
  if (x->is_log) {
    add_log_ticks(drawing);
  } else {
    add_even_ticks(drawing, x->low, x->high, x_tick);
  }
  add_text(drawing->svg, "label", "middle", (LEFT + RIGHT_EDGE) / 2.0, HEIGHT - 8,
           view->x_name);
}

/* ---- traces ---- */

static bool
is_shown(const Drawing *drawing, const Trace *trace, const double *values, size_t i)
{
  return isfinite(place(&drawing->x, trace->x[i])) && isfinite(values[i]);
}

static void
draw_line(const Drawing *drawing, const Trace *trace, const char *class)
{
  g_autofree char *look = marks_class(trace->arm);
  const char *command = "M";
  double last = NAN;

  g_string_append_printf(drawing->svg, "<path class=\"%s %s\" d=\"", class, look);
  for (size_t i = 0; i < trace->n; i++) {
    if (!is_shown(drawing, trace, trace->y, i)) {
      command = "M";
      continue;
    }
    if (trace->kind == TRACE_STEPS && command[0] == 'L') {
      add_point(drawing, "L", trace->x[i], last);
    }
    add_point(drawing, command, trace->x[i], trace->y[i]);
    last = trace->y[i];
    command = "L";
  }
  g_string_append(drawing->svg, "\"/>\n");
}

/* along the upper side and back along the lower one */
static void
draw_band(const Drawing *drawing, const Trace *trace)
{
  g_autofree char *look = marks_class(trace->arm);
  const char *command = "M";

  g_string_append_printf(drawing->svg, "<path class=\"band %s\" d=\"", look);
  for (size_t i = 0; i < 2 * trace->n; i++) {
    const bool is_back = i >= trace->n;
    const size_t k = is_back ? 2 * trace->n - 1 - i : i;
    if (is_shown(drawing, trace, trace->low, k)
        && is_shown(drawing, trace, trace->high, k)) {
      add_point(drawing, command, trace->x[k],
                is_back ? trace->low[k] : trace->high[k]);
      command = "L";
    }
  }
  g_string_append(drawing->svg, "\"/>\n");
}

static void
draw_points(const Drawing *drawing, const Trace *trace, const char *arm)
{
  g_autofree char *look = marks_class(trace->arm);

  for (size_t i = 0; i < trace->n; i++) {
    if (is_shown(drawing, trace, trace->y, i)) {
      const double x = place(&drawing->x, trace->x[i]);
      const double y = place(&drawing->y, trace->y[i]);
      g_autofree char *outline = marks_outline(trace->arm, x, y);
      g_string_append_printf(drawing->svg, "<path class=\"mark %s\" d=\"%s\"/>\n", look,
                             outline);
      if (trace->n == 1) {
        add_text(drawing->svg, "name", x > WIDTH - 200 ? "end" : "start",
                 x > WIDTH - 200 ? x - 10 : x + 10, y + 4, arm);
      }
    }
  }
}

static void
draw(const Drawing *drawing, const Trace *trace, const char *arm)
{
  if (trace->low != NULL) {
    draw_band(drawing, trace);
  }
  if (trace->kind == TRACE_POINTS) {
    draw_points(drawing, trace, arm);
  } else {
    draw_line(drawing, trace, trace->kind == TRACE_SEED ? "seed" : "trace");
  }
}

/* nothing is drawn beyond the axes */
static void
draw_traces(const Drawing *drawing, const View *view, const char *const *arms)
{
  g_string_append_printf(drawing->svg,
                         "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                         "viewBox=\"%d %d %d %d\">\n",
                         0, TOP, WIDTH, BOTTOM_EDGE - TOP, 0, TOP, WIDTH,
                         BOTTOM_EDGE - TOP);
  for (guint i = 0; i < view->traces->len; i++) {
    const Trace *trace = &g_array_index(view->traces, Trace, i);
    if (trace->kind != TRACE_SEED) {
      draw(drawing, trace, arms[trace->arm]);
    }
  }
  g_string_append(drawing->svg, "</svg>\n");
}

void
figure_draw(const Figure *figure, const char *const *arms, GString *html)
{
  const View *view = g_ptr_array_index(figure->views, 0);
  Drawing drawing = { .svg = html };

  fit(&drawing, view);
  g_string_append_printf(html, "<svg viewBox=\"0 0 %d %d\" role=\"img\"", WIDTH,
                         HEIGHT);
  html_add(html, " aria-label=\"", figure->title, "\">\n");
  add_axes(&drawing, view);
  if (isfinite(view->reference)) {
    const double at = place(&drawing.y, view->reference);
    add_stroke(html, "reference", LEFT, at, RIGHT_EDGE, at);
  }
  draw_traces(&drawing, view, arms);
  g_string_append(html, "</svg>\n");
}
