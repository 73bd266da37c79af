/* SPDX-License-Identifier: MIT */
/* Names and values of JSON. */
#include "member.h"

#include <math.h>

static void
add_value(JsonBuilder *builder, double value)
{
  if (isfinite(value)) {
    json_builder_add_double_value(builder, value);
  } else {
    json_builder_add_null_value(builder);
  }
}

void
member_add_number(JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name(builder, name);
  add_value(builder, value);
}

void
member_add_numbers(JsonBuilder *builder, const char *name, const double *values,
                   size_t n)
{
  member_begin_array(builder, name);
  for (size_t i = 0; i < n; i++) {
    add_value(builder, values[i]);
  }
  json_builder_end_array(builder);
}

void
member_add_count(JsonBuilder *builder, const char *name, uint64_t value)
{
  json_builder_set_member_name(builder, name);
  json_builder_add_int_value(builder, (gint64)value);
}

void
member_add_text(JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name(builder, name);
  json_builder_add_string_value(builder, value);
}

void
member_add_flag(JsonBuilder *builder, const char *name, bool value)
{
  json_builder_set_member_name(builder, name);
  json_builder_add_boolean_value(builder, value);
}

void
member_begin(JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name(builder, name);
  json_builder_begin_object(builder);
}

void
member_begin_array(JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name(builder, name);
  json_builder_begin_array(builder);
}
