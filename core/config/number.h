/* SPDX-License-Identifier: MIT */
/* Numbers as people write them, whatever the locale. */
#ifndef OPTREG_CORE_NUMBER_H
#define OPTREG_CORE_NUMBER_H

#include <glib.h>
#include <stdbool.h>

typedef enum OptregNumber {
  OPTREG_NUMBER_NONE,    /* not a number, nan included */
  OPTREG_NUMBER_INTEGER, /* digits and perhaps a sign */
  OPTREG_NUMBER_REAL,
  OPTREG_NUMBER_INEXACT, /* digits of an integer that is no double, e.g. 2^53 + 1 */
  OPTREG_NUMBER_HUGE,    /* finite, but no double is so large */
  OPTREG_NUMBER_TINY,    /* not zero, but no double is so small */
} OptregNumber;

/* Decimal digits with single '_' between them, sign, point, exponent; inf and .inf.
 * Sets *value for INTEGER and REAL, and to the nearest double for INEXACT. */
OptregNumber optreg_number_read(const char *text, double *value);

/* The shortest decimal text that reads as the same double, e.g. "0.1", "1e-7", "inf".
 */
char *optreg_number_show(double value);

/* To six digits, for messages: "0.333333". */
char *optreg_number_round(double value);

#endif
