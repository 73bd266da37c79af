/* SPDX-License-Identifier: MIT */
/* Figures for the script. */
#include "figure.h"

#include <math.h>

/* texts of arrays, and their places by text */
struct FigurePool {
  GPtrArray *texts;
  GHashTable *places;
};

FigurePool *
figure_pool_new(void)
{
  FigurePool *pool = g_new(FigurePool, 1);

  pool->texts = g_ptr_array_new_with_free_func(g_free);
  pool->places = g_hash_table_new(g_str_hash, g_str_equal);
  return pool;
}

void
figure_pool_free(FigurePool *pool)
{
  if (pool != NULL) {
    g_hash_table_unref(pool->places);
    g_ptr_array_unref(pool->texts);
    g_free(pool);
  }
}

static size_t
find_place(FigurePool *pool, const double *values, size_t n)
{
  PageJson *json = page_json_new();
  page_json_numbers(json, values, n);
  char *text = page_json_free(json);
  gpointer place;

  if (g_hash_table_lookup_extended(pool->places, text, NULL, &place)) {
    g_free(text);
    return GPOINTER_TO_SIZE(place);
  }
  g_hash_table_insert(pool->places, text, GSIZE_TO_POINTER(pool->texts->len));
  g_ptr_array_add(pool->texts, text);
  return pool->texts->len - 1;
}

void
figure_pool_write(const FigurePool *pool, PageJson *json)
{
  page_json_open(json, '[');
  for (guint i = 0; i < pool->texts->len; i++) {
    page_json_raw(json, g_ptr_array_index(pool->texts, i));
  }
  page_json_close(json, ']');
}

static void
add_text(PageJson *json, const char *key, const char *text)
{
  page_json_key(json, key);
  page_json_text(json, text);
}

static void
add_array(PageJson *json, FigurePool *pool, const char *key, const double *values,
          size_t n)
{
  if (values != NULL) {
    page_json_key(json, key);
    page_json_number(json, (double)find_place(pool, values, n));
  }
}

static void
write_trace(const Trace *trace, FigurePool *pool, PageJson *json)
{
  static const char *const kinds[] = { "line", "seed", "steps", "points" };

  page_json_open(json, '{');
  add_text(json, "kind", kinds[trace->kind]);
  page_json_key(json, "arm");
  page_json_number(json, (double)trace->arm);
  add_text(json, "label", trace->label);
  add_array(json, pool, "x", trace->x, trace->n);
  add_array(json, pool, "y", trace->y, trace->n);
  add_array(json, pool, "low", trace->low, trace->n);
  add_array(json, pool, "high", trace->high, trace->n);
  page_json_close(json, '}');
}

static void
write_view(const View *view, FigurePool *pool, PageJson *json)
{
  page_json_open(json, '{');
  add_text(json, "x", view->x_name);
  add_text(json, "y", view->y_name);
  page_json_key(json, "logX");
  page_json_flag(json, view->is_log_x);
  page_json_key(json, "wholeX");
  page_json_flag(json, view->is_whole_x);
  page_json_key(json, "reference");
  page_json_number(json, view->reference);
  page_json_key(json, "low");
  page_json_number(json, view->low);
  page_json_key(json, "high");
  page_json_number(json, view->high);
  page_json_key(json, "traces");
  page_json_open(json, '[');
  for (guint i = 0; i < view->traces->len; i++) {
    write_trace(&g_array_index(view->traces, Trace, i), pool, json);
  }
  page_json_close(json, ']');
  page_json_close(json, '}');
}

void
figure_write(const Figure *figure, FigurePool *pool, PageJson *json)
{
  page_json_open(json, '{');
  add_text(json, "id", figure->id);
  if (figure->group != NULL) {
    add_text(json, "group", figure->group);
  }
  page_json_key(json, "views");
  page_json_open(json, '[');
  for (guint i = 0; i < figure->views->len; i++) {
    write_view(g_ptr_array_index(figure->views, i), pool, json);
  }
  page_json_close(json, ']');
  page_json_close(json, '}');
}
