/* SPDX-License-Identifier: MIT */
/* Reading data sets, nothing of which is believed. */
#include "sets.h"

#include "harness-data.h"
#include "support/text.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

#define MOST_DATA ((gsize)1 << 30)

/* "file SET NAME SHA-256" in sets.txt */
enum { WORD_SET = 1, WORD_FILE, WORD_HASH, N_WORDS };

char *
sets_directory(const char *set)
{
  const char *folder = g_getenv("OPTREG_DATA");

  return folder != NULL && *folder != '\0'
             ? g_build_filename(folder, set, NULL)
             : g_build_filename(g_get_user_cache_dir(), "optreg", set, NULL);
}

/* file NULL: the first one. The hash is interned. */
static const char *
find_hash(const char *set, const char *file)
{
  g_autoptr(GBytes) bytes = g_resource_lookup_data(harness_data_get_resource(),
                                                   "/optreg/data/sets.txt",
                                                   G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *text =
      g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    if (g_strv_length(words) == N_WORDS && strcmp(words[0], "file") == 0
        && strcmp(words[WORD_SET], set) == 0
        && (file == NULL || strcmp(words[WORD_FILE], file) == 0)) {
      return g_intern_string(words[WORD_HASH]);
    }
  }
  return NULL;
}

const char *
sets_identity(const char *set)
{
  return find_hash(set, NULL);
}

GBytes *
sets_read(const char *set, const char *file, GError **error)
{
  g_autofree char *directory = sets_directory(set);
  g_autofree char *path = g_build_filename(directory, file, NULL);
  gsize size;
  char *data = text_read(path, MOST_DATA, "a data set", &size, NULL);

  if (data == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                "its data set is not in %s: run `tools/fetch-data %s`", directory, set);
    return NULL;
  }
  g_autoptr(GBytes) bytes = g_bytes_new_take(data, size);
  g_autofree char *hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
  if (g_strcmp0(hash, find_hash(set, file)) != 0) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s is damaged: run `tools/fetch-data %s` again", path, set);
    return NULL;
  }
  return g_steal_pointer(&bytes);
}
