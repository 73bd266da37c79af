/* SPDX-License-Identifier: MIT */
/* The config of a serialised Keras optimizer as native options. */
#ifndef OPTREG_CORE_KERAS_OPTIONS_H
#define OPTREG_CORE_KERAS_OPTIONS_H

#include "config/keras_object.h"

/* Check the object's config and move what has an effect into the mapping `native`.
 * is_scaled: inside LossScaleOptimizer, which switches loss_scale_factor off. */
bool optreg_keras_move_options(const OptregKerasObject *object, bool is_scaled,
                               OptregNode *native, const char *source, GError **error);

#endif
