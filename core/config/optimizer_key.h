/* SPDX-License-Identifier: MIT */
/* The key `optimizer`, of the model and of groups: a name, and whose it is. */
#ifndef OPTREG_CORE_OPTIMIZER_KEY_H
#define OPTREG_CORE_OPTIMIZER_KEY_H

#include "config/node.h"
#include "loading/descriptor.h"

/* Where optimizers are found: the same descriptor for the same name. NULL with an error
 * that has no place. */
typedef struct OptregFinder {
  const OptregDescriptor *(*find)(void *context, const char *name, GError **error);
  void *context;
} OptregFinder;

/* The name that a node holds, owned by the tree; NULL with OPTREG_ERROR_CONFIG. */
const char *optreg_optimizer_key_read(const OptregNode *node, const char *source,
                                      GError **error);

/* The optimizer that it names; NULL with the error of either, and its place. */
const OptregDescriptor *optreg_optimizer_key_find(const OptregNode *node,
                                                  const char *source,
                                                  const OptregFinder *finder,
                                                  GError **error);

#endif
