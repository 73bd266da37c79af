/* SPDX-License-Identifier: MIT */
/* The one table of what is called how in Keras and here: the classes that have an
 * equivalent, and the keys of their configs in Keras's order. The command line writes
 * by it, too. */
#ifndef OPTREG_CORE_KERAS_TABLE_H
#define OPTREG_CORE_KERAS_TABLE_H

#include <stdbool.h>

typedef struct OptregKerasClass {
  const char *class_name;
  const char *name; /* of the plugin or the schedule here */
  const char *keys; /* of its config, separated by spaces; base options not repeated */
  const char *default_name; /* what a schedule calls itself; NULL for others */
} OptregKerasClass;

/* Tables that end with a row of NULL. */
extern const OptregKerasClass optreg_keras_optimizers[];
extern const OptregKerasClass optreg_keras_loss_scales[];
extern const OptregKerasClass optreg_keras_schedules[];

/* Keys of every optimizer, in Keras's order. */
extern const char *const optreg_keras_base_keys;

/* Whether a list of words separated by spaces has the word. */
bool optreg_keras_has_word(const char *words, const char *word);

/* The row of that class name, in any case as keras.optimizers.deserialize, or NULL. */
const OptregKerasClass *optreg_keras_find(const OptregKerasClass *table,
                                          const char *class_name);

/* The row of what is called so here, or NULL. */
const OptregKerasClass *optreg_keras_find_name(const OptregKerasClass *table,
                                               const char *name);

#endif
