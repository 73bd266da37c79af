/* SPDX-License-Identifier: MIT */
/* The verbs of the command line, each in its own file.
 *
 * argv[0] is the verb. `error` is never NULL; when it is set, its status counts and
 * main prints it. Results go to stdout, messages to stderr. */
#ifndef OPTREG_CLI_VERBS_H
#define OPTREG_CLI_VERBS_H

#include "support/status.h"

#include <stdbool.h>

Status list_run(int argc, char **argv, GError **error);
Status info_run(int argc, char **argv, GError **error);
Status config_run(int argc, char **argv, GError **error);
Status problems_run(int argc, char **argv, GError **error);
Status compare_run(int argc, char **argv, GError **error);
Status report_run(int argc, char **argv, GError **error);
Status new_run(int argc, char **argv, GError **error);
Status check_run(int argc, char **argv, GError **error);
Status state_run(int argc, char **argv, GError **error);
Status bench_run(int argc, char **argv, GError **error);

/* One run of a comparison, in the process that compare starts for it; not in the help.
 */
Status train_run(int argc, char **argv, GError **error);

/* Build the configuration on the default problem, as `optreg config` does, and show
 * nothing. */
bool config_try(const char *file, char *const *directories, GError **error);

/* What the verb of that name does, in one line. */
const char *verbs_doc(const char *name);

#endif
