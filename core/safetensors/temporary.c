/* SPDX-License-Identifier: MIT */
/* Names, locks and the removal of temporary files. */
#include "safetensors/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".optreg-"
#define SUFFIX ".tmp"
#define N_DIGITS 8
#define AGE_S 60

char *
optreg_temporary_path(const char *folder)
{
  g_autofree char *name = g_strdup_printf(PREFIX "%08x" SUFFIX, g_random_int());

  return g_build_filename(folder, name, NULL);
}

int
optreg_temporary_hold(int fd)
{
  const int holder = fcntl(fd, F_DUPFD_CLOEXEC, 0);

  if (holder >= 0) {
    (void)flock(holder, LOCK_EX | LOCK_NB);
  }
  return holder;
}

static bool
is_name(const char *name)
{
  const char *digits = name + strlen(PREFIX);

  return g_str_has_prefix(name, PREFIX)
         && strspn(digits, "0123456789abcdef") == N_DIGITS
         && strcmp(digits + N_DIGITS, SUFFIX) == 0;
}

/* the clock of the file system, which need not be ours */
static bool
is_old(const struct stat *status, const struct stat *now)
{
  return status->st_mtim.tv_sec + AGE_S < now->st_mtim.tv_sec;
}

/* whoever writes it holds the lock until it has its final name */
static void
remove_if_left(int folder, const char *name, const struct stat *now)
{
  struct stat status;

  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISREG(status.st_mode) || status.st_uid != geteuid()
      || !is_old(&status, now)) {
    return;
  }
  const int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    unlinkat(folder, name, 0);
  }
  close(fd);
}

void
optreg_temporary_sweep(const char *folder, int fd)
{
  struct stat now;
  DIR *entries = fstat(fd, &now) == 0 ? opendir(folder) : NULL;

  if (entries == NULL) {
    return;
  }
  for (const struct dirent *entry = readdir(entries); entry != NULL;
       entry = readdir(entries)) {
    if (is_name(entry->d_name)) {
      remove_if_left(dirfd(entries), entry->d_name, &now);
    }
  }
  closedir(entries);
}
