/* SPDX-License-Identifier: MIT */
/* Saving: state where it lies, behind a header that describes it. */
#include "checkpoint/save.h"

#include "checkpoint/checksum.h"
#include "checkpoint/description.h"
#include "checkpoint/inventory.h"
#include "checkpoint/memory.h"
#include "safetensors/metadata.h"
#include "error.h"

#include <string.h>

/* a file in the making: pieces that follow one another */
typedef struct Draft {
  OptregInventory *inventory;
  GArray *tensors; /* optreg_state_info */
  GString *head;
  GArray *pieces; /* OptregPiece */
} Draft;

GArray *
optreg_save_list(const GArray *entries)
{
  GArray *tensors = g_array_new(FALSE, FALSE, sizeof(optreg_state_info));

  for (guint i = 0; i < entries->len; i++) {
    const OptregEntry *entry = &g_array_index(entries, OptregEntry, i);
    if (entry->is_used) {
      g_array_append_val(tensors, entry->info);
    }
  }
  optreg_tensor_file_sort(tensors);
  return tensors;
}

static GString *
describe(const OptregEngine *engine, const GArray *tensors, GError **error)
{
  g_autoptr(GArray) metadata = optreg_description_new(engine);

  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    g_autofree char *checksum = optreg_checksum_of_tensor(tensor);
    optreg_metadata_add(metadata, OPTREG_CHECKSUM_OF, tensor->name, checksum);
  }
  optreg_metadata_sort(metadata);
  g_autofree char *checksum = optreg_checksum_of_header(tensors, metadata);
  optreg_metadata_insert(metadata, OPTREG_CHECKSUM_KEY, checksum);
  return optreg_tensor_file_header(tensors, metadata, error);
}

static void
add_piece(Draft *draft, const void *bytes, size_t size)
{
  const OptregPiece piece = { bytes, size };

  g_array_append_val(draft->pieces, piece);
}

bool
optreg_save_prove_memory(const OptregEngine *engine, GError **error)
{
  return optreg_memory_prove(optreg_memory_of_model(engine),
                             "a list of what is to be saved", error);
}

static bool
draft_init(Draft *draft, const OptregEngine *engine, bool with_parameters,
           GError **error)
{
  *draft = (Draft){ 0 };
  if (!optreg_save_prove_memory(engine, error)) {
    return false;
  }
  draft->inventory = optreg_inventory_new(engine, with_parameters);
  if (!optreg_inventory_fetch_blobs(draft->inventory, error)
      || !optreg_save_prove_memory(engine, error)) {
    return false;
  }
  draft->tensors = optreg_save_list(draft->inventory->entries);
  draft->head = describe(engine, draft->tensors, error);
  if (draft->head == NULL) {
    return false;
  }
  draft->pieces = g_array_new(FALSE, FALSE, sizeof(OptregPiece));
  add_piece(draft, draft->head->str, draft->head->len);
  for (guint i = 0; i < draft->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(draft->tensors, optreg_state_info, i);
    add_piece(draft, tensor->data, (size_t)tensor->bytes);
  }
  return true;
}

static void
draft_clear(Draft *draft)
{
  g_clear_pointer(&draft->pieces, g_array_unref);
  g_clear_pointer(&draft->tensors, g_array_unref);
  optreg_inventory_free(draft->inventory);
  if (draft->head != NULL) {
    g_string_free(draft->head, TRUE);
  }
}

bool
optreg_save_to_file(const OptregEngine *engine, const OptregFileCalls *calls,
                    const char *path, bool with_parameters, GError **error)
{
  Draft draft;
  const bool is_saved =
      draft_init(&draft, engine, with_parameters, error)
      && optreg_file_replace(calls, path,
                             (const OptregPiece *)(const void *)draft.pieces->data,
                             draft.pieces->len, error);

  draft_clear(&draft);
  return is_saved;
}

static void *
join(const GArray *pieces, size_t *size, GError **error)
{
  *size = 0;
  for (guint i = 0; i < pieces->len; i++) {
    *size += g_array_index(pieces, OptregPiece, i).size;
  }
  char *memory = g_try_malloc(*size);
  if (memory == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY,
                "out of memory: the checkpoint has %zu bytes", *size);
    return NULL;
  }
  size_t offset = 0;
  for (guint i = 0; i < pieces->len; i++) {
    const OptregPiece *piece = &g_array_index(pieces, OptregPiece, i);
    if (piece->size > 0) {
      memcpy(memory + offset, piece->bytes, piece->size);
    }
    offset += piece->size;
  }
  return memory;
}

void *
optreg_save_to_memory(const OptregEngine *engine, bool with_parameters, size_t *size,
                      GError **error)
{
  Draft draft;
  void *memory = draft_init(&draft, engine, with_parameters, error)
                     ? join(draft.pieces, size, error)
                     : NULL;

  draft_clear(&draft);
  return memory;
}
