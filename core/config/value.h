/* SPDX-License-Identifier: MIT */
/* Text to a typed value and back. The row says what the text is, never its look. */
#ifndef OPTREG_CORE_VALUE_H
#define OPTREG_CORE_VALUE_H

#include <glib.h>
#include <optreg/plugin.h>
#include <stdbool.h>

/* Read a value of the row's type and range: an integer up to 2^53, a boolean as 0 or 1,
 * a choice as its index. Returns NULL, or what is wrong, e.g. "1.5 is out of range,
 * permitted is [0, 1]" (owned by the caller, *value untouched). */
char *optreg_value_read(const optreg_hyperparameter *row, const char *text,
                        double *value);

/* The same for a number: NULL, or what is wrong with it as a value of the row. */
char *optreg_value_check(const optreg_hyperparameter *row, double value);

/* Whether a finite number is in the row's range. */
bool optreg_value_is_in_range(const optreg_hyperparameter *row, double value);

/* As one would write it in YAML; numbers as short as possible and exact. */
char *optreg_value_show(const optreg_hyperparameter *row, double value);

/* "[0, 1]", "(0, inf)", "false | true", "sum | mean". */
char *optreg_value_range(const optreg_hyperparameter *row);

/* "real", "integer", "boolean" or "choice". */
const char *optreg_value_type(const optreg_hyperparameter *row);

/* What to write: "a number in [0, 1]", "an integer in [1, inf)", "true or false",
 * "one of sum, mean". */
char *optreg_value_expectation(const optreg_hyperparameter *row);

#endif
