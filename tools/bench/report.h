/* SPDX-License-Identifier: MIT */
/* Measurements for eyes and for programs. */
#ifndef OPTREG_BENCH_REPORT_H
#define OPTREG_BENCH_REPORT_H

#include "measure.h"
#include "stages.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

/* One measured configuration. */
typedef struct ReportEntry {
  Measurement *measurement;
  GArray *stages; /* of StageCost, or NULL: not asked for */
} ReportEntry;

typedef struct Report {
  const Shapes *shapes;
  size_t n_threads, n_runs;
  GPtrArray *entries; /* of ReportEntry, owned */
} Report;

Report *report_new(const Shapes *shapes, size_t n_threads, size_t n_runs);
void report_free(Report *report);

/* Takes both over. */
void report_add(Report *report, Measurement *measurement, GArray *stages);

void report_print(const Report *report, FILE *stream);
void report_print_json(const Report *report, FILE *stream);

/* The first measurement whose ratio is too good to be true, or NULL. */
const Measurement *report_find_wrong(const Report *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)

#endif
