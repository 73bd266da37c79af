/* SPDX-License-Identifier: MIT */
/* Shadows in a line of a run's log. */
#include "record.h"

#include "support/member.h"

#include <math.h>

static void
add_shadow(JsonBuilder *builder, const ShadowRecord *shadow, const char *name)
{
  json_builder_begin_object(builder);
  member_add_text(builder, "candidate", name);
  member_add_count(builder, "steps", shadow->steps);
  member_add_number(builder, "cosine", shadow->cosine);
  member_add_number(builder, "rms_ratio", shadow->rms_ratio);
  member_add_number(builder, "decrease", shadow->decrease);
  member_add_number(builder, "live_decrease", shadow->live_decrease);
  member_begin(builder, "clock");
  member_add_number(builder, "ns", shadow->ns);
  member_add_number(builder, "live_ns", shadow->live_ns);
  json_builder_end_object(builder);
  json_builder_end_object(builder);
}

void
record_add_shadows(JsonBuilder *builder, const Record *record, const char *const *names)
{
  member_begin_array(builder, "shadow");
  for (size_t i = 0; i < record->n_shadows; i++) {
    add_shadow(builder, &record->shadows[i], names[i]);
  }
  json_builder_end_array(builder);
}

static double
get_number(JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : NAN;
}

static ShadowRecord
read_shadow(JsonObject *object)
{
  JsonNode *clock = json_object_get_member(object, "clock");
  JsonObject *times = clock != NULL && JSON_NODE_HOLDS_OBJECT(clock)
                          ? json_node_get_object(clock)
                          : NULL;

  return (ShadowRecord){
    .steps = (uint64_t)json_object_get_int_member_with_default(object, "steps", 0),
    .cosine = get_number(object, "cosine"),
    .rms_ratio = get_number(object, "rms_ratio"),
    .decrease = get_number(object, "decrease"),
    .live_decrease = get_number(object, "live_decrease"),
    .ns = get_number(times, "ns"),
    .live_ns = get_number(times, "live_ns"),
  };
}

void
record_read_shadows(JsonObject *object, Record *record)
{
  JsonNode *node = json_object_get_member(object, "shadow");
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  const guint n = array != NULL ? json_array_get_length(array) : 0;

  for (guint i = 0; i < MIN(n, (guint)RECORD_MOST_SHADOWS); i++) {
    JsonNode *element = json_array_get_element(array, i);
    if (!JSON_NODE_HOLDS_OBJECT(element)) {
      return;
    }
    record->shadows[record->n_shadows++] = read_shadow(json_node_get_object(element));
  }
}
