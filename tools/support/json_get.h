/* SPDX-License-Identifier: MIT */
/* Members of JSON that somebody may have changed: what is not there, or is of another
 * kind, is as if it were not there. `object` may be NULL everywhere. */
#ifndef OPTREG_TOOLS_JSON_GET_H
#define OPTREG_TOOLS_JSON_GET_H

#include <json-glib/json-glib.h>
#include <stdint.h>

/* NULL without one; owned by `object`. */
JsonNode *json_get_value(JsonObject *object, const char *name);
JsonObject *json_get_object(JsonObject *object, const char *name);
JsonArray *json_get_array(JsonObject *object, const char *name);

/* How many elements, 0 for NULL, and the object at a place, or NULL. */
guint json_get_length(JsonArray *array);
JsonObject *json_get_element(JsonArray *array, guint i);

const char *json_get_text(JsonObject *object, const char *name); /* "" without one */
double json_get_number(JsonObject *object, const char *name, double otherwise);
uint64_t json_get_count(JsonObject *object, const char *name); /* 0 without one */

#endif
