/* SPDX-License-Identifier: MIT */
/* The page while it is written, and its sections. */
#ifndef OPTREG_HARNESS_PAGE_PAGE_PRIVATE_H
#define OPTREG_HARNESS_PAGE_PAGE_PRIVATE_H

#include "run_curves.h"
#include "figure.h"
#include "html.h"
#include "marks.h"
#include "page.h"

/* How much of the curves there is room for. */
typedef struct Detail {
  size_t points; /* of a curve */
  bool has_seeds;
} Detail;

typedef struct Page {
  const Comparison *comparison;
  const Analysis *analysis;
  const Manifest *manifest;
  const char *const *arms;        /* their names */
  const RunCurves *const *curves; /* of each problem */
  Detail detail;
  GString *html;
  PageJson *figures;
  FigurePool *pool;
} Page;

/* Append the figure, when there is something to see; takes it over. */
void page_add_figure(Page *page, Figure *figure);

/* "p2-curves", owned by the caller. */
char *page_id(size_t task, const char *name);

/* Sortable tables: what stands above a column, and what a pointer is told there. */
typedef struct TableHeading {
  const char *text, *hint; /* hint may be NULL */
} TableHeading;

void page_begin_table(Page *page, const char *caption, const TableHeading *headings,
                      size_t n);
void page_end_table(Page *page);

/* <tr> with the arm's name in its first cell. */
void page_begin_row(Page *page, size_t arm);

/* Sections of one problem. Each adds nothing when it has nothing. */
void verdicts_add(Page *page, size_t task);
void anomalies_add(Page *page, size_t task);
void learning_add(Page *page, size_t task);
void expected_add(Page *page, size_t task);
void arms_add(Page *page, size_t task);
void pairs_add(Page *page, size_t task);
void speed_add(Page *page, size_t task);
void tuning_add(Page *page, size_t task);
void cost_add(Page *page, size_t task);
void diagnosed_add(Page *page, size_t task);
void shadowed_add(Page *page, size_t task);

/* Sections of the whole comparison. */
void overview_add(Page *page);
void profile_add(Page *page);
void configs_add(Page *page);
void provenance_add(Page *page);

#endif
