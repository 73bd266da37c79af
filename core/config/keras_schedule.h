/* SPDX-License-Identifier: MIT */
/* A serialised Keras schedule as a native one. */
#ifndef OPTREG_CORE_KERAS_SCHEDULE_H
#define OPTREG_CORE_KERAS_SCHEDULE_H

#include "config/node.h"

/* Turn the value of learning_rate, a mapping or list, into {schedule: NAME, ...,
 * counter: micro_step} in place. Functions are refused: they are not in the file. */
bool optreg_keras_translate_schedule(OptregNode *rate, const char *source,
                                     GError **error);

#endif
