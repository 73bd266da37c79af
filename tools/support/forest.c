/* SPDX-License-Identifier: MIT */
/* Forest plots. */
#include "forest.h"

#include "format.h"

#include <math.h>

enum { NARROWEST = 12, ENOUGH = 20, GAP = 2, LABEL_SHARE = 3 };

typedef enum Sign {
  SIGN_BLANK,
  SIGN_ZERO,
  SIGN_EFFECT,
  SIGN_BAR,
  SIGN_LOW,
  SIGN_HIGH,
  SIGN_BEYOND_LOW,
  SIGN_BEYOND_HIGH,
  SIGN_ESTIMATE,
  N_SIGNS
} Sign;

static const char *const signs[2][N_SIGNS] = {
  { " ", "|", ":", "-", "[", "]", "<", ">", "o" },
  { " ", "│", "┊", "─", "├", "┤", "◂", "▸", "●" },
};

typedef struct Layout {
  double low, high;
  size_t label, bar;
  bool has_text;
} Layout;

/* ---- layout ---- */

static void
include(Layout *layout, double value)
{
  if (isfinite(value)) {
    layout->low = fmin(layout->low, value);
    layout->high = fmax(layout->high, value);
  }
}

static void
find_range(Layout *layout, const Forest *forest, const ForestRow *rows, size_t n)
{
  include(layout, 1.25 * forest->effect);
  include(layout, -1.25 * forest->effect);
  for (size_t i = 0; i < n; i++) {
    include(layout, rows[i].low);
    include(layout, rows[i].estimate);
    include(layout, rows[i].high);
  }
  if (layout->low == layout->high) {
    layout->low -= 1.0;
    layout->high += 1.0;
  }
}

static Layout
make_layout(const Forest *forest, const ForestRow *rows, size_t n, const Screen *screen)
{
  Layout layout = { 0.0, 0.0, 0, 0, false };
  size_t text = 0;

  find_range(&layout, forest, rows, n);
  for (size_t i = 0; i < n; i++) {
    layout.label = MAX(layout.label, (size_t)g_utf8_strlen(rows[i].label, -1));
    text = MAX(text, (size_t)g_utf8_strlen(rows[i].text, -1));
  }
  layout.label = MIN(layout.label, screen->width / LABEL_SHARE);
  const size_t used = layout.label + GAP;
  layout.has_text = screen->width >= used + ENOUGH + GAP + text;
  const size_t rest = used + (layout.has_text ? GAP + text : 0);
  layout.bar = screen->width > rest + NARROWEST ? screen->width - rest : NARROWEST;
  return layout;
}

/* ---- rows ---- */

static size_t
column_of(const Layout *layout, double value)
{
  const double share = (value - layout->low) / (layout->high - layout->low);
  return (size_t)lround(fmin(fmax(share, 0.0), 1.0) * (double)(layout->bar - 1));
}

static void
draw_interval(const Layout *layout, const ForestRow *row, Sign *cells)
{
  const size_t low = column_of(layout, row->low), high = column_of(layout, row->high);

  for (size_t i = low; i <= high; i++) {
    cells[i] = SIGN_BAR;
  }
  cells[low] = isfinite(row->low) ? SIGN_LOW : SIGN_BEYOND_LOW;
  cells[high] = isfinite(row->high) ? SIGN_HIGH : SIGN_BEYOND_HIGH;
}

static Sign *
make_cells(const Layout *layout, const Forest *forest, const ForestRow *row)
{
  Sign *cells = g_new0(Sign, layout->bar);

  if (forest->effect > 0.0) {
    cells[column_of(layout, -forest->effect)] = SIGN_EFFECT;
    cells[column_of(layout, forest->effect)] = SIGN_EFFECT;
  }
  cells[column_of(layout, 0.0)] = SIGN_ZERO;
  if (!isnan(row->estimate)) {
    draw_interval(layout, row, cells);
    cells[column_of(layout, row->estimate)] = SIGN_ESTIMATE;
  }
  return cells;
}

static void
append_row(GString *text, const Layout *layout, const Forest *forest,
           const ForestRow *row, const Screen *screen)
{
  g_autofree Sign *cells = make_cells(layout, forest, row);
  g_autofree char *label = format_shorten(row->label, layout->label);
  const size_t used = (size_t)g_utf8_strlen(label, -1);
  g_autoptr(GString) line = g_string_new(label);

  g_string_append_printf(line, "%*s", (int)(layout->label - used + GAP), "");
  for (size_t i = 0; i < layout->bar; i++) {
    const char *sign = signs[screen->is_unicode][cells[i]];
    const bool is_own = cells[i] >= SIGN_BAR;
    g_string_append_printf(line, "%s%s%s",
                           is_own ? screen_colour(screen, row->owner) : "", sign,
                           is_own ? screen_plain(screen) : "");
  }
  g_string_append_printf(line, "%*s%s", GAP, "", layout->has_text ? row->text : "");
  g_string_append_printf(text, "%s\n", g_strchomp(line->str));
}

/* "<- worse" and "better ->" on their sides of 0 */
static void
append_foot(GString *text, const Layout *layout, const Forest *forest,
            const Screen *screen)
{
  g_autofree char *left =
      g_strdup_printf("%s %s", screen->is_unicode ? "←" : "<-", forest->left);
  g_autofree char *right =
      g_strdup_printf("%s %s", forest->right, screen->is_unicode ? "→" : "->");
  const size_t zero = column_of(layout, 0.0);
  const size_t room = (size_t)g_utf8_strlen(left, -1) + 1;
  const size_t start = layout->label + GAP + zero;

  if (start > room) {
    g_string_append_printf(text, "%*s%s ", (int)(start - room), "", left);
  } else {
    g_string_append_printf(text, "%*s", (int)start, "");
  }
  g_string_append_c(text, '0');
  if (start + 2 + (size_t)g_utf8_strlen(right, -1) <= screen->width) {
    g_string_append_printf(text, " %s", right);
  }
  g_string_append_c(text, '\n');
}

char *
forest_draw(const Forest *forest, const ForestRow *rows, size_t n, const Screen *screen)
{
  const Layout layout = make_layout(forest, rows, n, screen);
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < n; i++) {
    append_row(text, &layout, forest, &rows[i], screen);
  }
  append_foot(text, &layout, forest, screen);
  return g_string_free(text, FALSE);
}
