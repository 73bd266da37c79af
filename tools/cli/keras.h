/* SPDX-License-Identifier: MIT */
/* A configuration as Keras would serialise it. */
#ifndef OPTREG_CLI_KERAS_H
#define OPTREG_CLI_KERAS_H

#include "support/status.h"

#include <stdbool.h>

/* Print the JSON that keras.optimizers.serialize() would write for the configuration
 * `file`. STATUS_USAGE with everything that Keras cannot express. */
bool keras_print(const char *file, char *const *directories, GError **error);

#endif
