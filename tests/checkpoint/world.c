/* SPDX-License-Identifier: MIT */
/* Calls that fail when they are told to. */
#include "world.h"

#include "checkpoint/save.h"
#include "optimizer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

World world;

/* every call passes here with its letter */
static bool
fails(char letter)
{
  g_string_append_c(world.log, letter);
  if (++world.n_calls == world.fails_at) {
    errno = world.code;
    return true;
  }
  return false;
}

static int
world_open(const char *path, int flags, mode_t mode)
{
  if (world.is_without_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return fails('o') ? -1 : optreg_file_system.open(path, flags, mode);
}

static ssize_t
world_write(int fd, const void *bytes, size_t size)
{
  size_t n = MIN(size, world.most);

  if (fails('w')) {
    return -1;
  }
  if (world.dies_at != 0) {
    n = MIN(n, world.dies_at - world.n_bytes);
  }
  const ssize_t written = optreg_file_system.write(fd, bytes, n);
  world.n_bytes += written > 0 ? (size_t)written : 0;
  if (world.n_bytes == world.dies_at && world.dies_at != 0) {
    raise(SIGKILL);
  }
  return written;
}

static int
world_fsync(int fd)
{
  return fails('s') ? -1 : optreg_file_system.fsync(fd);
}

static int
world_link_open(int fd, const char *path)
{
  if (world.is_without_linking) {
    g_string_append_c(world.log, 'l');
    errno = EPERM;
    return -1;
  }
  return fails('l') ? -1 : optreg_file_system.link_open(fd, path);
}

static int
world_rename(const char *from, const char *to)
{
  return fails('r') ? -1 : optreg_file_system.rename(from, to);
}

static int
world_close(int fd)
{
  const bool is_failing = fails('c');
  const int code = errno;
  const int status = optreg_file_system.close(fd);

  errno = code;
  return is_failing ? -1 : status;
}

const OptregFileCalls world_calls = {
  .open = world_open,
  .write = world_write,
  .fsync = world_fsync,
  .link_open = world_link_open,
  .rename = world_rename,
  .unlink = unlink,
  .close = world_close,
};

void
new_world(void)
{
  GString *log = world.log != NULL ? world.log : g_string_new(NULL);

  memset(&world, 0, sizeof world);
  world.log = g_string_truncate(log, 0);
  world.most = SIZE_MAX;
}

bool
world_save(const Model *model, const char *path, GError **error)
{
  return optreg_save_to_file(model->optimizer->engine, &world_calls, path, true, error);
}
