/* SPDX-License-Identifier: MIT */
/* Keras's six schedules against tables that Keras computed. */
#include "reading.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* of the largest value in the table, beside 1e-6 of the value: what float32 loses where
 * a cosine or a power comes close to zero */
#define ROUNDING 2e-7

typedef struct Departure {
  const char *name;
  bool (*applies)(JsonObject *config);
  const char *message; /* in place of values */
} Departure;

static bool
do_boundaries_fall(JsonObject *config)
{
  JsonArray *list = json_object_has_member(config, "boundaries")
                        ? json_object_get_array_member(config, "boundaries")
                        : NULL;

  for (guint i = 1; list != NULL && i < json_array_get_length(list); i++) {
    if (json_array_get_double_element(list, i)
        <= json_array_get_double_element(list, i - 1)) {
      return true;
    }
  }
  return false;
}

static bool
do_periods_shrink(JsonObject *config)
{
  return json_object_get_double_member_with_default(config, "t_mul", 1.0) < 1.0;
}

static const Departure departures[] = {
  { "values add up where boundaries do not increase", do_boundaries_fall,
    "boundaries: must increase" },
  { "nan once the shrinking periods are used up", do_periods_shrink, "t_mul: " },
};

/* "CosineDecay" -> "cosine_decay" */
static char *
to_snake_case(const char *name)
{
  g_autoptr(GString) text = g_string_new(NULL);

  for (const char *p = name; *p != '\0'; p++) {
    if (g_ascii_isupper(*p) && p != name) {
      g_string_append_c(text, '_');
    }
    g_string_append_c(text, g_ascii_tolower(*p));
  }
  return g_strdup(text->str);
}

/* JSON is YAML; what Keras ignores is left out */
static char *
to_yaml(const char *class_name, JsonObject *config)
{
  g_autofree char *name = to_snake_case(class_name);
  g_autoptr(GString) text = g_string_new("{schedule: ");
  g_autoptr(GList) keys = json_object_get_members(config);
  const bool has_target = json_object_has_member(config, "warmup_target")
                          && !json_object_get_null_member(config, "warmup_target");

  g_string_append(text, name);
  for (const GList *key = keys; key != NULL; key = key->next) {
    if (g_str_equal(key->data, "name")
        || (g_str_equal(key->data, "warmup_steps") && !has_target)) {
      continue;
    }
    g_autofree char *value =
        json_to_string(json_object_get_member(config, key->data), FALSE);
    g_string_append_printf(text, ", %s: %s", (const char *)key->data, value);
  }
  g_string_append_c(text, '}');
  return g_strdup(text->str);
}

static double
find_largest(JsonArray *values)
{
  double largest = 0.0;

  for (guint i = 0; i < json_array_get_length(values); i++) {
    largest = MAX(largest, fabs(json_array_get_double_element(values, i)));
  }
  return largest;
}

static void
compare(const OptregSchedule *schedule, JsonObject *table, const char *column,
        double relative, double rounding)
{
  JsonArray *steps = json_object_get_array_member(table, "schedule_steps");
  JsonArray *values = json_object_get_array_member(table, column);
  const double largest = find_largest(values);

  for (guint i = 0; i < json_array_get_length(steps); i++) {
    const gint64 step = json_array_get_int_element(steps, i);
    const double expected = json_array_get_double_element(values, i);
    if (step >= 0) { /* a counter begins at 0 */
      g_assert_cmpfloat_with_epsilon(
          optreg_schedule_value(schedule, (uint64_t)step), expected,
          relative * fabs(expected) + rounding * largest + DBL_MIN);
    }
  }
}

static void
test_table(const void *data)
{
  JsonObject *table = json_node_get_object((JsonNode *)data);
  JsonObject *source = json_object_get_object_member(table, "schedule");
  JsonObject *config = json_object_get_object_member(source, "config");
  g_autofree char *yaml =
      to_yaml(json_object_get_string_member(source, "class_name"), config);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregSchedule) schedule = schedule_read(&learning_rate, yaml, &error);

  for (size_t i = 0; i < G_N_ELEMENTS(departures); i++) {
    if (departures[i].applies(config)) {
      g_test_message("departure: %s", departures[i].name);
      g_assert_null(schedule);
      g_assert_nonnull(strstr(error->message, departures[i].message));
      return;
    }
  }
  g_assert_no_error(error);
  compare(schedule, table, "learning_rates_f64", 1e-12, 1e-15);
  compare(schedule, table, "learning_rates", 1e-6, ROUNDING);
}

static GDataInputStream *
open_cases(void)
{
  g_autofree char *path =
      g_test_build_filename(G_TEST_DIST, "cases", "schedules.jsonl.gz", NULL);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GFileInputStream) stream = g_file_read(file, NULL, &error);
  g_autoptr(GZlibDecompressor)
      unzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);

  g_assert_no_error(error);
  g_autoptr(GInputStream)
      plain = g_converter_input_stream_new(G_INPUT_STREAM(stream), G_CONVERTER(unzip));
  return g_data_input_stream_new(plain);
}

static void
add_case(const char *line)
{
  g_autoptr(GError) error = NULL;
  JsonNode *node = json_from_string(line, &error);

  g_assert_no_error(error);
  g_autofree char *path = g_strconcat(
      "/schedules/keras/",
      json_object_get_string_member(json_node_get_object(node), "id"), NULL);
  g_test_add_data_func_full(path, node, test_table, (GDestroyNotify)json_node_unref);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autoptr(GDataInputStream) lines = open_cases();
  char *line = NULL;

  while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL)) != NULL) {
    add_case(line);
    g_free(line);
  }
  return g_test_run();
}
