/* SPDX-License-Identifier: MIT */
/* Shadows in a line of a run's log. */
#include "record.h"

#include "support/json_get.h"
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

static ShadowRecord
read_shadow(JsonObject *object)
{
  JsonObject *times = json_get_object(object, "clock");

  return (ShadowRecord){
    .steps = json_get_count(object, "steps"),
    .cosine = json_get_number(object, "cosine", NAN),
    .rms_ratio = json_get_number(object, "rms_ratio", NAN),
    .decrease = json_get_number(object, "decrease", NAN),
    .live_decrease = json_get_number(object, "live_decrease", NAN),
    .ns = json_get_number(times, "ns", NAN),
    .live_ns = json_get_number(times, "live_ns", NAN),
  };
}

void
record_read_shadows(JsonObject *object, Record *record)
{
  JsonArray *array = json_get_array(object, "shadow");
  const guint n = json_get_length(array);

  for (guint i = 0; i < MIN(n, (guint)RECORD_MOST_SHADOWS); i++) {
    JsonObject *shadow = json_get_element(array, i);
    if (shadow == NULL) {
      return;
    }
    record->shadows[record->n_shadows++] = read_shadow(shadow);
  }
}
