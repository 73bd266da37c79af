/* SPDX-License-Identifier: MIT */
/* Logs to event files. */
#include "boards.h"

#include "series.h"
#include "tensorboard.h"

#include <glib/gstdio.h>

typedef struct Boards {
  const Comparison *comparison;
  char *root;
  GHashTable *written; /* folders with an event file */
} Boards;

static char *
folder_of(const Boards *boards, size_t task, size_t arm, const char *name)
{
  const Experiment *experiment = boards->comparison->experiment;

  return g_build_filename(boards->root, experiment_task(experiment, task)->name,
                          arm_name(experiment_arm(experiment, arm)), name, NULL);
}

/* takes the folder's name over */
static bool
write_series(Boards *boards, const GPtrArray *list, char *folder, GError **error)
{
  g_autoptr(EventFile) file = event_file_new(0.0);

  g_hash_table_add(boards->written, folder);
  for (guint i = 0; i < list->len; i++) {
    const Series *series = g_ptr_array_index(list, i);
    for (guint k = 0; k < series->points->len; k++) {
      const SeriesPoint *point = &g_array_index(series->points, SeriesPoint, k);
      event_file_add_scalar(file, point->elapsed_s, (gint64)point->batches,
                            series->name, point->value);
    }
  }
  return event_file_write(file, folder, error);
}

/* ---- runs ---- */

static bool
write_run(Boards *boards, const Run *run, GError **error)
{
  g_autofree char *name =
      run->purpose == RUN_TUNING
          ? g_strdup_printf("tuning-%u-seed-%u", run->trial, run->seed)
          : g_strdup_printf("seed-%u", run->seed);
  g_autoptr(GPtrArray) list = series_of_run(boards->comparison, run);

  return list->len == 0
         || write_series(boards, list, folder_of(boards, run->task, run->arm, name),
                         error);
}

static bool
write_runs(Boards *boards, GError **error)
{
  const GPtrArray *runs = boards->comparison->runs;

  for (guint i = 0; i < runs->len; i++) {
    const Run *run = g_ptr_array_index(runs, i);
    if (run->purpose != RUN_CALIBRATION && !write_run(boards, run, error)) {
      return false;
    }
  }
  return true;
}

/* ---- arms ---- */

static bool
write_arm(Boards *boards, size_t task, size_t arm, GError **error)
{
  g_autoptr(GPtrArray) runs = series_of_arm(boards->comparison, task, arm);
  g_auto(SeriesSummary)
      summary = series_summarize(runs, boards->comparison->experiment->alpha);
  const struct {
    const char *name;
    const GPtrArray *list;
    guint least; /* runs */
  } rows[] = {
    { "mean", summary.mean, 1 },
    { "ci_low", summary.low, 2 },
    { "ci_high", summary.high, 2 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (runs->len >= rows[i].least
        && !write_series(boards, rows[i].list,
                         folder_of(boards, task, arm, rows[i].name), error)) {
      return false;
    }
  }
  return true;
}

static bool
write_arms(Boards *boards, GError **error)
{
  for (size_t task = 0; task < comparison_n_tasks(boards->comparison); task++) {
    for (size_t arm = 0; arm < comparison_n_arms(boards->comparison); arm++) {
      if (!write_arm(boards, task, arm, error)) {
        return false;
      }
    }
  }
  return true;
}

/* ---- what an earlier comparison has left ---- */

/* only files of this name are ours; folders go when nothing is left in them */
static void
remove_stale(const Boards *boards, const char *folder)
{
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);

  for (const char *name;
       directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)
        && !g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
      remove_stale(boards, path);
    } else if (g_str_equal(name, TENSORBOARD_FILE)
               && !g_hash_table_contains(boards->written, folder)) {
      g_unlink(path);
    }
  }
  g_rmdir(folder);
}

bool
boards_write(const Comparison *comparison, GError **error)
{
  g_autofree char *root = g_build_filename(comparison->directory, "tensorboard", NULL);
  g_autoptr(GHashTable)
      written = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Boards boards = { comparison, root, written };

  if (!write_runs(&boards, error) || !write_arms(&boards, error)) {
    return false;
  }
  remove_stale(&boards, root);
  return true;
}
