/* SPDX-License-Identifier: MIT */
/* Patterns for names. Characters are Unicode code points, whatever the locale: '*' is
 * any of them, '?' is one, [ab] is one of a few, [a-z] one of a range of code points,
 * [!a] one that is not there, [[:alpha:]] one of a class; a backslash takes the next
 * one as it is. A '[' that is never closed is itself. */
#ifndef OPTREG_CORE_PATTERN_H
#define OPTREG_CORE_PATTERN_H

#include <glib.h>
#include <stdbool.h>

/* Whether the pattern is for the whole text. Both are valid UTF-8. The time is at most
 * the product of their lengths. */
bool optreg_pattern_fits(const char *pattern, const char *text);

/* What is wrong with the pattern, newly allocated, or NULL: an unknown class, a range
 * that runs backwards, a backslash at the end. */
char *optreg_pattern_problem(const char *pattern);

#endif
