/* SPDX-License-Identifier: MIT */
/* Files of text, which may be anything and may never end. */
#include "text_file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

enum { FIRST = 4096 };

static void
fail(const char *path, int code, GError **error)
{
  const bool is_absent = code == ENOENT || code == ENOTDIR;

  g_set_error(error, OPTREG_ERROR,
              is_absent        ? OPTREG_ERROR_NOT_FOUND
              : code == ENOMEM ? OPTREG_ERROR_MEMORY
                               : OPTREG_ERROR_IO,
              "%s: cannot be read: %s", path,
              is_absent        ? "it does not exist"
              : code == EISDIR ? "it is a folder"
                               : g_strerror(code));
}

/* without O_NONBLOCK, opening a pipe would wait for somebody who writes */
static int
open_file(const char *path)
{
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

  if (fd >= 0) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  return fd;
}

/* 0, or the errno; *text grows with what is there, never beyond what is wanted */
static int
read_up_to(int fd, gsize wanted, char **text, gsize *length)
{
  for (gsize room = 0;;) {
    if (*length == room) {
      room = MIN(MAX(2 * room, FIRST), wanted);
      char *larger = g_try_realloc(*text, room + 1);
      if (larger == NULL) {
        return ENOMEM;
      }
      *text = larger;
    }
    const ssize_t n = read(fd, *text + *length, room - *length);
    if (n < 0 && errno != EINTR) {
      return errno;
    }
    *length += n > 0 ? (gsize)n : 0;
    if (n == 0 || *length == wanted) {
      (*text)[*length] = '\0';
      return 0;
    }
  }
}

char *
optreg_text_file_read(const char *path, gsize most, gsize *length, GError **error)
{
  g_autofree char *text = NULL;
  const int fd = open_file(path);

  *length = 0;
  const int code = fd < 0 ? errno : read_up_to(fd, most + 1, &text, length);
  if (fd >= 0) {
    close(fd);
  }
  if (code != 0) {
    fail(path, code, error);
    return NULL;
  }
  return g_steal_pointer(&text);
}
