/* SPDX-License-Identifier: MIT */
/* Members of a JSON object that is being built. */
#ifndef OPTREG_TOOLS_MEMBER_H
#define OPTREG_TOOLS_MEMBER_H

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A number that is not finite becomes null: JSON has no NaN. */
void member_add_number(JsonBuilder *builder, const char *name, double value);
void member_add_numbers(JsonBuilder *builder, const char *name, const double *values,
                        size_t n);
void member_add_count(JsonBuilder *builder, const char *name, uint64_t value);
void member_add_text(JsonBuilder *builder, const char *name, const char *value);
void member_add_flag(JsonBuilder *builder, const char *name, bool value);

/* An object or an array, to be filled and ended. */
void member_begin(JsonBuilder *builder, const char *name);
void member_begin_array(JsonBuilder *builder, const char *name);

#endif
