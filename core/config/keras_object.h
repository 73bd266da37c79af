/* SPDX-License-Identifier: MIT */
/* Serialised Keras objects: {class_name, config, module, registered_name}. */
#ifndef OPTREG_CORE_KERAS_OBJECT_H
#define OPTREG_CORE_KERAS_OBJECT_H

#include "config/keras_class.h"
#include "config/node.h"

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

#endif
