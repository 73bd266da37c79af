/* SPDX-License-Identifier: MIT */
/* Single values in JSON that Keras wrote. */
#ifndef OPTREG_CORE_KERAS_VALUE_H
#define OPTREG_CORE_KERAS_VALUE_H

#include "config/node.h"

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
