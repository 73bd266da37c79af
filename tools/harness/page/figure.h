/* SPDX-License-Identifier: MIT */
/* Figures: one model, drawn once as SVG, which needs no script, and handed over once as
 * JSON, from which the script draws the same with a cursor and zoom. All numbers are
 * final here; the script computes none. */
#ifndef OPTREG_HARNESS_PAGE_FIGURE_H
#define OPTREG_HARNESS_PAGE_FIGURE_H

#include "json.h"

#include <glib.h>
#include <stdbool.h>

typedef enum TraceKind {
  TRACE_LINE,  /* of an arm, with a band when low and high are there */
  TRACE_SEED,  /* thin: one run of many */
  TRACE_STEPS, /* holds its value to the next point */
  TRACE_POINTS /* marks without a line */
} TraceKind;

/* y against x; `arm` chooses colour, dashes and mark. */
typedef struct Trace {
  TraceKind kind;
  size_t arm;
  char *label; /* what it is beside the arm: "seed 3"; "" for the arm itself */
  size_t n;
  double *x, *y;      /* x rises, but for points */
  double *low, *high; /* of the band; NULL without one */
} Trace;

/* Room for n points and, if asked for, their band. */
Trace trace_new(TraceKind kind, size_t arm, const char *label, size_t n, bool has_band);

void trace_clear(Trace *trace);

/* Keep about `most` points: peaks of the line and of both sides of its band. */
void trace_thin(Trace *trace, size_t most);

/* One pair of axes. A figure has one for each choice of what is shown against what. */
typedef struct View {
  char *x_name, *y_name; /* "step", "test accuracy (%)" */
  bool is_log_x;         /* at first */
  bool is_whole_x;       /* x counts something */
  double reference;      /* a line across at this y; NaN: none */
  double low, high;      /* of y, beyond which nothing is shown at first; NaN: all is */
  GArray *traces;
} View;

typedef struct Figure {
  char *id; /* of the element; letters, digits and '-' */
  char *title, *caption;
  char *group; /* figures of a group share cursor and zoom; NULL: none */
  GPtrArray *views;
} Figure;

/* All texts are copied; group may be NULL. */
Figure *figure_new(const char *id, const char *title, const char *caption,
                   const char *group);
void figure_free(Figure *figure);

/* A new view, owned by the figure. */
View *figure_add_view(Figure *figure, const char *x_name, const char *y_name);

/* Takes what the trace owns over. */
void view_add(View *view, Trace trace);

/* Leave the first tenth of x out of the range of y where it would flatten the rest:
 * where that takes less than half of it. */
void view_settle(View *view);

/* Whether there is anything to see: a finite point in any view. */
bool figure_is_empty(const Figure *figure);

/* The first view as <svg>; arms have the classes of the page's style. */
void figure_draw(const Figure *figure, const char *const *arms, GString *html);

/* Number arrays of all figures, each once however often it is shown. */
typedef struct FigurePool FigurePool;

FigurePool *figure_pool_new(void);
void figure_pool_free(FigurePool *pool);

/* The figure as an object, its arrays as places in the pool. */
void figure_write(const Figure *figure, FigurePool *pool, PageJson *json);

/* The arrays, as an array. */
void figure_pool_write(const FigurePool *pool, PageJson *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Figure, figure_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FigurePool, figure_pool_free)

#endif
