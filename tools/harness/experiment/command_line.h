/* SPDX-License-Identifier: MIT */
/* The command line as a document: an experiment file with changes, or one made of
 * configurations. */
#ifndef OPTREG_HARNESS_EXPERIMENT_COMMAND_LINE_H
#define OPTREG_HARNESS_EXPERIMENT_COMMAND_LINE_H

#include "document.h"
#include "experiment.h"

/* Owned by the caller. Errors: STATUS_USAGE. */
Document *command_line_open(const ExperimentArguments *arguments, GError **error);

#endif
