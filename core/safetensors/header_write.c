/* SPDX-License-Identifier: MIT */
/* Writing the head of a safetensors file. */
#include "safetensors/tensor_file.h"

#include "error.h"

#include <string.h>

#define DATA_ALIGNMENT 64

static void
append_string(GString *json, const char *text)
{
  g_string_append_c(json, '"');
  for (const char *plain = text;; text++, plain = text) {
    while ((guchar)*text >= 0x20 && *text != '"' && *text != '\\') {
      text++;
    }
    g_string_append_len(json, plain, text - plain);
    if (*text == '\0') {
      break;
    }
    if (*text == '"' || *text == '\\') {
      g_string_append_c(json, '\\');
      g_string_append_c(json, *text);
    } else {
      g_string_append_printf(json, "\\u%04x", (guint)*text);
    }
  }
  g_string_append_c(json, '"');
}

static void
append_metadata(GString *json, const GArray *metadata)
{
  append_string(json, "__metadata__");
  g_string_append(json, ":{");
  for (guint i = 0; i < metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(metadata, optreg_metadata, i);
    g_string_append(json, i > 0 ? "," : "");
    append_string(json, entry->key);
    g_string_append_c(json, ':');
    append_string(json, entry->value);
  }
  g_string_append_c(json, '}');
}

static void
append_tensor(GString *json, const optreg_state_info *tensor, uint64_t offset)
{
  g_string_append_c(json, ',');
  append_string(json, tensor->name);
  g_string_append(json, ":{\"dtype\":\"");
  g_string_append(json, tensor->dtype);
  g_string_append(json, "\",\"shape\":[");
  for (uint32_t i = 0; i < tensor->ndim; i++) {
    g_string_append(json, i > 0 ? "," : "");
    optreg_append_number(json, tensor->shape[i]);
  }
  g_string_append(json, "],\"data_offsets\":[");
  optreg_append_number(json, offset);
  g_string_append_c(json, ',');
  optreg_append_number(json, offset + tensor->bytes);
  g_string_append(json, "]}");
}

static void
pad(GString *head)
{
  while (head->len % DATA_ALIGNMENT != 0) {
    g_string_append_c(head, ' ');
  }
}

GString *
optreg_tensor_file_header(const GArray *tensors, const GArray *metadata, GError **error)
{
  g_autoptr(GString) head = g_string_new(NULL);
  uint64_t offset = 0, length = 0;

  g_string_append_len(head, (const char *)&length, sizeof length);
  g_string_append_c(head, '{');
  append_metadata(head, metadata);
  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    append_tensor(head, tensor, offset);
    offset += tensor->bytes;
  }
  g_string_append_c(head, '}');
  pad(head);
  length = (uint64_t)head->len - sizeof length;
  if (length > OPTREG_HEADER_MAX) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "%u tensors need a header of %" G_GUINT64_FORMAT
                " bytes, but no header may have more than %u: use fewer parameters or "
                "shorter names",
                tensors->len, length, OPTREG_HEADER_MAX);
    return NULL;
  }
  length = GUINT64_TO_LE(length);
  memcpy(head->str, &length, sizeof length);
  return g_steal_pointer(&head);
}
