/* SPDX-License-Identifier: MIT */
/* What libyaml complains about, in words that say what to do. */
#ifndef OPTREG_CORE_PROBLEM_H
#define OPTREG_CORE_PROBLEM_H

#include <glib.h>
#include <stdbool.h>

/* problem, context  libyaml's texts; context may be NULL
 * at                the character that it stopped at, or 0
 * is_at_start       set when the place to show is the one where the context begins */
char *optreg_problem_explain(const char *problem, const char *context, gunichar at,
                             bool *is_at_start);

#endif
