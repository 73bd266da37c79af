/* SPDX-License-Identifier: MIT */
/* The options of an optimizer, looked at as Keras's. */
#include "keras_source.h"

#include "support/yaml_text.h"

#include <string.h>

const char *
keras_value(const KerasSource *source, const char *name)
{
  for (size_t i = 0; i < source->n_options; i++) {
    if (source->options[i].group == NULL
        && strcmp(source->options[i].name, name) == 0) {
      return source->options[i].value;
    }
  }
  return "null";
}

char *
keras_text(const KerasSource *source, const char *name)
{
  return yaml_text(keras_value(source, name));
}

bool
keras_is_off(const KerasSource *source, const char *name)
{
  return strcmp(keras_value(source, name), "null") == 0;
}

const char *
keras_class_name(const KerasSource *source)
{
  const OptregKerasClass *row =
      optreg_keras_find_name(optreg_keras_optimizers, source->info->name);

  return row != NULL ? row->class_name : NULL;
}

const OptregKerasClass *
keras_find_schedule(GHashTable *schedule)
{
  const char *name = g_hash_table_lookup(schedule, "schedule");

  return name != NULL ? optreg_keras_find_name(optreg_keras_schedules, name) : NULL;
}
