/* SPDX-License-Identifier: MIT */
/* What a program inherits from whoever started it, put in order. */
#include "startup.h"

#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* a new descriptor is the lowest that is free, so all below it are open */
static void
open_standard_files(void)
{
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    const int mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF
        && open("/dev/null", mode) != descriptor) {
      _exit(STATUS_FAILED);
    }
  }
}

static void
wait_for_children(void)
{
  sigset_t child;

  signal(SIGCHLD, SIG_DFL);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_UNBLOCK, &child, NULL);
}

void
startup_put_in_order(void)
{
  open_standard_files();
  wait_for_children();
}
