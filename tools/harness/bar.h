/* SPDX-License-Identifier: MIT */
/* How much is done, as a bar of one line, and when it will be all. */
#ifndef OPTREG_HARNESS_BAR_H
#define OPTREG_HARNESS_BAR_H

#include <glib.h>
#include <stdio.h>

/* "ETA 3 s" from what was done, 0 to 1, between `start` (of g_get_monotonic_time) and
 * now; "" when nothing or everything is. Newly allocated. */
char *bar_eta(gint64 start, double from, double done);

/* "[####----]  42 %  text" and the end of the line, cut at its width. */
void bar_print(double done, const char *text, FILE *stream);

#endif
