/* SPDX-License-Identifier: MIT */
/* What libyaml complains about, in words that say what to do. */
#ifndef OPTREG_CORE_PROBLEM_H
#define OPTREG_CORE_PROBLEM_H

#include <glib.h>

/* problem, context  libyaml's texts; context may be NULL
 * at                the character that it stopped at, or 0 */
char *optreg_problem_explain(const char *problem, const char *context, gunichar at);

#endif
