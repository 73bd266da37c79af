/* SPDX-License-Identifier: MIT */
/* Diagnostics in a record. */
#include "diagnostics.h"

#include "record.h"

#include <math.h>

static void
add_part(JsonBuilder *builder, const DiagnosticsPart *part)
{
  json_builder_begin_object(builder);
  record_add_text(builder, "name", part->name);
  if (part->match[0] != '\0') {
    record_add_text(builder, "match", part->match);
  }
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    record_add_number(builder, quantity_name((Quantity)i), part->values[i]);
  }
  json_builder_end_object(builder);
}

void
diagnostics_to_json(const Diagnostics *diagnostics, JsonBuilder *builder)
{
  json_builder_begin_object(builder);
  record_add_count(builder, "looks", diagnostics->n_looks);
  record_add_number(builder, "loss_scale", diagnostics->loss_scale);
  record_add_count(builder, "skipped", diagnostics->skipped);
  json_builder_set_member_name(builder, "parts");
  json_builder_begin_array(builder);
  for (size_t i = 0; i < diagnostics->n_parts; i++) {
    add_part(builder, &diagnostics->parts[i]);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}

/* ---- reading ---- */

static void
read_part(JsonObject *object, DiagnosticsPart *part)
{
  const char *name = json_object_get_string_member_with_default(object, "name", "");
  const char *match = json_object_get_string_member_with_default(object, "match", "");

  g_strlcpy(part->name, name != NULL ? name : "", sizeof part->name);
  g_strlcpy(part->match, match != NULL ? match : "", sizeof part->match);
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    part->values[i] = json_object_get_double_member_with_default(
        object, quantity_name((Quantity)i), NAN);
  }
}

static void
read_parts(JsonArray *array, Diagnostics *diagnostics)
{
  const guint n = json_array_get_length(array);

  for (guint i = 0; i < MIN(n, (guint)DIAGNOSTICS_MOST_PARTS); i++) {
    JsonNode *node = json_array_get_element(array, i);
    if (JSON_NODE_HOLDS_OBJECT(node)) {
      read_part(json_node_get_object(node),
                &diagnostics->parts[diagnostics->n_parts++]);
    }
  }
}

void
diagnostics_from_json(JsonObject *object, Diagnostics *diagnostics)
{
  *diagnostics = (Diagnostics){ 0 };
  if (object == NULL) {
    return;
  }
  diagnostics->n_looks =
      (uint64_t)json_object_get_int_member_with_default(object, "looks", 0);
  diagnostics->skipped =
      (uint64_t)json_object_get_int_member_with_default(object, "skipped", 0);
  diagnostics->loss_scale =
      json_object_get_double_member_with_default(object, "loss_scale", NAN);
  JsonNode *parts = json_object_get_member(object, "parts");
  if (parts != NULL && JSON_NODE_HOLDS_ARRAY(parts)) {
    read_parts(json_node_get_array(parts), diagnostics);
  }
}
