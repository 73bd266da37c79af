/* SPDX-License-Identifier: MIT */
/* Cases recorded from Keras: reading them, and their numbers. */
#ifndef OPTREG_TESTS_CASES_H
#define OPTREG_TESTS_CASES_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* The documents of a directory's *.json files, in order of their names, or of a
 * gzip-compressed file with one document a line. */
GPtrArray *cases_read(const char *path, GError **error);

/* A member's value, or the fallback when it is absent or null. */
const char *case_string(JsonObject *object, const char *member);
double case_number(JsonObject *object, const char *member, double fallback);
bool case_flag(JsonObject *object, const char *member);
JsonArray *case_array(JsonObject *object, const char *member);
JsonObject *case_object(JsonObject *object, const char *member);

/* True when the case holds doubles instead of floats. */
bool case_is_double(JsonObject *recorded);

/* Row `index` of an array of arrays; NULL where Keras has none. */
JsonArray *case_row(JsonArray *rows, guint index);

/* One element or all; "nan" and "inf" are strings in the files. Floats are rounded. */
double case_value(JsonArray *array, guint index, bool is_double);
double *case_values(JsonArray *array, bool is_double);

#endif
