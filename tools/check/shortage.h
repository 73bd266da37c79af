/* SPDX-License-Identifier: MIT */
/* The checker itself lacks memory, a thread, a process or a file. That is no finding on
 * the plugin: the examination ends and says so. */
#ifndef OPTREG_CHECK_SHORTAGE_H
#define OPTREG_CHECK_SHORTAGE_H

#include "finding.h"

/* From now on a shortage of this process becomes this finding, also one that GLib
 * meets. Without it, as in --run, it goes to stderr. */
void shortage_tell_to(Finding *finding);

/* Tell it, and end the process. */
void shortage(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

#endif
