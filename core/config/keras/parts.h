/* SPDX-License-Identifier: MIT */
/* What the translation of a serialised Keras optimizer is made of. */
#ifndef OPTREG_CORE_KERAS_PARTS_H
#define OPTREG_CORE_KERAS_PARTS_H

#include "config/keras/table.h"
#include "config/node.h"

/* ---- objects: {class_name, config, module, registered_name} ---- */

/* A serialised object whose class is known; all owned by the tree or static. */
typedef struct OptregKerasObject {
  const OptregKerasClass *class;
  OptregNode *class_node; /* the value of class_name */
  OptregNode *config;     /* a mapping */
} OptregKerasObject;

/* Check a serialised object and find its class in `table`; `what` stands in errors,
 * "optimizer". */
bool optreg_keras_open(OptregNode *node, const OptregKerasClass *table,
                       const char *what, const char *source, OptregKerasObject *object,
                       GError **error);

/* Refuse keys of the config that the class does not have. `more` are other keys that it
 * has, or "". */
bool optreg_keras_check_keys(const OptregKerasObject *object, const char *more,
                             const char *source, GError **error);

/* ---- the config of an optimizer as native options ---- */

/* Check the object's config and move what has an effect into the mapping `native`.
 * is_scaled: inside LossScaleOptimizer, which switches loss_scale_factor off. */
bool optreg_keras_move_options(const OptregKerasObject *object, bool is_scaled,
                               OptregNode *native, const char *source, GError **error);

/* ---- a schedule as a native one ---- */

/* Turn the value of learning_rate, a mapping or list, into {schedule: NAME, ...,
 * counter: micro_step} in place. Functions are refused: they are not in the file. */
bool optreg_keras_translate_schedule(OptregNode *rate, const char *source,
                                     GError **error);

/* ---- single values ---- */

/* A number without quotes. */
bool optreg_keras_is_number(const OptregNode *node, double *value);

/* The entry is there and a number that is at most `limit`. */
bool optreg_keras_is_at_most(const OptregNode *mapping, const char *key, double limit);

/* Remove an entry, if it is there. */
void optreg_keras_drop(OptregNode *mapping, const char *key);

/* Cut a number to a whole one, as Python's int(); other text stays. NULL is permitted.
 */
void optreg_keras_truncate(OptregNode *node);

/* The same where nothing is cut: 2.0 becomes 2, 2.5 stays. */
void optreg_keras_write_whole(OptregNode *node);

/* Refuse a value, or an element of a list, in quotes: JSON means text by it. */
bool optreg_keras_check_quotes(const OptregNode *entry, const char *source,
                               GError **error);

#endif
