/* SPDX-License-Identifier: MIT */
/* Diagnostics in a record. */
#include "diagnostics.h"

#include "support/json_get.h"
#include "record.h"
#include "support/member.h"

#include <math.h>

static void
add_part(JsonBuilder *builder, const DiagnosticsPart *part)
{
  member_begin(builder, part->name);
  if (part->match[0] != '\0') {
    member_add_text(builder, "match", part->match);
  }
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    member_add_number(builder, quantity_name((Quantity)i), part->values[i]);
  }
  json_builder_end_object(builder);
}

void
diagnostics_to_json(const Diagnostics *diagnostics, JsonBuilder *builder)
{
  json_builder_begin_object(builder);
  member_add_count(builder, "looks", diagnostics->n_looks);
  member_add_number(builder, "loss_scale", diagnostics->loss_scale);
  member_add_count(builder, "skipped", diagnostics->skipped);
  for (size_t i = 0; i < diagnostics->n_parts; i++) {
    add_part(builder, &diagnostics->parts[i]);
  }
  json_builder_end_object(builder);
}

/* ---- reading ---- */

static void
read_part(const char *name, JsonObject *object, DiagnosticsPart *part)
{
  const char *match = json_get_text(object, "match");

  g_strlcpy(part->name, name, sizeof part->name);
  g_strlcpy(part->match, match != NULL ? match : "", sizeof part->match);
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    part->values[i] = json_get_number(object, quantity_name((Quantity)i), NAN);
  }
}

/* parts are the members that have members */
static void
read_parts(JsonObject *object, Diagnostics *diagnostics)
{
  g_autoptr(GList) names = json_object_get_members(object);

  for (GList *link = names;
       link != NULL && diagnostics->n_parts < DIAGNOSTICS_MOST_PARTS;
       link = link->next) {
    JsonNode *node = json_object_get_member(object, link->data);
    if (JSON_NODE_HOLDS_OBJECT(node)) {
      read_part(link->data, json_node_get_object(node),
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
  diagnostics->n_looks = json_get_count(object, "looks");
  diagnostics->skipped = json_get_count(object, "skipped");
  diagnostics->loss_scale = json_get_number(object, "loss_scale", NAN);
  read_parts(object, diagnostics);
}
