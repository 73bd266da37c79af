/* SPDX-License-Identifier: MIT */
/* What a checkpoint holds: the chain's state, the plugin's blob, parameters if asked.
 */
#include "checkpoint/inventory.h"

#include "checkpoint/keys.h"
#include "running/slot_shapes.h"
#include "safetensors/tensor_file.h"

#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "checkpoints are little-endian: write the conversion for this machine"
#endif

static void
clear_entry(gpointer data)
{
  OptregEntry *entry = data;

  g_free((char *)entry->info.name);
  g_free((uint64_t *)entry->info.shape);
}

static void
add(OptregInventory *inventory, const char *owner, const char *role, OptregEntry entry)
{
  entry.info.name = g_strconcat(owner, "/", role, NULL);
  entry.info.role = entry.info.name + strlen(owner) + 1;
  g_array_append_val(inventory->entries, entry);
}

const char *
optreg_inventory_dtype(const OptregTensor *tensor)
{
  return tensor->type == OPTREG_TYPE_F64 ? "F64" : "F32";
}

static bool
needs_saving(const OptregEngine *engine, const OptregStateTensor *state)
{
  const OptregWrapper *accumulate = engine->chain->wrappers[OPTREG_LINK_ACCUMULATE];

  return strcmp(state->role, OPTREG_ROLE_ACCUMULATOR) != 0
         || optreg_accumulate_has_sum(accumulate, state->tensor);
}

static void
add_state(OptregInventory *inventory, const OptregEngine *engine,
          const OptregStateTensor *state)
{
  OptregTensor *tensor = &engine->tensors[state->tensor];
  const bool is_whole = state->scope == OPTREG_PER_MODEL;
  uint64_t *shape = g_new0(uint64_t, OPTREG_MAX_NDIM + 1);
  const OptregEntry entry = {
    .info = { .dtype = state->scope == OPTREG_PER_ELEMENT
                           ? optreg_inventory_dtype(tensor)
                           : "F64",
              .shape = shape,
              .ndim = optreg_shape_extents(tensor, state->shape, shape),
              .bytes = state->size,
              .data = *state->data },
    .state = state,
    .tensor = is_whole ? NULL : tensor,
    .is_used = needs_saving(engine, state),
  };

  g_autofree char *whole = is_whole ? optreg_instances_key(
                               &engine->instances, tensor->optimizer, OPTREG_WHOLE)
                                    : NULL;
  add(inventory, is_whole ? whole : tensor->name, state->role, entry);
}

/* a slot of the model stands in the chain once per parameter */
static void
add_states(OptregInventory *inventory, const OptregEngine *engine)
{
  const GArray *states = engine->chain->builder.states;
  g_autoptr(GHashTable) whole = g_hash_table_new(NULL, NULL);

  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    if (state->scope != OPTREG_PER_MODEL || g_hash_table_add(whole, *state->data)) {
      add_state(inventory, engine, state);
    }
  }
}

static void
add_parameters(OptregInventory *inventory, const OptregEngine *engine)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    OptregTensor *tensor = &engine->tensors[i];
    const OptregEntry entry = {
      .info = { .dtype = optreg_inventory_dtype(tensor),
                .shape = g_memdup2(tensor->dims, tensor->ndim * sizeof *tensor->dims),
                .ndim = tensor->ndim,
                .bytes = tensor->n * tensor->size,
                .data = tensor->data },
      .tensor = tensor,
      .is_used = true,
    };
    add(inventory, tensor->name, OPTREG_ROLE_PARAM, entry);
  }
}

static void
add_blob(OptregInventory *inventory, const OptregEngine *engine, size_t i)
{
  OptregInstance *instance = engine->instances.items[i];
  g_autofree char *owner = optreg_instances_key(&engine->instances, i, OPTREG_WHOLE);

  if (optreg_instance_descriptor(instance)->class.serialize != NULL) {
    const OptregEntry blob = {
      .info = { .dtype = "U8", .shape = g_new0(uint64_t, 1), .ndim = 1 },
      .instance = instance,
      .is_used = true,
    };
    add(inventory, owner, OPTREG_ROLE_BLOB, blob);
  }
}

OptregInventory *
optreg_inventory_new(const OptregEngine *engine, bool with_parameters)
{
  OptregInventory *inventory = g_new0(OptregInventory, 1);

  inventory->entries = g_array_new(FALSE, FALSE, sizeof(OptregEntry));
  g_array_set_clear_func(inventory->entries, clear_entry);
  inventory->blobs = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
  add_states(inventory, engine);
  if (with_parameters) {
    add_parameters(inventory, engine);
  }
  for (size_t i = 0; i < engine->instances.n; i++) {
    add_blob(inventory, engine, i);
  }
  return inventory;
}

static bool
fetch_blob(OptregInventory *inventory, OptregEntry *entry, GError **error)
{
  GByteArray *blob = optreg_instance_serialize(entry->instance, error);

  if (blob == NULL) {
    return false;
  }
  g_ptr_array_add(inventory->blobs, blob);
  entry->info.data = blob->data;
  entry->info.bytes = blob->len;
  *(uint64_t *)entry->info.shape = entry->info.bytes;
  return true;
}

bool
optreg_inventory_fetch_blobs(OptregInventory *inventory, GError **error)
{
  for (guint i = 0; i < inventory->entries->len; i++) {
    OptregEntry *entry = &g_array_index(inventory->entries, OptregEntry, i);
    if (entry->instance != NULL && !fetch_blob(inventory, entry, error)) {
      return false;
    }
  }
  return true;
}

void
optreg_inventory_free(OptregInventory *inventory)
{
  if (inventory != NULL) {
    g_array_unref(inventory->entries);
    g_ptr_array_unref(inventory->blobs);
    g_free(inventory);
  }
}

char *
optreg_inventory_show(const char *dtype, const uint64_t *shape, uint32_t ndim)
{
  GString *text = g_string_new(dtype);

  g_string_append(text, " [");
  for (uint32_t i = 0; i < ndim; i++) {
    g_string_append(text, i > 0 ? ", " : "");
    optreg_append_number(text, shape[i]);
  }
  g_string_append_c(text, ']');
  return g_string_free(text, FALSE);
}
