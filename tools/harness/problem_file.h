/* SPDX-License-Identifier: MIT */
/* Problems in shared libraries (optreg/problem.h). */
#ifndef OPTREG_HARNESS_PROBLEM_FILE_H
#define OPTREG_HARNESS_PROBLEM_FILE_H

#include "problem.h"

/* Open the library at `path` for the life of the process. Returns its classes, checked
 * and copied into this program's layout; they live as long as the process. To their
 * versions the beginning of the file's SHA-256 is added: "1.0.0+0123456789ab".
 * STATUS_USAGE, with the path and what is wrong with it. */
GPtrArray *problem_file_load(const char *path, GError **error);

#endif
