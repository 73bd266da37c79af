/* SPDX-License-Identifier: MIT */
/* Arms and problems by the names that a document gives them. */
#ifndef OPTREG_HARNESS_EXPERIMENT_FIND_PRIVATE_H
#define OPTREG_HARNESS_EXPERIMENT_FIND_PRIVATE_H

#include "document.h"
#include "experiment.h"

/* The index of what the node names; a node that is NULL leaves it as it is. The error
 * names a near one. */
bool find_arm(const Experiment *experiment, const Document *document,
              const OptregNode *node, size_t *index, GError **error);
bool find_task(const Experiment *experiment, const Document *document,
               const OptregNode *node, size_t *index, GError **error);

/* The same for an entry whose key is the name. */
bool find_arm_of_key(const Experiment *experiment, const Document *document,
                     const OptregNode *entry, size_t *index, GError **error);

/* Append the indices (uint32_t) of the arms that match a pattern, in which '*' stands
 * for any characters. To match none is an error. */
bool find_arms(const Experiment *experiment, const Document *document,
               const OptregNode *node, GArray *found, GError **error);

#endif
