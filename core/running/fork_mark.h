/* SPDX-License-Identifier: MIT */
/* Whether this process is the one that made something, or a child that inherited it. No
 * GLib here. */
#ifndef OPTREG_CORE_FORK_MARK_H
#define OPTREG_CORE_FORK_MARK_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct OptregForkMark {
  volatile unsigned char *page; /* NULL: the kernel is older than 4.14 */
  pid_t process;                /* then this has to do */
} OptregForkMark;

/* Mark this process. In a child that inherited a mark: mark the child with it. */
void optreg_fork_mark_set(OptregForkMark *mark);
void optreg_fork_mark_clear(OptregForkMark *mark);

/* True in every child with memory of its own, whoever made it: also by clone() past the
 * C library, and in another PID namespace, where it may have its parent's number. */
bool optreg_fork_mark_is_inherited(const OptregForkMark *mark);

#endif
