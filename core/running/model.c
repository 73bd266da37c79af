/* SPDX-License-Identifier: MIT */
/* The parameters: what they are and whether they can be trained together. */
#include "model.h"

#include "config/settings.h"
#include "error.h"
#include "running/ranges.h"

#include <string.h>

struct OptregModel {
  GArray *tensors;
  size_t *by_name;
  OptregRanges *ranges; /* of the data, once checked; NULL: added to, or moved */
  size_t n_missing;     /* gradients */
};

static void
clear_tensor(gpointer data)
{
  OptregTensor *tensor = data;

  g_free((char *)tensor->name);
  g_free((uint64_t *)tensor->dims);
}

OptregModel *
optreg_model_new(void)
{
  OptregModel *model = g_new0(OptregModel, 1);

  model->tensors = g_array_new(FALSE, TRUE, sizeof(OptregTensor));
  g_array_set_clear_func(model->tensors, clear_tensor);
  return model;
}

void
optreg_model_free(OptregModel *model)
{
  if (model != NULL) {
    g_array_unref(model->tensors);
    g_free(model->by_name);
    optreg_ranges_free(model->ranges);
    g_free(model);
  }
}

static bool
refuse(GError **error, const char *name, const char *what)
{
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT, "parameter '%s': %s", name,
              what);
  return false;
}

static bool
check_name(const char *name, GError **error)
{
  if (name == NULL || name[0] == '\0') {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "a parameter needs a name: patterns and checkpoints use it");
    return false;
  }
  return g_utf8_validate(name, -1, NULL) ? true
                                         : refuse(error, name, "the name is not UTF-8");
}

/* false when the product does not fit */
static bool
count_elements(const uint64_t *shape, uint32_t ndim, size_t size, uint64_t *n)
{
  uint64_t bytes;

  *n = 1;
  for (uint32_t i = 0; i < ndim; i++) {
    if (__builtin_mul_overflow(*n, shape[i], n)) {
      return false;
    }
  }
  return !__builtin_mul_overflow(*n, size, &bytes) && bytes <= SIZE_MAX / 2;
}

static bool
check_pointer(const OptregTensor *tensor, const void *pointer, const char *what,
              GError **error)
{
  const size_t size = tensor->codec->size;

  if ((uintptr_t)pointer % size != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "parameter '%s': %s must be aligned to %zu bytes, the size of %s",
                tensor->name, what, size, tensor->codec->name);
    return false;
  }
  if ((uintptr_t)pointer > UINTPTR_MAX - tensor->n * size) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "parameter '%s': %s and its shape reach beyond the end of memory",
                tensor->name, what);
    return false;
  }
  return true;
}

static bool
check_tensor(const OptregTensor *tensor, GError **error)
{
  if (tensor->data == NULL && tensor->n > 0) {
    return refuse(error, tensor->name, "data is NULL");
  }
  return check_pointer(tensor, tensor->data, "data", error)
         && check_pointer(tensor, tensor->grad, "the gradient", error);
}

bool
optreg_model_add(OptregModel *model, const char *name, uint32_t dtype,
                 const uint64_t *shape, uint32_t ndim, void *data, const void *grad,
                 GError **error)
{
  OptregTensor tensor = {
    .name = name,
    .codec = optreg_codec_find(dtype),
    .dtype = dtype,
    .ndim = ndim,
    .data = data,
    .grad = grad,
    .index = model->tensors->len,
  };

  if (!check_name(name, error)) {
    return false;
  }
  if (tensor.codec == NULL) {
    return refuse(error, name, "this version trains f32 and f64 parameters only");
  }
  tensor.type = dtype == OPTREG_F64 ? OPTREG_TYPE_F64 : OPTREG_TYPE_F32;
  tensor.size = dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
  if (ndim > OPTREG_MAX_NDIM || (ndim > 0 && shape == NULL)) {
    return refuse(error, name, "the shape has more than 32 extents or is NULL");
  }
  if (!count_elements(shape, ndim, tensor.codec->size, &tensor.n)) {
    return refuse(error, name, "the shape has more elements than memory has");
  }
  if (!check_tensor(&tensor, error)) {
    return false;
  }
  g_clear_pointer(&model->ranges, optreg_ranges_free);
  tensor.name = g_strdup(name);
  tensor.dims = g_memdup2(shape, ndim * sizeof *shape);
  g_array_append_val(model->tensors, tensor);
  model->n_missing += grad == NULL;
  return true;
}

OptregTensor *
optreg_model_tensor(OptregModel *model, size_t index, GError **error)
{
  if (index >= model->tensors->len) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "there is no parameter %zu: the model has %u", index,
                model->tensors->len);
    return NULL;
  }
  return &g_array_index(model->tensors, OptregTensor, index);
}

/* a step reads gradients while it writes parameters */
static bool
check_apart(const OptregModel *model, const OptregTensor *tensor, const void *grad,
            GError **error)
{
  const gssize other = model->ranges != NULL && grad != NULL ? optreg_ranges_find(
                           model->ranges, grad, tensor->n * tensor->codec->size)
                                                             : -1;

  if (other >= 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "the gradient of parameter '%s' and parameter '%s' share memory: give "
                "the gradient memory of its own",
                tensor->name, g_array_index(model->tensors, OptregTensor, other).name);
  }
  return other < 0;
}

bool
optreg_model_set_gradient(OptregModel *model, size_t index, const void *grad,
                          GError **error)
{
  OptregTensor *tensor = optreg_model_tensor(model, index, error);

  if (tensor == NULL || tensor->grad == grad) {
    return tensor != NULL;
  }
  if (!check_pointer(tensor, grad, "the gradient", error)
      || !check_apart(model, tensor, grad, error)) {
    return false;
  }
  model->n_missing += grad == NULL;
  model->n_missing -= tensor->grad == NULL;
  tensor->grad = grad;
  return true;
}

/* its new place is looked at when all that move together have moved */
bool
optreg_model_set_data(OptregModel *model, size_t index, void *data, GError **error)
{
  OptregTensor *tensor = optreg_model_tensor(model, index, error);

  if (tensor == NULL || tensor->data == data) {
    return tensor != NULL;
  }
  if (data == NULL && tensor->n > 0) {
    return refuse(error, tensor->name, "data is NULL");
  }
  if (!check_pointer(tensor, data, "data", error)) {
    return false;
  }
  tensor->data = data;
  g_clear_pointer(&model->ranges, optreg_ranges_free);
  return true;
}

size_t
optreg_model_n_missing(const OptregModel *model)
{
  return model->n_missing;
}

OptregTensor *
optreg_model_tensors(OptregModel *model, size_t *n)
{
  *n = model->tensors->len;
  return (OptregTensor *)(void *)model->tensors->data;
}

const size_t *
optreg_model_by_name(const OptregModel *model)
{
  return model->by_name;
}

static int
compare_names(gconstpointer a, gconstpointer b, gpointer tensors)
{
  const OptregTensor *all = tensors;
  return strcmp(all[*(const size_t *)a].name, all[*(const size_t *)b].name);
}

static size_t *
sort_by_name(const OptregModel *model)
{
  const size_t n = model->tensors->len;
  size_t *order = g_new(size_t, n + 1);

  for (size_t i = 0; i < n; i++) {
    order[i] = i;
  }
  g_qsort_with_data(order, (int)n, sizeof *order, compare_names, model->tensors->data);
  return order;
}

static bool
check_names(const OptregTensor *tensors, const size_t *order, size_t n, GError **error)
{
  for (size_t i = 1; i < n; i++) {
    const OptregTensor *a = &tensors[order[i - 1]], *b = &tensors[order[i]];
    if (strcmp(a->name, b->name) == 0) {
      g_set_error(
          error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
          "parameters %zu and %zu have the same name '%s': names must be unique",
          MIN(a->index, b->index), MAX(a->index, b->index), a->name);
      return false;
    }
  }
  return true;
}

static bool
check_overlap(const OptregModel *model, const OptregTensor *tensors, GError **error)
{
  size_t first, second;

  if (!optreg_ranges_overlap(model->ranges, &first, &second)) {
    return true;
  }
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
              "parameters '%s' and '%s' share memory: add tied weights once, with the "
              "sum of their gradients",
              tensors[first].name, tensors[second].name);
  return false;
}

static bool
check_gradients(const OptregModel *model, const OptregTensor *tensors, size_t n,
                GError **error)
{
  for (size_t i = 0; i < n; i++) {
    if (!check_apart(model, &tensors[i], tensors[i].grad, error)) {
      return false;
    }
  }
  return true;
}

bool
optreg_model_settle(OptregModel *model, GError **error)
{
  size_t n;
  const OptregTensor *tensors = optreg_model_tensors(model, &n);

  if (model->ranges != NULL) {
    return true;
  }
  model->ranges = optreg_ranges_new(tensors, n);
  if (check_overlap(model, tensors, error)
      && check_gradients(model, tensors, n, error)) {
    return true;
  }
  g_clear_pointer(&model->ranges, optreg_ranges_free);
  return false;
}

bool
optreg_model_check(OptregModel *model, GError **error)
{
  size_t n;
  const OptregTensor *tensors = optreg_model_tensors(model, &n);

  if (n == 0) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
        "there are no parameters: call optreg_optimizer_add_parameter before build");
    return false;
  }
  g_free(model->by_name);
  model->by_name = sort_by_name(model);
  g_clear_pointer(&model->ranges, optreg_ranges_free);
  return check_names(tensors, model->by_name, n, error)
         && optreg_model_settle(model, error);
}
