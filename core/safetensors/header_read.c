/* SPDX-License-Identifier: MIT */
/* From the header's text to checked tensors. */
#include "safetensors/header.h"

#include "config/settings.h"
#include "error.h"
#include "proof.h"
#include "safetensors/metadata.h"

#include <string.h>

/* what is known of a file while its header is read */
typedef struct Reading {
  OptregTensorFile *file;
  uint64_t data_size;
  GError *error; /* the first tensor or text that is wrong */
} Reading;

/* A tensor on its way in holds numbers where its addresses will be: the offset of its
 * data, and the place of its extents in a list that still grows. */
static uint64_t
begin_of(const optreg_state_info *tensor)
{
  return (uint64_t)(uintptr_t)tensor->data;
}

static bool
refuse(Reading *reading, const char *name, const char *problem)
{
  g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "tensor '%s': %s",
              name, problem);
  return false;
}

/* ---- single members ---- */

/* NULL unless it is of that kind */
static const OptregHeaderMember *
get(const OptregHeaderMember *object, const char *key, OptregHeaderKind kind)
{
  for (size_t i = 0; i < object->n; i++) {
    const OptregHeaderMember *member = &object->members[i];
    if (strcmp(member->key, key) == 0) {
      return member->kind == kind ? member : NULL;
    }
  }
  return NULL;
}

static bool
read_dtype(Reading *reading, optreg_state_info *tensor,
           const OptregHeaderMember *object)
{
  const OptregHeaderMember *dtype = get(object, "dtype", OPTREG_HEADER_TEXT);

  tensor->dtype = dtype != NULL ? optreg_dtype_find(dtype->text) : NULL;
  return tensor->dtype != NULL
         || refuse(reading, tensor->name, "dtype is missing or unknown");
}

static bool
read_shape(Reading *reading, optreg_state_info *tensor,
           const OptregHeaderMember *object)
{
  const OptregHeaderMember *shape = get(object, "shape", OPTREG_HEADER_NUMBERS);
  GArray *extents = reading->file->extents;

  if (shape == NULL || shape->n > OPTREG_MAX_NDIM) {
    return refuse(reading, tensor->name, "shape is not a list of at most 32 numbers");
  }
  tensor->ndim = (uint32_t)shape->n;
  tensor->shape = (const uint64_t *)(uintptr_t)extents->len;
  if (shape->n > 0) {
    g_array_append_vals(extents, shape->numbers, (guint)shape->n);
  }
  return true;
}

/* bytes that dtype and shape need; false when no file is so long */
static bool
measure(const char *dtype, const OptregHeaderMember *shape, uint64_t *bytes)
{
  *bytes = optreg_dtype_size(dtype);
  for (size_t i = 0; i < shape->n; i++) {
    if (__builtin_mul_overflow(*bytes, shape->numbers[i], bytes)) {
      return false;
    }
  }
  return true;
}

static bool
read_offsets(Reading *reading, optreg_state_info *tensor,
             const OptregHeaderMember *object)
{
  const OptregHeaderMember *shape = get(object, "shape", OPTREG_HEADER_NUMBERS);
  const OptregHeaderMember *offsets =
      get(object, "data_offsets", OPTREG_HEADER_NUMBERS);
  uint64_t bytes;

  if (offsets == NULL || offsets->n != 2) {
    return refuse(reading, tensor->name, "data_offsets is not a list of two numbers");
  }
  const uint64_t begin = offsets->numbers[0], end = offsets->numbers[1];
  if (begin > end || end > reading->data_size) {
    return refuse(reading, tensor->name, "data_offsets lie outside the file");
  }
  if (!measure(tensor->dtype, shape, &bytes) || bytes != end - begin) {
    return refuse(reading, tensor->name, "data_offsets do not fit dtype and shape");
  }
  tensor->bytes = bytes;
  tensor->data = (const void *)(uintptr_t)begin;
  return true;
}

/* ---- all of them ---- */

static bool
check_object(Reading *reading, const OptregHeaderMember *member)
{
  if (member->kind != OPTREG_HEADER_OBJECT) {
    return refuse(reading, member->key, "it is not described by an object");
  }
  return member->n == 3
         || refuse(reading, member->key,
                   "it needs dtype, shape, data_offsets and nothing else");
}

static void
read_tensor(Reading *reading, const OptregHeaderMember *member)
{
  const char *slash = strrchr(member->key, '/');
  optreg_state_info tensor = { .name = member->key,
                               .role = slash != NULL ? slash + 1 : "" };

  if (check_object(reading, member) && read_dtype(reading, &tensor, member)
      && read_shape(reading, &tensor, member)
      && read_offsets(reading, &tensor, member)) {
    g_array_append_val(reading->file->tensors, tensor);
  }
}

static void
read_metadata(Reading *reading, const OptregHeaderMember *object)
{
  if (object->kind != OPTREG_HEADER_OBJECT) {
    g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "__metadata__ is not an object");
    return;
  }
  for (size_t i = 0; i < object->n; i++) {
    const OptregHeaderMember *member = &object->members[i];
    const optreg_metadata entry = { member->key, member->text };
    if (member->kind != OPTREG_HEADER_TEXT) {
      g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                  "metadata '%s' is not text", member->key);
      return;
    }
    g_array_append_val(reading->file->metadata, entry);
  }
}

/* nothing is read behind what is wrong, but scanned: broken JSON is the graver word */
static void
read_member(void *self, const OptregHeaderMember *member)
{
  Reading *reading = self;

  if (reading->error != NULL) {
    return;
  }
  if (strcmp(member->key, "__metadata__") == 0) {
    read_metadata(reading, member);
  } else {
    read_tensor(reading, member);
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
check_places(Reading *reading)
{
  const GArray *tensors = reading->file->tensors;
  uint64_t end = 0;

  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    if (begin_of(tensor) != end) {
      return refuse(reading, tensor->name,
                    begin_of(tensor) < end ? "it overlaps another tensor"
                                           : "there is a hole before it");
    }
    end += tensor->bytes;
  }
  if (end != reading->data_size) {
    g_set_error(&reading->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "%" G_GUINT64_FORMAT " bytes behind the last tensor belong to none",
                reading->data_size - end);
    return false;
  }
  return true;
}

static void
place_shapes(OptregTensorFile *file)
{
  static const uint64_t none[1] = { 0 };

  for (guint i = 0; i < file->tensors->len; i++) {
    optreg_state_info *tensor = &g_array_index(file->tensors, optreg_state_info, i);
    tensor->shape = tensor->ndim == 0 ? none
                                      : &g_array_index(file->extents, uint64_t,
                                                       (uintptr_t)tensor->shape);
  }
}

static bool
arrange(Reading *reading)
{
  OptregTensorFile *file = reading->file;

  if (reading->error != NULL) {
    return false;
  }
  optreg_metadata_sort(file->metadata);
  optreg_list_sort(file->tensors, compare_offsets);
  place_shapes(file);
  return check_places(reading);
}

OptregTensorFile *
optreg_header_read(const char *text, size_t length, uint64_t data_size, GError **error)
{
  if (!optreg_memory_prove(optreg_header_memory(text, length), "reading the header",
                           error)) {
    return NULL;
  }
  g_autoptr(OptregTensorFile) file = optreg_tensor_file_new(length);
  Reading reading = { file, data_size, NULL };

  if (!optreg_header_scan(text, length, file->texts,
                          (OptregHeaderVisitor){ read_member, &reading }, error)) {
    g_clear_error(&reading.error);
    return NULL;
  }
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
