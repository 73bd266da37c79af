/* SPDX-License-Identifier: MIT */
/* flock on a file in the folder for temporary files. */
#include "machine_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { POLL_US = 100000 };

/* -1: there is no file to lock, and nobody is kept out */
struct MachineLock {
  int file;
};

static int
open_file(void)
{
  g_autofree char *path =
      g_strdup_printf("%s/optreg-%lu.lock", g_get_tmp_dir(), (unsigned long)getuid());

  return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool
is_stopped(const bool *is_interrupted)
{
  if (is_interrupted == NULL) {
    return false;
  }
  while (g_main_context_iteration(NULL, FALSE)) {
  }
  return *is_interrupted;
}

static void
say_waiting(MachineUse use)
{
  fputs(use == MACHINE_MEASURES
            ? "optreg: waiting for other comparisons on this machine, which would "
              "disturb the measurement\n"
            : "optreg: waiting for another comparison that measures cost\n",
        stderr);
}

/* a lock that cannot be had is no other comparison to wait for */
static void
give_up(MachineLock *lock, int reason)
{
  fprintf(stderr,
          "optreg: other comparisons on this machine are not kept out: no lock in %s: "
          "%s\n",
          g_get_tmp_dir(), g_strerror(reason));
  close(lock->file);
  lock->file = -1;
}

MachineLock *
machine_lock_take(MachineUse use, const bool *is_interrupted)
{
  g_autoptr(MachineLock) lock = g_new(MachineLock, 1);
  const int how = LOCK_NB | (use == MACHINE_MEASURES ? LOCK_EX : LOCK_SH);
  bool is_said = false;

  lock->file = open_file();
  while (lock->file >= 0 && flock(lock->file, how) != 0) {
    if (errno != EWOULDBLOCK) {
      give_up(lock, errno);
      break;
    }
    if (is_stopped(is_interrupted)) {
      return NULL;
    }
    if (!is_said) {
      say_waiting(use);
    }
    is_said = true;
    g_usleep(POLL_US);
  }
  return g_steal_pointer(&lock);
}

void
machine_lock_free(MachineLock *lock)
{
  if (lock != NULL) {
    if (lock->file >= 0) {
      close(lock->file);
    }
    g_free(lock);
  }
}
