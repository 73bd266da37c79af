/* SPDX-License-Identifier: MIT */
/* Lines in panels as SVG. */
#include "plot.h"

#include "axis.h"
#include "format.h"
#include "markup.h"

#include <math.h>
#include <string.h>

/* pixels */
enum {
  WIDTH = 800,
  LEFT = 84,
  RIGHT = 36,
  INNER_WIDTH = WIDTH - LEFT - RIGHT,
  TITLE_HEIGHT = 46,
  HEAD_HEIGHT = 18, /* of a panel: its title, above the legend */
  ROW_HEIGHT = 16,  /* of the legend */
  GAP = 14,
  INNER_HEIGHT = 180,
  FOOT_HEIGHT = 64 /* ticks and label of the x axis */
};

/* characters of a legend's row; the notes have a fixed pitch */
enum { ROW_LENGTH = 100, LONGEST_LABEL = 24 };
#define PITCH 6.75

enum { N_COLOURS = 6 };

typedef struct Line {
  char *label, *note;
  GArray *points;
} Line;

typedef struct Panel {
  char *title, *x_label;
  double last;
  GArray *lines;
} Panel;

struct Plot {
  char *title;
  GArray *panels;
};

/* one axis: where its ends and ticks are */
typedef struct Axis {
  double low, high, tick;
} Axis;

/* rules that begin with the class of an element; every colour has 3:1 on its background
 */
static const char style[] =
    "<style>\n"
    "text{font:12px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;"
    "fill:#52514e}\n"
    ".page{fill:#fcfcfb}\n"
    ".title{font-size:17px;font-weight:600;fill:#0b0b0b}\n"
    ".head{font-size:14px;font-weight:600;fill:#0b0b0b}\n"
    ".note{font-size:11px;font-family:ui-monospace,'DejaVu Sans Mono',monospace}\n"
    ".grid{stroke:#e1e0d9;stroke-width:1}\n"
    ".axis{stroke:#898781;stroke-width:1}\n"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round}\n"
    ".dashed{stroke-dasharray:6 4}\n"
    ".c0{stroke:#2a78d6}.c1{stroke:#c8571b}.c2{stroke:#1a7f4b}\n"
    ".c3{stroke:#a83f97}.c4{stroke:#8a6a00}.c5{stroke:#5b4fc7}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#c3c2b7}\n"
    ".page{fill:#1a1a19}\n"
    ".title,.head{fill:#fff}\n"
    ".grid{stroke:#2c2c2a}\n"
    ".c0{stroke:#5b9dea}.c1{stroke:#e8854a}.c2{stroke:#3fb37a}\n"
    ".c3{stroke:#d57fc6}.c4{stroke:#cda63a}.c5{stroke:#9b90f0}\n"
    "}\n"
    "</style>\n";

/* ---- what is drawn ---- */

static void
line_clear(void *data)
{
  Line *line = data;

  g_free(line->label);
  g_free(line->note);
  g_array_unref(line->points);
}

static void
panel_clear(void *data)
{
  Panel *panel = data;

  g_free(panel->title);
  g_free(panel->x_label);
  g_array_unref(panel->lines);
}

Plot *
plot_new(const char *title)
{
  Plot *plot = g_new0(Plot, 1);

  plot->title = g_strdup(title);
  plot->panels = g_array_new(FALSE, FALSE, sizeof(Panel));
  g_array_set_clear_func(plot->panels, panel_clear);
  return plot;
}

void
plot_free(Plot *plot)
{
  if (plot != NULL) {
    g_array_unref(plot->panels);
    g_free(plot->title);
    g_free(plot);
  }
}

void
plot_add_panel(Plot *plot, const char *title, const char *x_label, double last)
{
  Panel panel = {
    .title = g_strdup(title),
    .x_label = g_strdup(x_label),
    .last = last,
    .lines = g_array_new(FALSE, FALSE, sizeof(Line)),
  };

  g_array_set_clear_func(panel.lines, line_clear);
  g_array_append_val(plot->panels, panel);
}

void
plot_add_line(Plot *plot, const char *label, const char *note, GArray *points)
{
  const Line line = { g_strdup(label), g_strdup(note), points };

  g_array_append_val(g_array_index(plot->panels, Panel, plot->panels->len - 1).lines,
                     line);
}

/* ---- axes ---- */

static void
find_range(const Panel *panel, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (guint i = 0; i < panel->lines->len; i++) {
    const GArray *points = g_array_index(panel->lines, Line, i).points;
    for (guint j = 0; j < points->len; j++) {
      const double y = g_array_index(points, PlotPoint, j).y;
      if (isfinite(y)) {
        *low = MIN(*low, y);
        *high = MAX(*high, y);
      }
    }
  }
}

/* from zero, unless the values are far from it */
static Axis
make_y_axis(const Panel *panel)
{
  Axis axis;

  find_range(panel, &axis.low, &axis.high);
  if (axis.low > axis.high) {
    return (Axis){ 0.0, 1.0, 0.5 };
  }
  if (axis.low > 0.0 && axis.low < 0.5 * axis.high) {
    axis.low = 0.0;
  }
  const double size = MAX(fabs(axis.low), fabs(axis.high));
  if (axis.high - axis.low <= 1e-6 * size || size == 0.0) {
    const double room = size == 0.0 ? 1.0 : 0.1 * size;
    axis.low -= size == 0.0 ? 0.0 : room;
    axis.high += room;
  }
  axis.tick = axis_find_tick((axis.high - axis.low) / 5.0);
  axis.low = floor(axis.low / axis.tick + 1e-9) * axis.tick;
  axis.high = ceil(axis.high / axis.tick - 1e-9) * axis.tick;
  return axis;
}

static Axis
make_x_axis(const Panel *panel)
{
  return (Axis){ 0.0, panel->last, MAX(axis_find_tick(panel->last / 8.0), 1.0) };
}

static double
to_x(const Axis *axis, double x)
{
  return LEFT + INNER_WIDTH * (x - axis->low) / (axis->high - axis->low);
}

static double
to_y(const Axis *axis, double y, double top)
{
  return top + INNER_HEIGHT * (axis->high - y) / (axis->high - axis->low);
}

/* ---- pieces ---- */

static void
append_text(GString *svg, const char *class, const char *anchor, double x, double y,
            const char *text)
{
  g_autofree char *escaped = markup_escape(text);
  char at_x[G_ASCII_DTOSTR_BUF_SIZE], at_y[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(
      svg, "<text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class,
      anchor, axis_show(x, "%.1f", at_x), axis_show(y, "%.1f", at_y), escaped);
}

static void
append_stroke(GString *svg, const char *class, double x1, double y1, double x2,
              double y2)
{
  char text[4][G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(svg, "<path class=\"%s\" d=\"M%s %sL%s %s\"/>\n", class,
                         axis_show(x1, "%.1f", text[0]), axis_show(y1, "%.1f", text[1]),
                         axis_show(x2, "%.1f", text[2]),
                         axis_show(y2, "%.1f", text[3]));
}

static void
append_y_axis(GString *svg, const Axis *axis, double top)
{
  for (double y = axis->low; y <= axis->high + 0.5 * axis->tick; y += axis->tick) {
    const double at = to_y(axis, y, top);
    g_autofree char *text = axis_show_tick(y, axis->tick);
    append_stroke(svg, "grid", LEFT, at, LEFT + INNER_WIDTH, at);
    append_text(svg, "tick", "end", LEFT - 10, at + 4, text);
  }
}

static void
append_x_axis(GString *svg, const Axis *axis, const char *label, double bottom)
{
  append_stroke(svg, "axis", LEFT, bottom, LEFT + INNER_WIDTH, bottom);
  for (double x = 0.0; x <= axis->high; x += axis->tick) {
    const double at = to_x(axis, x);
    g_autofree char *text = format_count((uint64_t)x);
    append_stroke(svg, "axis", at, bottom, at, bottom + 5);
    append_text(svg, "tick", "middle", at, bottom + 20, text);
  }
  append_text(svg, "label", "middle", LEFT + INNER_WIDTH / 2.0, bottom + 40, label);
}

/* colours repeat with dashes */
static char *
format_class(guint i)
{
  return g_strdup_printf("line c%u%s", i % N_COLOURS, i < N_COLOURS ? "" : " dashed");
}

static void
append_line(GString *svg, const Line *line, guint index, const Axis *x_axis,
            const Axis *y_axis, double top)
{
  g_autofree char *class = format_class(index);
  const char *command = "M";

  g_string_append_printf(svg, "<path class=\"%s\" d=\"", class);
  for (guint i = 0; i < line->points->len; i++) {
    const PlotPoint *point = &g_array_index(line->points, PlotPoint, i);
    char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
    if (!isfinite(point->y)) {
      command = "M";
      continue;
    }
    g_string_append_printf(svg, "%s%s %s", command,
                           axis_show(to_x(x_axis, point->x), "%.1f", x),
                           axis_show(to_y(y_axis, point->y, top), "%.1f", y));
    command = "L";
  }
  g_string_append(svg, "\"/>\n");
}

static char *
shorten(const char *text, glong longest)
{
  if (g_utf8_strlen(text, -1) <= longest) {
    return g_strdup(text);
  }
  g_autofree char *head = g_utf8_substring(text, 0, longest - 3);
  return g_strconcat(head, "...", NULL);
}

/* ---- panels ---- */

/* a note in as many rows as it needs, parted at spaces; returns the y of the next row
 */
static double
append_note(GString *svg, const char *note, glong longest, double x, double y)
{
  g_autofree char *rest = g_strdup(note);

  while (g_utf8_strlen(rest, -1) > longest) {
    g_autofree char *row = g_utf8_substring(rest, 0, longest);
    char *space = strrchr(row, ' ');
    if (space != NULL) {
      *space = '\0';
    }
    append_text(svg, "note", "start", x, y, row);
    y += ROW_HEIGHT;
    memmove(rest, rest + strlen(row), strlen(rest) - strlen(row) + 1);
    g_strchug(rest);
  }
  append_text(svg, "note", "start", x, y, rest);
  return y + ROW_HEIGHT;
}

static glong
find_widest_label(const GArray *lines)
{
  glong widest = 0;

  for (guint i = 0; i < lines->len; i++) {
    widest = MAX(widest, g_utf8_strlen(g_array_index(lines, Line, i).label, -1));
  }
  return MIN(widest, LONGEST_LABEL);
}

/* a row for each line: what it looks like, its name, what it is */
static double
append_legend(GString *svg, const GArray *lines, double y)
{
  const glong widest = find_widest_label(lines);

  for (guint i = 0; i < lines->len; i++) {
    const Line *line = &g_array_index(lines, Line, i);
    if (lines->len == 1) {
      return append_note(svg, line->note, ROW_LENGTH, LEFT, y);
    }
    g_autofree char *label = shorten(line->label, LONGEST_LABEL);
    g_autofree char *class = format_class(i);
    append_stroke(svg, class, LEFT, y - 4, LEFT + 18, y - 4);
    append_text(svg, "legend", "start", LEFT + 26, y, label);
    y = append_note(svg, line->note, ROW_LENGTH - widest - 7,
                    LEFT + 46 + PITCH * (double)widest, y);
  }
  return y;
}

/* returns where the next panel begins */
static double
append_panel(GString *svg, const Panel *panel, double top)
{
  const Axis x_axis = make_x_axis(panel), y_axis = make_y_axis(panel);

  append_text(svg, "head", "start", LEFT, top + 14, panel->title);
  const double inner_top = append_legend(svg, panel->lines, top + 14 + HEAD_HEIGHT)
                           - ROW_HEIGHT + GAP + 4;
  append_y_axis(svg, &y_axis, inner_top);
  append_x_axis(svg, &x_axis, panel->x_label, inner_top + INNER_HEIGHT);
  for (guint i = 0; i < panel->lines->len; i++) {
    append_line(svg, &g_array_index(panel->lines, Line, i), i, &x_axis, &y_axis,
                inner_top);
  }
  return inner_top + INNER_HEIGHT + FOOT_HEIGHT;
}

char *
plot_render(const Plot *plot)
{
  g_autoptr(GString) panels = g_string_new(NULL);
  g_autofree char *title = markup_escape(plot->title);
  double height = TITLE_HEIGHT;

  append_text(panels, "title", "start", LEFT, 28, plot->title);
  for (guint i = 0; i < plot->panels->len; i++) {
    height = append_panel(panels, &g_array_index(plot->panels, Panel, i), height);
  }
  return g_strdup_printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                         "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
                         "<title>%s</title>\n%s"
                         "<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n"
                         "%s</svg>\n",
                         WIDTH, (int)height, WIDTH, (int)height, title, style,
                         panels->str);
}
