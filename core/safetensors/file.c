/* SPDX-License-Identifier: MIT */
/* Replacing a file as a whole. */
#include "safetensors/file.h"

#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the calls ---- */

/* where the program has closed its standard output, this file must not become it */
static int
real_open(const char *path, int flags, mode_t mode)
{
  const int fd = open(path, flags, mode);

  if (fd < 0 || fd > STDERR_FILENO) {
    return fd;
  }
  const int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(fd);
  return higher;
}

static int
real_link_open(int fd, const char *path)
{
  char source[64];

  snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
  return linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

const OptregFileCalls optreg_file_system = {
  .open = real_open,
  .write = write,
  .fsync = fsync,
  .link_open = real_link_open,
  .rename = rename,
  .unlink = unlink,
  .close = close,
};

/* ---- the work ---- */

#define GATHERED ((size_t)256 << 10) /* bytes of small pieces for one call */
#define MAX_NAMES 1000               /* that are tried for the temporary file */

typedef struct Replacement {
  const OptregFileCalls *calls;
  const char *path; /* as the caller names it */
  const OptregPiece *pieces;
  size_t n_pieces;
  char *place; /* where it leads */
  char *folder;
  char *temporary; /* NULL: the file has no name yet, or its final one */
  int fd;          /* -1: not open */
  int holder;      /* the same file, for its lock and its name */
} Replacement;

static bool
fail(const Replacement *replacement, const char *what, GError **error)
{
  const int code = errno;

  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_IO, "%s: %s: %s; %s", replacement->path,
              what, g_strerror(code), "what was there before is untouched");
  return false;
}

/* also where /proc is missing: then the file cannot be named later */
static void
open_unnamed(Replacement *replacement)
{
  if (access("/proc/self/fd", X_OK) == 0) {
    replacement->fd = replacement->calls->open(replacement->folder,
                                               O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  }
}

static void
open_named(Replacement *replacement)
{
  for (unsigned i = 0; i < MAX_NAMES && replacement->fd < 0; i++) {
    g_autofree char *name = optreg_temporary_path(replacement->folder);
    replacement->fd =
        replacement->calls->open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (replacement->fd >= 0) {
      replacement->temporary = g_steal_pointer(&name);
    } else if (errno != EEXIST) {
      return;
    }
  }
}

/* a name that is free is taken at once; behind one that is not stands a file, which a
 * second name has to replace */
static bool
link_unnamed(Replacement *replacement, bool *is_in_place)
{
  const OptregFileCalls *calls = replacement->calls;

  *is_in_place = calls->link_open(replacement->holder, replacement->place) == 0;
  for (unsigned i = 0; !*is_in_place && errno == EEXIST && i < MAX_NAMES; i++) {
    g_autofree char *name = optreg_temporary_path(replacement->folder);
    if (calls->link_open(replacement->holder, name) == 0) {
      replacement->temporary = g_steal_pointer(&name);
      return true;
    }
  }
  return *is_in_place;
}

static bool
write_bytes(const Replacement *replacement, const void *bytes, size_t size)
{
  for (size_t done = 0; done < size;) {
    const ssize_t n = replacement->calls->write(
        replacement->fd, (const char *)bytes + done, MIN(size - done, 1u << 30));
    if (n < 0 && errno != EINTR) {
      return false;
    }
    if (n == 0) {
      errno = EIO;
      return false;
    }
    done += n > 0 ? (size_t)n : 0;
  }
  return true;
}

/* Small pieces are gathered, so that ten thousand of them are not as many calls. */
static bool
write_pieces(const Replacement *replacement, char *gathered)
{
  size_t n = 0;

  for (size_t i = 0; i < replacement->n_pieces; i++) {
    const OptregPiece *piece = &replacement->pieces[i];
    if (n + piece->size > GATHERED) {
      if (!write_bytes(replacement, gathered, n)) {
        return false;
      }
      n = 0;
    }
    if (gathered == NULL || piece->size > GATHERED) {
      if (!write_bytes(replacement, piece->bytes, piece->size)) {
        return false;
      }
    } else if (piece->size > 0) {
      memcpy(gathered + n, piece->bytes, piece->size);
      n += piece->size;
    }
  }
  return write_bytes(replacement, gathered, n);
}

static bool
close_file(Replacement *replacement)
{
  const int fd = replacement->fd;

  replacement->fd = -1;
  return replacement->calls->close(fd) == 0 || errno == EINTR;
}

/* into a file that has just been opened */
static bool
write_all(Replacement *replacement, GError **error)
{
  if (replacement->fd < 0) {
    return fail(replacement, "a file cannot be made in this directory", error);
  }
  replacement->holder = optreg_temporary_hold(replacement->fd);
  if (replacement->holder < 0) {
    return fail(replacement, "cannot be locked", error);
  }
  optreg_temporary_sweep(replacement->folder, replacement->fd);
  g_autofree char *gathered = g_try_malloc(GATHERED);
  if (!write_pieces(replacement, gathered)) {
    return fail(replacement, "cannot be written", error);
  }
  if (replacement->calls->fsync(replacement->fd) != 0) {
    return fail(replacement, "cannot be brought to the disk", error);
  }
  return close_file(replacement) ? true : fail(replacement, "cannot be closed", error);
}

static bool
write_named(Replacement *replacement, GError **error)
{
  close(replacement->holder);
  replacement->holder = -1;
  open_named(replacement);
  return write_all(replacement, error);
}

static bool
put_in_place(Replacement *replacement, GError **error)
{
  bool is_in_place = false;

  /* some file systems and sandboxes let one open a file without a name, but not name it
   */
  if (replacement->temporary == NULL && !link_unnamed(replacement, &is_in_place)
      && !write_named(replacement, error)) {
    return false;
  }
  if (is_in_place) {
    return true;
  }
  if (replacement->calls->rename(replacement->temporary, replacement->place) != 0) {
    return fail(replacement, "cannot be put in place", error);
  }
  g_clear_pointer(&replacement->temporary, g_free);
  return true;
}

/* some file systems cannot flush a directory and say EINVAL */
static bool
flush_directory(const Replacement *replacement, GError **error)
{
  const OptregFileCalls *calls = replacement->calls;
  const int fd =
      calls->open(replacement->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  const bool is_flushed = fd >= 0 && (calls->fsync(fd) == 0 || errno == EINVAL);
  const int code = errno;

  if (fd >= 0) {
    calls->close(fd);
  }
  if (!is_flushed) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_IO,
                "%s: written, but it may be lost when the power fails: its directory "
                "cannot be brought to the disk: %s",
                replacement->path, g_strerror(code));
  }
  return is_flushed;
}

static void
tidy(Replacement *replacement)
{
  if (replacement->fd >= 0) {
    replacement->calls->close(replacement->fd);
  }
  if (replacement->temporary != NULL) {
    replacement->calls->unlink(replacement->temporary);
  }
  if (replacement->holder >= 0) {
    close(replacement->holder);
  }
  g_free(replacement->temporary);
  g_free(replacement->folder);
  g_free(replacement->place);
}

bool
optreg_file_replace(const OptregFileCalls *calls, const char *path,
                    const OptregPiece *pieces, size_t n_pieces, GError **error)
{
  Replacement replacement = { .calls = calls,
                              .path = path,
                              .pieces = pieces,
                              .n_pieces = n_pieces,
                              .place = optreg_destination_find(path, error),
                              .fd = -1,
                              .holder = -1 };

  if (replacement.place == NULL) {
    return false;
  }
  replacement.folder = g_path_get_dirname(replacement.place);
  open_unnamed(&replacement);
  if (replacement.fd < 0) {
    open_named(&replacement);
  }
  const bool is_done = write_all(&replacement, error)
                       && put_in_place(&replacement, error)
                       && flush_directory(&replacement, error);
  tidy(&replacement);
  return is_done;
}
