/* SPDX-License-Identifier: MIT */
/* The model of a figure. */
#include "figure.h"

#include "downsample.h"
#include "support/range.h"

#include <math.h>
#include <string.h>

/* ---- traces ---- */

Trace
trace_new(TraceKind kind, size_t arm, const char *label, size_t n, bool has_band)
{
  const size_t room = MAX(n, 1);

  return (Trace){ .kind = kind,
                  .arm = arm,
                  .label = g_strdup(label),
                  .n = n,
                  .x = g_new(double, room),
                  .y = g_new(double, room),
                  .low = has_band ? g_new(double, room) : NULL,
                  .high = has_band ? g_new(double, room) : NULL };
}

void
trace_clear(Trace *trace)
{
  g_free(trace->label);
  g_free(trace->x);
  g_free(trace->y);
  g_free(trace->low);
  g_free(trace->high);
}

static void
mark_peaks(const double *values, size_t n, size_t most, bool *is_kept)
{
  g_autofree size_t *places = g_new(size_t, most);
  const size_t n_places = values != NULL ? downsample(values, n, most, places) : 0;

  for (size_t i = 0; i < n_places; i++) {
    is_kept[places[i]] = true;
  }
}

static void
keep(double *values, const bool *is_kept, size_t n)
{
  for (size_t i = 0, kept = 0; values != NULL && i < n; i++) {
    if (is_kept[i]) {
      values[kept++] = values[i];
    }
  }
}

void
trace_thin(Trace *trace, size_t most)
{
  if (trace->n <= most || trace->kind == TRACE_POINTS) {
    return;
  }
  const size_t share = MAX(trace->low != NULL ? most / 3 : most, 4);
  g_autofree bool *is_kept = g_new0(bool, trace->n);
  size_t kept = 0;

  mark_peaks(trace->y, trace->n, share, is_kept);
  mark_peaks(trace->low, trace->n, share, is_kept);
  mark_peaks(trace->high, trace->n, share, is_kept);
  keep(trace->x, is_kept, trace->n);
  keep(trace->y, is_kept, trace->n);
  keep(trace->low, is_kept, trace->n);
  keep(trace->high, is_kept, trace->n);
  for (size_t i = 0; i < trace->n; i++) {
    kept += is_kept[i];
  }
  trace->n = kept;
}

/* ---- figures ---- */

static void
clear_trace(void *data)
{
  trace_clear(data);
}

static void
view_free(void *data)
{
  View *view = data;

  g_free(view->x_name);
  g_free(view->y_name);
  g_array_unref(view->traces);
  g_free(view);
}

Figure *
figure_new(const char *id, const char *title, const char *caption, const char *group)
{
  Figure *figure = g_new0(Figure, 1);

  figure->id = g_strdup(id);
  figure->title = g_strdup(title);
  figure->caption = g_strdup(caption);
  figure->group = g_strdup(group);
  figure->views = g_ptr_array_new_with_free_func(view_free);
  return figure;
}

void
figure_free(Figure *figure)
{
  if (figure != NULL) {
    g_free(figure->id);
    g_free(figure->title);
    g_free(figure->caption);
    g_free(figure->group);
    g_ptr_array_unref(figure->views);
    g_free(figure);
  }
}

View *
figure_add_view(Figure *figure, const char *x_name, const char *y_name)
{
  View *view = g_new0(View, 1);

  view->x_name = g_strdup(x_name);
  view->y_name = g_strdup(y_name);
  view->reference = view->low = view->high = NAN;
  view->traces = g_array_new(FALSE, FALSE, sizeof(Trace));
  g_array_set_clear_func(view->traces, clear_trace);
  g_ptr_array_add(figure->views, view);
  return view;
}

void
view_add(View *view, Trace trace)
{
  g_array_append_val(view->traces, trace);
}

/* ---- ranges ---- */

static Range
range_of_x(const View *view)
{
  Range range = range_empty;

  for (guint i = 0; i < view->traces->len; i++) {
    const Trace *trace = &g_array_index(view->traces, Trace, i);
    for (size_t k = 0; k < trace->n; k++) {
      range_include(&range, trace->x, k);
    }
  }
  return range;
}

/* of all that is drawn from x = `from` on */
static Range
range_of_y(const View *view, double from)
{
  Range range = range_empty;

  for (guint i = 0; i < view->traces->len; i++) {
    const Trace *trace = &g_array_index(view->traces, Trace, i);
    for (size_t k = 0; k < trace->n; k++) {
      if (trace->x[k] >= from) {
        range_include(&range, trace->y, k);
        range_include(&range, trace->low, k);
        range_include(&range, trace->high, k);
      }
    }
  }
  return range;
}

void
view_settle(View *view)
{
  const Range x = range_of_x(view);
  const Range whole = range_of_y(view, -INFINITY);
  const Range later = range_of_y(view, range_settles_at(&x));
  const double height = later.high - later.low;

  if (height > 0.0 && height < 0.5 * (whole.high - whole.low)) {
    view->low = later.low;
    view->high = later.high;
  }
}

/* ---- what there is ---- */

static bool
has_points(const View *view)
{
  for (guint i = 0; i < view->traces->len; i++) {
    const Trace *trace = &g_array_index(view->traces, Trace, i);
    for (size_t k = 0; k < trace->n; k++) {
      if (isfinite(trace->x[k]) && isfinite(trace->y[k])) {
        return true;
      }
    }
  }
  return false;
}

bool
figure_is_empty(const Figure *figure)
{
  for (guint i = 0; i < figure->views->len; i++) {
    if (has_points(g_ptr_array_index(figure->views, i))) {
      return false;
    }
  }
  return true;
}
