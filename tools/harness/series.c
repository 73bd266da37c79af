/* SPDX-License-Identifier: MIT */
/* Numbers by name, from JSON without knowing what is in it. */
#include "series.h"

#include "statistics/sample.h"
#include "statistics/student.h"
#include "support/file.h"
#include "support/json_get.h"
#include "support/json_text.h"

#include <math.h>

static void
series_free(void *data)
{
  Series *series = data;

  g_free(series->name);
  g_array_unref(series->points);
  g_free(series);
}

static GPtrArray *
list_new(void)
{
  return g_ptr_array_new_with_free_func(series_free);
}

static Series *
list_add(GPtrArray *list, const char *name)
{
  Series *series = g_new(Series, 1);

  series->name = g_strdup(name);
  series->points = g_array_new(FALSE, FALSE, sizeof(SeriesPoint));
  g_ptr_array_add(list, series);
  return series;
}

const Series *
series_find(const GPtrArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++) {
    const Series *series = g_ptr_array_index(list, i);
    if (g_str_equal(series->name, name)) {
      return series;
    }
  }
  return NULL;
}

/* ---- reading ---- */

typedef struct Reader {
  GPtrArray *list;
  GHashTable *by_name; /* Series, owned by the list */
  SeriesPoint place;   /* of the record that is being read */
} Reader;

/* what depends on the clock is in members of that name, wherever they are */
static bool
is_series(const char *prefix, const char *name)
{
  static const char *const others[] = { "seed", "trial", "batches", "final", NULL };

  return !g_str_equal(name, "clock")
         && (prefix[0] != '\0' || !g_strv_contains(others, name));
}

static void
add_point(Reader *reader, const char *name, double value)
{
  SeriesPoint point = reader->place;
  Series *series = g_hash_table_lookup(reader->by_name, name);

  if (!isfinite(value)) {
    return;
  }
  if (series == NULL) {
    series = list_add(reader->list, name);
    g_hash_table_insert(reader->by_name, series->name, series);
  }
  point.value = value;
  g_array_append_val(series->points, point);
}

static void read_members(Reader *reader, JsonObject *object, const char *prefix);
static void read_elements(Reader *reader, JsonArray *array, const char *prefix);

static void
read_node(Reader *reader, JsonNode *node, const char *name)
{
  if (JSON_NODE_HOLDS_OBJECT(node)) {
    g_autofree char *prefix = g_strconcat(name, "/", NULL);
    read_members(reader, json_node_get_object(node), prefix);
  } else if (JSON_NODE_HOLDS_ARRAY(node)) {
    g_autofree char *prefix = g_strconcat(name, "/", NULL);
    read_elements(reader, json_node_get_array(node), prefix);
  } else if (JSON_NODE_HOLDS_VALUE(node)
             && json_node_get_value_type(node) != G_TYPE_STRING) {
    add_point(reader, name, json_node_get_double(node));
  }
}

static void
read_members(Reader *reader, JsonObject *object, const char *prefix)
{
  g_autoptr(GList) names = json_object_get_members(object);

  for (GList *link = names; link != NULL; link = link->next) {
    const char *name = link->data;
    g_autofree char *path = g_strconcat(prefix, name, NULL);
    if (is_series(prefix, name)) {
      read_node(reader, json_object_get_member(object, name), path);
    }
  }
}

/* what an element is about; NULL where it does not say */
static const char *
name_of(JsonNode *node)
{
  static const char *const keys[] = { "name", "arm", "candidate" };
  const char *name = NULL;

  for (size_t i = 0; JSON_NODE_HOLDS_OBJECT(node) && i < G_N_ELEMENTS(keys); i++) {
    const char *text = json_get_text(json_node_get_object(node), keys[i]);
    name = text[0] != '\0' ? text : name;
  }
  return name;
}

static void
read_elements(Reader *reader, JsonArray *array, const char *prefix)
{
  for (guint i = 0; i < json_array_get_length(array); i++) {
    JsonNode *node = json_array_get_element(array, i);
    const char *name = name_of(node);
    g_autofree char *path = name != NULL ? g_strconcat(prefix, name, NULL)
                                         : g_strdup_printf("%s%u", prefix, i);
    read_node(reader, node, path);
  }
}

static void
read_record(Reader *reader, const char *line)
{
  g_autoptr(JsonObject) object = json_text_read_object(line, -1);

  if (object == NULL) {
    return;
  }
  reader->place = (SeriesPoint){
    .batches = json_get_count(object, "batches"),
    .elapsed_s = json_get_number(json_get_object(object, "clock"), "elapsed_s", 0.0)
  };
  read_members(reader, object, "");
}

GPtrArray *
series_read(const char *log)
{
  g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
  g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
  Reader reader = { .list = list_new(), .by_name = by_name };

  for (size_t i = 0; lines[i] != NULL; i++) {
    read_record(&reader, lines[i]);
  }
  return reader.list;
}

GPtrArray *
series_of_run(const Comparison *comparison, const Run *run)
{
  g_autofree char *path = comparison_run_path(comparison, run, ".jsonl");
  g_autofree char *log = file_read(path, RECORD_MOST_LOG, NULL, NULL);

  return series_read(log != NULL ? log : "");
}

GPtrArray *
series_of_arm(const Comparison *comparison, size_t task, size_t arm)
{
  GPtrArray *lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    if (run != NULL && run_is_complete(run)) {
      g_ptr_array_add(lists, series_of_run(comparison, run));
    }
  }
  return lists;
}

/* ---- what runs have in common ---- */

/* the points of one name in each run; false when a run has no such series */
static bool
gather(const GPtrArray *runs, const char *name, const GArray **points)
{
  for (guint i = 0; i < runs->len; i++) {
    const Series *series = series_find(g_ptr_array_index(runs, i), name);
    if (series == NULL) {
      return false;
    }
    points[i] = series->points;
  }
  return true;
}

/* moves *cursor to the point at `batches`, or to what follows it */
static const SeriesPoint *
point_at(const GArray *points, guint *cursor, uint64_t batches)
{
  while (*cursor < points->len
         && g_array_index(points, SeriesPoint, *cursor).batches < batches) {
    (*cursor)++;
  }
  const SeriesPoint *point = &g_array_index(points, SeriesPoint, *cursor);
  return *cursor < points->len && point->batches == batches ? point : NULL;
}

static bool
collect(const GArray *const *points, guint *cursors, uint64_t batches, size_t n,
        double *values, double *clocks)
{
  for (size_t i = 0; i < n; i++) {
    const SeriesPoint *point = point_at(points[i], &cursors[i], batches);
    if (point == NULL) {
      return false;
    }
    values[i] = point->value;
    clocks[i] = point->elapsed_s;
  }
  return true;
}

static void
append_value(Series *series, SeriesPoint point, double value)
{
  point.value = value;
  if (isfinite(value)) {
    g_array_append_val(series->points, point);
  }
}

static void
add_summary(SeriesSummary *summary, const char *name, const GArray *const *points,
            size_t n, double alpha)
{
  g_autofree double *values = g_new(double, n), *clocks = g_new(double, n);
  g_autofree guint *cursors = g_new0(guint, n);
  Series *mean = list_add(summary->mean, name);
  Series *low = list_add(summary->low, name), *high = list_add(summary->high, name);

  for (guint i = 0; i < points[0]->len; i++) {
    SeriesPoint point = g_array_index(points[0], SeriesPoint, i);
    if (collect(points, cursors, point.batches, n, values, clocks)) {
      const Interval interval = student_interval(values, n, alpha);
      point.elapsed_s = statistics_mean(clocks, n);
      append_value(mean, point, statistics_mean(values, n));
      append_value(low, point, interval.low);
      append_value(high, point, interval.high);
    }
  }
}

SeriesSummary
series_summarize(const GPtrArray *runs, double alpha)
{
  SeriesSummary summary = { list_new(), list_new(), list_new() };

  if (runs->len == 0) {
    return summary;
  }
  const GPtrArray *first = g_ptr_array_index(runs, 0);
  g_autofree const GArray **points = g_new(const GArray *, runs->len);
  for (guint i = 0; i < first->len; i++) {
    const Series *series = g_ptr_array_index(first, i);
    if (gather(runs, series->name, points)) {
      add_summary(&summary, series->name, points, runs->len, alpha);
    }
  }
  return summary;
}

void
series_summary_clear(SeriesSummary *summary)
{
  g_clear_pointer(&summary->mean, g_ptr_array_unref);
  g_clear_pointer(&summary->low, g_ptr_array_unref);
  g_clear_pointer(&summary->high, g_ptr_array_unref);
}
