/* SPDX-License-Identifier: MIT */
/* The options of an optimizer, looked at as Keras's. */
#ifndef OPTREG_CLI_KERAS_SOURCE_H
#define OPTREG_CLI_KERAS_SOURCE_H

#include "config/keras/table.h"

#include <glib.h>
#include <optreg/optreg.h>
#include <stdbool.h>

typedef struct KerasSource {
  const optreg_optimizer *optimizer;
  const optreg_optimizer_info *info;
  const optreg_option_info *options;
  size_t n_options;
} KerasSource;

/* The value outside groups; "null" also when there is no such option. */
const char *keras_value(const KerasSource *source, const char *name);

/* The same without the quotes of YAML, newly allocated. */
char *keras_text(const KerasSource *source, const char *name);
bool keras_is_off(const KerasSource *source, const char *name);

/* NULL when Keras has none. */
const char *keras_class_name(const KerasSource *source);
const OptregKerasClass *keras_find_schedule(GHashTable *schedule);

/* What Keras cannot express, a line each; empty: nothing. */
char *keras_list_problems(const KerasSource *source);

#endif
