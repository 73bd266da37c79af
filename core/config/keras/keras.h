/* SPDX-License-Identifier: MIT */
/* Configurations as Keras serialises them: a tree of JSON to a native tree. */
#ifndef OPTREG_CORE_KERAS_H
#define OPTREG_CORE_KERAS_H

#include "config/node.h"

/* Translate what keras.optimizers.serialize() writes; a native tree is returned as it
 * is. Takes `tree` over; NULL gives NULL. Every node keeps the place of the JSON that
 * it came from, so errors found later point there. NULL with OPTREG_ERROR_CONFIG for
 * what has no equivalent and for what Keras itself refuses. */
OptregNode *optreg_keras_translate(OptregNode *tree, const char *source,
                                   GError **error);

#endif
