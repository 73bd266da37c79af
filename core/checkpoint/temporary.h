/* SPDX-License-Identifier: MIT */
/* The visible temporary files of saves: short names of one form, each locked by who
 * writes it, so that what a killed process leaves behind can be told from what is still
 * being written. */
#ifndef OPTREG_CORE_TEMPORARY_H
#define OPTREG_CORE_TEMPORARY_H

#include <glib.h>

/* A random path in the folder, newly allocated: ".optreg-1a2b3c4d.tmp". */
char *optreg_temporary_path(const char *folder);

/* A second descriptor of the open file that holds its lock until it is closed; -1 and
 * errno when there is none. Where the file system has no locks nothing is held. */
int optreg_temporary_hold(int fd);

/* Remove the temporary files in the folder that nobody holds, that are ours, and that
 * have not been written to for a minute before the file `fd` was. What cannot be
 * removed stays. */
void optreg_temporary_sweep(const char *folder, int fd);

#endif
