/* SPDX-License-Identifier: MIT */
/* From the header's text to checked tensors. */
#include "checkpoint/header_read.h"

#include "checkpoint/header_scan.h"
#include "checkpoint/memory.h"
#include "checkpoint/metadata.h"
#include "checkpoint/stored_type.h"
#include "config/settings.h"
#include "error.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* a tensor on its way in; the offset is kept where the address will be */
static uint64_t
begin_of(const optreg_state_info *tensor)
{
  return (uint64_t)(uintptr_t)tensor->data;
}

static bool
refuse(const char *name, const char *problem, GError **error)
{
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "tensor '%s': %s", name,
              problem);
  return false;
}

/* ---- single members ---- */

static bool
is_number(JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element(array, i);

  return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64;
}

/* NULL unless it is an array of whole numbers */
static JsonArray *
get_numbers(JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member(object, key);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node)) {
    return NULL;
  }
  JsonArray *array = json_node_get_array(node);
  for (guint i = 0; i < json_array_get_length(array); i++) {
    if (!is_number(array, i)) {
      return NULL;
    }
  }
  return array;
}

static const char *
get_string(JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE(node)
                 && json_node_get_value_type(node) == G_TYPE_STRING
             ? json_node_get_string(node)
             : NULL;
}

static bool
read_dtype(optreg_state_info *tensor, JsonObject *object, GError **error)
{
  const char *name = get_string(json_object_get_member(object, "dtype"));
  const OptregStoredType *type = name != NULL ? optreg_stored_type_find(name) : NULL;

  if (type == NULL) {
    return refuse(tensor->name, "dtype is missing or unknown", error);
  }
  tensor->dtype = type->name;
  return true;
}

static bool
read_shape(optreg_state_info *tensor, JsonObject *object, GError **error)
{
  JsonArray *array = get_numbers(object, "shape");

  if (array == NULL || json_array_get_length(array) > OPTREG_MAX_NDIM) {
    return refuse(tensor->name, "shape is not a list of at most 32 numbers", error);
  }
  tensor->ndim = json_array_get_length(array);
  uint64_t *shape = g_new0(uint64_t, tensor->ndim + 1);
  tensor->shape = shape;
  for (guint i = 0; i < tensor->ndim; i++) {
    shape[i] = (uint64_t)json_array_get_int_element(array, i);
  }
  return true;
}

/* bytes that dtype and shape need; false when no file is so long */
static bool
measure(const optreg_state_info *tensor, uint64_t *bytes)
{
  *bytes = optreg_stored_type_find(tensor->dtype)->size;
  for (uint32_t i = 0; i < tensor->ndim; i++) {
    if (__builtin_mul_overflow(*bytes, tensor->shape[i], bytes)) {
      return false;
    }
  }
  return true;
}

static bool
read_offsets(optreg_state_info *tensor, JsonObject *object, uint64_t data_size,
             GError **error)
{
  JsonArray *array = get_numbers(object, "data_offsets");
  uint64_t bytes;

  if (array == NULL || json_array_get_length(array) != 2) {
    return refuse(tensor->name, "data_offsets is not a list of two numbers", error);
  }
  const uint64_t begin = (uint64_t)json_array_get_int_element(array, 0);
  const uint64_t end = (uint64_t)json_array_get_int_element(array, 1);
  if (begin > end || end > data_size) {
    return refuse(tensor->name, "data_offsets lie outside the file", error);
  }
  if (!measure(tensor, &bytes) || bytes != end - begin) {
    return refuse(tensor->name, "data_offsets do not fit dtype and shape", error);
  }
  tensor->bytes = bytes;
  tensor->data = (const void *)(uintptr_t)begin;
  return true;
}

/* ---- all of them ---- */

typedef struct Reading {
  OptregTensorFile *file;
  uint64_t data_size;
  GError *error;
} Reading;

static bool
read_tensor(Reading *reading, const char *name, JsonNode *node)
{
  optreg_state_info tensor = { .name = g_strdup(name) };
  JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
  GError **error = &reading->error;
  const bool is_sound =
      object != NULL
          ? json_object_get_size(object) == 3
                || refuse(name, "it needs dtype, shape, data_offsets and nothing else",
                          error)
          : refuse(name, "it is not described by an object", error);
  const bool is_read = is_sound && read_dtype(&tensor, object, error)
                       && read_shape(&tensor, object, error)
                       && read_offsets(&tensor, object, reading->data_size, error);

  tensor.role = strrchr(tensor.name, '/') != NULL ? strrchr(tensor.name, '/') + 1 : "";
  g_array_append_val(reading->file->tensors, tensor);
  return is_read;
}

static void
read_text(JsonObject *object, const char *key, JsonNode *node, gpointer data)
{
  Reading *reading = data;
  const char *text = get_string(node);

  (void)object;
  optreg_metadata_add(reading->file->metadata, key, "", text);
  if (text == NULL && reading->error == NULL) {
    g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "metadata '%s' is not text", key);
  }
}

static void
read_member(JsonObject *object, const char *key, JsonNode *node, gpointer data)
{
  Reading *reading = data;

  (void)object;
  if (reading->error != NULL) {
    return;
  }
  if (strcmp(key, "__metadata__") != 0) {
    read_tensor(reading, key, node);
  } else if (JSON_NODE_HOLDS_OBJECT(node)) {
    json_object_foreach_member(json_node_get_object(node), read_text, reading);
  } else {
    g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "__metadata__ is not an object");
  }
}

static int
compare_offsets(gconstpointer a, gconstpointer b)
{
  const optreg_state_info *left = a, *right = b;
  const uint64_t left_key[] = { begin_of(left), left->bytes };
  const uint64_t right_key[] = { begin_of(right), right->bytes };

  for (int i = 0; i < 2; i++) {
    if (left_key[i] != right_key[i]) {
      return left_key[i] < right_key[i] ? -1 : 1;
    }
  }
  return strcmp(left->name, right->name);
}

/* one after the other, without holes, up to the end */
static bool
check_places(const GArray *tensors, uint64_t data_size, GError **error)
{
  uint64_t end = 0;

  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    if (begin_of(tensor) != end) {
      return refuse(tensor->name,
                    begin_of(tensor) < end ? "it overlaps another tensor"
                                           : "there is a hole before it",
                    error);
    }
    end += tensor->bytes;
  }
  if (end != data_size) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "%" G_GUINT64_FORMAT " bytes behind the last tensor belong to none",
                data_size - end);
    return false;
  }
  return true;
}

static bool
arrange(Reading *reading)
{
  OptregTensorFile *file = reading->file;

  if (reading->error != NULL) {
    return false;
  }
  optreg_metadata_sort(file->metadata);
  g_array_sort(file->tensors, compare_offsets);
  for (guint i = 0; i < file->tensors->len; i++) {
    g_hash_table_insert(file->by_name,
                        (char *)g_array_index(file->tensors, optreg_state_info, i).name,
                        GSIZE_TO_POINTER(i));
  }
  return check_places(file->tensors, reading->data_size, &reading->error);
}

/* memory for every stage before it begins, since GLib aborts where there is none */
static bool
prepare(const char *text, size_t length, GError **error)
{
  const uint64_t scan_size = optreg_memory_of_entries(0, 0) + 16 * (uint64_t)length;
  uint64_t tree_size = 0;

  return optreg_memory_prove(scan_size, "the scan of the header", error)
         && optreg_header_scan(text, length, &tree_size, error)
         && optreg_memory_prove(optreg_memory_of_entries(0, 0) + tree_size,
                                "the tree of the header", error);
}

OptregTensorFile *
optreg_header_read(const char *text, size_t length, uint64_t data_size, GError **error)
{
  if (!prepare(text, length, error)) {
    return NULL;
  }
  g_autoptr(OptregTensorFile) file = optreg_tensor_file_new();
  Reading reading = { file, data_size, NULL };
  file->header_size = length;
  g_autoptr(JsonParser) parser = json_parser_new_immutable();
  if (!json_parser_load_from_data(parser, text, (gssize)length, &reading.error)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "header: %s",
                reading.error->message);
    g_error_free(reading.error);
    return NULL;
  }
  json_object_foreach_member(json_node_get_object(json_parser_get_root(parser)),
                             read_member, &reading);
  if (!arrange(&reading)) {
    g_propagate_error(error, reading.error);
    return NULL;
  }
  return g_steal_pointer(&file);
}

void
optreg_header_place(OptregTensorFile *file, const guint8 *data)
{
  file->data = data;
  for (guint i = 0; i < file->tensors->len; i++) {
    optreg_state_info *tensor = &g_array_index(file->tensors, optreg_state_info, i);
    tensor->data = data + begin_of(tensor);
  }
}
