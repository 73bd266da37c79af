/* SPDX-License-Identifier: MIT */
/* Dots and cells. */
#include "canvas.h"

#include <math.h>

enum { DOT_COLUMNS = 2, DOT_ROWS = 4 }; /* of a cell of Braille */

typedef struct Cell {
  guint8 dots; /* Braille's */
  bool is_mark;
  size_t owner;
} Cell;

struct Canvas {
  const Screen *screen;
  size_t columns, rows;
  Cell *cells;
};

Canvas *
canvas_new(const Screen *screen, size_t columns, size_t rows)
{
  Canvas *canvas = g_new(Canvas, 1);

  *canvas = (Canvas){ screen, columns, rows, g_new0(Cell, columns * rows) };
  return canvas;
}

void
canvas_free(Canvas *canvas)
{
  if (canvas != NULL) {
    g_free(canvas->cells);
    g_free(canvas);
  }
}

static size_t
dots_across(const Canvas *canvas)
{
  return canvas->columns * (canvas->screen->is_unicode ? DOT_COLUMNS : 1);
}

static size_t
dots_down(const Canvas *canvas)
{
  return canvas->rows * (canvas->screen->is_unicode ? DOT_ROWS : 1);
}

static bool
is_inside(double x, double y)
{
  return x >= 0.0 && x <= 1.0 && y >= 0.0 && y <= 1.0;
}

static size_t
dot_across(const Canvas *canvas, double x)
{
  return (size_t)lround(x * (double)(dots_across(canvas) - 1));
}

static size_t
dot_down(const Canvas *canvas, double y)
{
  return (size_t)lround((1.0 - y) * (double)(dots_down(canvas) - 1));
}

static Cell *
cell_at(const Canvas *canvas, double x, double y)
{
  const size_t column = dot_across(canvas, x) * canvas->columns / dots_across(canvas);
  const size_t row = dot_down(canvas, y) * canvas->rows / dots_down(canvas);

  return &canvas->cells[row * canvas->columns + column];
}

/* Unicode numbers the dots 1 to 8: three down on the left, three on the right, and
 * below them what came later */
static guint8
dot_at(const Canvas *canvas, double x, double y)
{
  static const guint8 bits[DOT_ROWS][DOT_COLUMNS] = {
    { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
  };

  return bits[dot_down(canvas, y) % DOT_ROWS][dot_across(canvas, x) % DOT_COLUMNS];
}

void
canvas_mark(Canvas *canvas, size_t owner, double x, double y)
{
  if (is_inside(x, y)) {
    *cell_at(canvas, x, y) = (Cell){ .is_mark = true, .owner = owner };
  }
}

static void
draw_dot(Canvas *canvas, size_t owner, double x, double y)
{
  Cell *cell = cell_at(canvas, x, y);

  if (!canvas->screen->is_unicode) {
    canvas_mark(canvas, owner, x, y);
  } else if (!cell->is_mark) {
    cell->dots |= dot_at(canvas, x, y);
    cell->owner = owner;
  }
}

void
canvas_stroke(Canvas *canvas, size_t owner, double x1, double y1, double x2, double y2)
{
  const double across = fabs(x2 - x1) * (double)dots_across(canvas);
  const double down = fabs(y2 - y1) * (double)dots_down(canvas);
  const size_t n = (size_t)fmin(fmax(ceil(fmax(across, down)), 1.0), 1e4);

  for (size_t i = 0; i <= n; i++) {
    const double share = (double)i / (double)n;
    const double x = x1 + share * (x2 - x1), y = y1 + share * (y2 - y1);
    if (is_inside(x, y)) {
      draw_dot(canvas, owner, x, y);
    }
  }
}

char *
canvas_row(const Canvas *canvas, size_t row)
{
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < canvas->columns; i++) {
    const Cell *cell = &canvas->cells[row * canvas->columns + i];
    if (cell->dots == 0 && !cell->is_mark) {
      g_string_append_c(text, ' ');
      continue;
    }
    g_string_append(text, screen_colour(canvas->screen, cell->owner));
    if (cell->is_mark) {
      g_string_append(text, screen_symbol(canvas->screen, cell->owner));
    } else {
      g_string_append_unichar(text, 0x2800 + cell->dots);
    }
    g_string_append(text, screen_plain(canvas->screen));
  }
  return g_strchomp(g_string_free(text, FALSE));
}
