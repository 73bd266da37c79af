/* SPDX-License-Identifier: MIT */
/* What a load found different, sentence by sentence. */
#ifndef OPTREG_CORE_LOAD_REPORT_H
#define OPTREG_CORE_LOAD_REPORT_H

#include <glib.h>
#include <optreg/optreg.h>

/* An array of optreg_difference with owned texts; free with g_array_unref(). */
GArray *optreg_report_new(void);

void optreg_report_add(GArray *report, optreg_difference_kind kind, bool is_refused,
                       const char *name, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Something that the checkpoint lacks, or that it alone has, and what becomes of it
 * where the policy does not refuse it. `what` is a noun: "counter 'step'". */
void optreg_report_missing(GArray *report, const optreg_load_options *options,
                           const char *name, const char *what, const char *consequence);
void optreg_report_unexpected(GArray *report, const optreg_load_options *options,
                              const char *name, const char *what);

/* False with OPTREG_ERROR_MISMATCH when something is refused: every such sentence up to
 * a length that can be read, then how many more, then what would permit them. */
bool optreg_report_check(const GArray *report, GError **error);

#endif
