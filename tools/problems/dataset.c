/* SPDX-License-Identifier: MIT */
/* The digits: embedded, compressed, comma-separated. */
#include "dataset.h"

#include "harness-data.h"

#include <gio/gio.h>
#include <stdbool.h>

enum { N_FEATURES = 64, N_CLASSES = 10 };

static const char path[] = "/optreg/data/digits.csv.gz";

static GDataInputStream *
open_lines(GError **error)
{
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

static uint32_t
split_of_row(size_t row)
{
  if (row % 5 == 4) {
    return OPTREG_PROBLEM_TEST;
  }
  return row % 10 == 3 ? OPTREG_PROBLEM_VALIDATION : OPTREG_PROBLEM_TRAINING;
}

static bool
parse_row(const char *line, GArray *inputs, GArray *labels, GError **error)
{
  g_auto(GStrv) cells = g_strsplit(line, ",", -1);

  if (g_strv_length(cells) != N_FEATURES + 1) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "the embedded %s has a row of %u cells, not %d", path,
                g_strv_length(cells), N_FEATURES + 1);
    return false;
  }
  for (size_t i = 0; i < N_FEATURES; i++) {
    const float input = (float)g_ascii_strtod(cells[i], NULL) / 16.0f;
    g_array_append_val(inputs, input);
  }
  const uint32_t label = (uint32_t)g_ascii_strtoull(cells[N_FEATURES], NULL, 10);
  g_array_append_val(labels, label);
  return true;
}

static bool
read_rows(GDataInputStream *lines, GArray *const *inputs, GArray *const *labels,
          GError **error)
{
  for (size_t row = 0;; row++) {
    GError *failure = NULL;
    g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, &failure);
    if (failure != NULL) {
      g_propagate_error(error, failure);
      return false;
    }
    if (line == NULL) {
      return true;
    }
    const uint32_t split = split_of_row(row);
    if (!parse_row(line, inputs[split], labels[split], error)) {
      return false;
    }
  }
}

Dataset *
dataset_new_digits(GError **error)
{
  g_autoptr(Dataset) dataset = g_new0(Dataset, 1);
  g_autoptr(GDataInputStream) lines = open_lines(error);
  GArray *inputs[OPTREG_PROBLEM_SPLITS], *labels[OPTREG_PROBLEM_SPLITS];

  if (lines == NULL) {
    return NULL;
  }
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    inputs[s] = g_array_new(FALSE, FALSE, sizeof(float));
    labels[s] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
  }
  const bool is_read = read_rows(lines, inputs, labels, error);
  dataset->n_features = N_FEATURES;
  dataset->n_classes = N_CLASSES;
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    dataset->split[s].n = labels[s]->len;
    dataset->split[s].inputs = (float *)(void *)g_array_free(inputs[s], FALSE);
    dataset->split[s].labels = (uint32_t *)(void *)g_array_free(labels[s], FALSE);
  }
  return is_read ? g_steal_pointer(&dataset) : NULL;
}

void
dataset_free(Dataset *dataset)
{
  if (dataset != NULL) {
    for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
      g_free(dataset->split[s].inputs);
      g_free(dataset->split[s].labels);
    }
    g_free(dataset);
  }
}
