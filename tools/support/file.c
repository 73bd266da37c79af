/* SPDX-License-Identifier: MIT */
/* Files written, opened and read as a whole. */
#include "file.h"

#include "safetensors/file.h"
#include "status.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing ---- */

static bool
replace(const OptregFileCalls *calls, const char *path, const void *bytes, gssize size,
        GError **error)
{
  const OptregPiece piece = { bytes, size < 0 ? strlen(bytes) : (size_t)size };

  return optreg_file_replace(calls, path, &piece, 1, error);
}

bool
file_write(const char *path, const void *bytes, gssize size, GError **error)
{
  return replace(&optreg_file_system, path, bytes, size, error);
}

static int
leave_unflushed(int fd)
{
  (void)fd;
  return 0;
}

bool
file_write_lightly(const char *path, const void *bytes, gssize size, GError **error)
{
  OptregFileCalls calls = optreg_file_system;

  calls.fsync = leave_unflushed;
  return replace(&calls, path, bytes, size, error);
}

/* ---- opening ---- */

static void
fail(const char *what, const char *path, GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot %s %s: %s", what, path,
              g_strerror(errno));
}

int
file_open(const char *path, int flags, GError **error)
{
  g_autofree char *place = optreg_destination_find(path, error);
  const int fd = place != NULL ? open(
                     place, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0666)
                               : -1;

  if (place != NULL && fd < 0) {
    fail("open", path, error);
  }
  return fd;
}

int
file_open_nameless(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  const int fd = open(folder, O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);

  if (fd >= 0) {
    return fd;
  }
  g_autofree char *name = optreg_temporary_path(folder);
  const int named = open(name, O_CREAT | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
  if (named >= 0) {
    unlink(name);
  }
  return named;
}

/* ---- reading ---- */

/* a file may grow while it is read */
static bool
read_all(int fd, char *bytes, gsize size, gsize *n_read)
{
  for (*n_read = 0; *n_read < size;) {
    const ssize_t n = read(fd, bytes + *n_read, size - *n_read);
    if (n == 0) {
      return true;
    }
    if (n < 0 && errno != EINTR) {
      return false;
    }
    *n_read += n > 0 ? (gsize)n : 0;
  }
  return true;
}

static char *
read_open(int fd, const char *path, gsize most, gsize *size, GError **error)
{
  struct stat status;

  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "%s: not a regular file", path);
    return NULL;
  }
  if ((guint64)status.st_size > most) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "%s: %" G_GUINT64_FORMAT " bytes, more than the %zu that are read",
                path, (guint64)status.st_size, most);
    return NULL;
  }
  g_autofree char *bytes = g_malloc((gsize)status.st_size + 1);
  if (!read_all(fd, bytes, (gsize)status.st_size, size)) {
    fail("read", path, error);
    return NULL;
  }
  bytes[*size] = '\0';
  return g_steal_pointer(&bytes);
}

char *
file_read(const char *path, gsize most, gsize *size, GError **error)
{
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gsize length = 0;

  if (fd < 0) {
    fail("open", path, error);
    return NULL;
  }
  char *bytes = read_open(fd, path, most, &length, error);
  close(fd);
  if (size != NULL) {
    *size = length;
  }
  return bytes;
}
