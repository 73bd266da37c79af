/* SPDX-License-Identifier: MIT */
/* A file for stderr. */
#include "messages.h"

#include "support/file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 }; /* of the end, which tells why */

struct Messages {
  char *path;
  int file; /* -1: there is none, they go where ours go */
};

Messages *
messages_new(const char *path, GSubprocessLauncher *launcher)
{
  Messages *messages = g_new0(Messages, 1);

  messages->path = g_strdup(path);
  messages->file = file_open_nameless(path);
  const int of_child = messages->file >= 0 ? fcntl(messages->file, F_DUPFD_CLOEXEC, 3)
                                           : -1;
  if (of_child >= 0) {
    g_subprocess_launcher_take_stderr_fd(launcher, of_child);
  }
  return messages;
}

void
messages_free(Messages *messages)
{
  if (messages != NULL) {
    if (messages->file >= 0) {
      close(messages->file);
    }
    g_free(messages->path);
    g_free(messages);
  }
}

/* a child that says too much fills the disk, but not our memory */
static char *
read_end(const Messages *messages)
{
  struct stat status;

  if (messages->file < 0 || fstat(messages->file, &status) != 0) {
    return g_strdup("");
  }
  const off_t begin = MAX(status.st_size - MOST_BYTES, 0);
  char *text = g_malloc((gsize)(status.st_size - begin) + 1);
  const ssize_t n =
      pread(messages->file, text, (size_t)(status.st_size - begin), begin);
  text[MAX(n, 0)] = '\0';
  return text;
}

char *
messages_last_line(const Messages *messages)
{
  g_autofree char *text = read_end(messages);

  g_strchomp(text);
  const char *newline = strrchr(text, '\n');
  const char *line = newline != NULL ? newline + 1 : text;
  return line[0] != '\0' ? g_strdup(line) : NULL;
}

void
messages_keep(const Messages *messages, bool are_wanted)
{
  g_autofree char *text = are_wanted ? read_end(messages) : g_strdup("");

  if (g_strchomp(text)[0] == '\0') {
    g_unlink(messages->path);
    return;
  }
  g_autofree char *lines = g_strconcat(text, "\n", NULL);
  file_write_lightly(messages->path, lines, -1, NULL);
}
