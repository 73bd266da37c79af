/* SPDX-License-Identifier: MIT */
/* scipy.json, which record.py has written. */
#ifndef OPTREG_TEST_STATISTICS_RECORDED_H
#define OPTREG_TEST_STATISTICS_RECORDED_H

#include <json-glib/json-glib.h>

static inline JsonNode *
recorded_load(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "scipy.json", NULL);
  g_autoptr(JsonParser) parser = json_parser_new();

  json_parser_load_from_file(parser, path, &error);
  g_assert_no_error(error);
  return json_parser_steal_root(parser);
}

static inline double *
recorded_numbers(JsonObject *object, const char *name, size_t *n)
{
  JsonArray *array = json_object_get_array_member(object, name);
  double *numbers = g_new(double, json_array_get_length(array));

  *n = json_array_get_length(array);
  for (guint i = 0; i < *n; i++) {
    numbers[i] = json_array_get_double_element(array, i);
  }
  return numbers;
}

#endif
