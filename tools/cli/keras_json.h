/* SPDX-License-Identifier: MIT */
/* Nested JSON objects, one member a line, numbers written as they are given. */
#ifndef OPTREG_CLI_KERAS_JSON_H
#define OPTREG_CLI_KERAS_JSON_H

#include <glib.h>
#include <stdbool.h>

typedef struct KerasJson {
  GString *text;
  unsigned depth;
  bool is_first; /* in the object that is open */
} KerasJson;

/* Begin a serialised Keras object up to its config; key NULL: at the top. */
void keras_json_open(KerasJson *json, const char *key, const char *module,
                     const char *class_name);

/* End the config and the object. */
void keras_json_close(KerasJson *json);

/* A member of the config: valid JSON, or text that needs quotes. */
void keras_json_add(KerasJson *json, const char *key, const char *value);
void keras_json_add_text(KerasJson *json, const char *key, const char *text);

/* A YAML number, or a list of them, as JSON; is_real: as Python's float. Other words
 * stay. */
char *keras_json_number(const char *yaml, bool is_real);

#endif
