/* SPDX-License-Identifier: MIT */
/* Embedded, compressed, comma-separated. */
#include "csv.h"

#include "harness-data.h"

#include <gio/gio.h>
#include <optreg/problem.h>
#include <stdbool.h>

static GDataInputStream *
open_lines(const char *name, GError **error)
{
  g_autofree char *path = g_strconcat("/optreg/data/", name, NULL);
  g_autoptr(GInputStream) packed = g_resource_open_stream(
      harness_data_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (packed == NULL) {
    return NULL;
  }
  g_autoptr(GZlibDecompressor)
      gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream)
      plain = g_converter_input_stream_new(packed, G_CONVERTER(gzip));
  return g_data_input_stream_new(plain);
}

static bool
append_row(const char *name, const char *line, size_t n_columns, GArray *cells,
           GError **error)
{
  g_auto(GStrv) texts = g_strsplit(line, ",", -1);

  if (g_strv_length(texts) != n_columns) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "the embedded %s has a row of %u cells, not %zu", name,
                g_strv_length(texts), n_columns);
    return false;
  }
  for (size_t i = 0; i < n_columns; i++) {
    const double cell = g_ascii_strtod(texts[i], NULL);
    g_array_append_val(cells, cell);
  }
  return true;
}

double *
csv_read(const char *name, size_t n_columns, size_t skip, size_t *n_rows,
         GError **error)
{
  g_autoptr(GDataInputStream) lines = open_lines(name, error);
  g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(double));
  GError *failure = NULL;

  if (lines == NULL) {
    return NULL;
  }
  for (size_t row = 0;; row++) {
    g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, &failure);
    if (line == NULL) {
      break;
    }
    if (row >= skip && !append_row(name, line, n_columns, cells, error)) {
      return NULL;
    }
  }
  if (failure != NULL) {
    g_propagate_error(error, failure);
    return NULL;
  }
  *n_rows = cells->len / n_columns;
  return (double *)(void *)g_array_free(g_steal_pointer(&cells), FALSE);
}

uint32_t
csv_split_of_row(size_t row)
{
  if (row % 5 == 4) {
    return OPTREG_PROBLEM_TEST;
  }
  return row % 10 == 3 ? OPTREG_PROBLEM_VALIDATION : OPTREG_PROBLEM_TRAINING;
}
