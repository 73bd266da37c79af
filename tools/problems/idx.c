/* SPDX-License-Identifier: MIT */
/* Pictures in the format of MNIST: big-endian counts, then bytes. */
#include "dataset.h"

#include "sets.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

enum { SIDE = 28, N_CLASSES = 10, N_TRAINING = 60000, N_TEST = 10000 };
enum { IMAGES_HEADER = 16, LABELS_HEADER = 8 };

/* The bytes after the header. The hash has been checked, so a wrong size is a wrong
 * table. */
static const uint8_t *
read_body(const char *set, const char *file, size_t header, size_t n, GBytes **bytes,
          GError **error)
{
  *bytes = sets_read(set, file, error);
  if (*bytes == NULL) {
    return NULL;
  }
  if (g_bytes_get_size(*bytes) != header + n) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                "%s of %s has %zu bytes, "
                "not %zu",
                file, set, g_bytes_get_size(*bytes), header + n);
    return NULL;
  }
  return (const uint8_t *)g_bytes_get_data(*bytes, NULL) + header;
}

/* n examples from `start` on */
static void
copy_examples(const uint8_t *images, const uint8_t *labels, size_t start, size_t n,
              Examples *examples)
{
  examples->n = n;
  examples->inputs = g_memdup2(images + start * SIDE * SIDE, n * SIDE * SIDE);
  examples->labels = g_memdup2(labels + start, n);
}

static bool
read_pair(const char *set, const char *prefix, size_t n_first, size_t n,
          Examples *first, Examples *rest, GError **error)
{
  g_autofree char *images_file = g_strconcat(prefix, "-images-idx3-ubyte", NULL);
  g_autofree char *labels_file = g_strconcat(prefix, "-labels-idx1-ubyte", NULL);
  g_autoptr(GBytes) images_bytes = NULL, labels_bytes = NULL;
  const uint8_t *images =
      read_body(set, images_file, IMAGES_HEADER, n * SIDE * SIDE, &images_bytes, error);
  const uint8_t *labels = images != NULL ? read_body(set, labels_file, LABELS_HEADER, n,
                                                     &labels_bytes, error)
                                         : NULL;

  if (labels == NULL) {
    return false;
  }
  copy_examples(images, labels, 0, n_first, first);
  copy_examples(images, labels, n_first, n - n_first, rest);
  return true;
}

Dataset *
dataset_new_idx(const char *set, size_t n_validation, GError **error)
{
  g_autoptr(Dataset) dataset = g_new0(Dataset, 1);
  Examples *split = dataset->split, none = { 0 };

  dataset->n_features = SIDE * SIDE;
  dataset->n_classes = N_CLASSES;
  dataset->largest = 255.0f;
  return read_pair(set, "train", N_TRAINING - n_validation, N_TRAINING,
                   &split[OPTREG_PROBLEM_TRAINING], &split[OPTREG_PROBLEM_VALIDATION],
                   error)
                 && read_pair(set, "t10k", N_TEST, N_TEST, &split[OPTREG_PROBLEM_TEST],
                              &none, error)
             ? g_steal_pointer(&dataset)
             : NULL;
}
