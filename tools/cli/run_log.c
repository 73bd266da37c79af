/* SPDX-License-Identifier: MIT */
/* Logs of runs that survive a kill. */
#include "run_log.h"

#include "support/file.h"
#include "support/status.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

struct RunLog {
  RunLogPlace place;
  FILE *file;
  uint64_t length;
  gint64 saved; /* when */
  bool cannot_save;
};

static bool
fail(const char *what, const char *path, GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot %s %s: %s", what, path,
              g_strerror(errno));
  return false;
}

/* the length of the log at the checkpoint, 0 when there is none */
static uint64_t
restore(const RunLogPlace *place, Trainer *trainer)
{
  gsize size;
  uint64_t length = 0;
  GStatBuf log;
  g_autofree char *bytes =
      place->state != NULL ? file_read(place->state, G_MAXSSIZE, &size, NULL) : NULL;

  if (bytes == NULL || g_stat(place->record, &log) != 0) {
    return 0;
  }
  g_autoptr(GBytes) state = g_bytes_new_take(g_steal_pointer(&bytes), size);
  /* a log that is shorter than it was is not the one of the checkpoint */
  return trainer_restore(trainer, state, place->key, &length, (uint64_t)log.st_size,
                         NULL)
             ? length
             : 0;
}

RunLog *
run_log_open(const RunLogPlace *place, Trainer *trainer, GError **error)
{
  g_autoptr(RunLog) log = g_new0(RunLog, 1);

  log->place = *place;
  log->saved = g_get_monotonic_time();
  log->length = restore(place, trainer);
  const int file = file_open(place->record, O_APPEND, error);
  if (file < 0) {
    return NULL;
  }
  log->file = fdopen(file, "a");
  if (log->file == NULL || ftruncate(fileno(log->file), (off_t)log->length) != 0) {
    fail("open", place->record, error);
    return NULL;
  }
  return g_steal_pointer(&log);
}

void
run_log_close(RunLog *log)
{
  if (log != NULL) {
    if (log->file != NULL) {
      fclose(log->file);
    }
    g_free(log);
  }
}

bool
run_log_write(RunLog *log, const char *line, GError **error)
{
  const int n = fprintf(log->file, "%s\n", line);

  printf("%s\n", line);
  fflush(stdout);
  if (n < 0 || fflush(log->file) != 0) {
    return fail("write", log->place.record, error);
  }
  log->length += (uint64_t)n;
  return true;
}

static bool
is_time(const RunLog *log)
{
  const double passed = 1e-6 * (double)(g_get_monotonic_time() - log->saved);
  return !log->cannot_save && log->place.state != NULL
         && passed >= log->place.checkpoint_s;
}

bool
run_log_checkpoint(RunLog *log, const Trainer *trainer, GError **error)
{
  /* what is done is said by the last record */
  if (!is_time(log) || trainer_is_done(trainer)) {
    return true;
  }
  g_autoptr(GBytes) state = trainer_save(trainer, log->place.key, log->length, NULL);
  if (state == NULL) {
    log->cannot_save = true;
    return true;
  }
  log->saved = g_get_monotonic_time();

  /* losing power may cost the checkpoint, and then the run begins anew */
  gsize size;
  const void *bytes = g_bytes_get_data(state, &size);
  return file_write_lightly(log->place.state, bytes, (gssize)size, error);
}

void
run_log_finish(RunLog *log)
{
  if (log->place.state != NULL) {
    g_unlink(log->place.state);
  }
}
