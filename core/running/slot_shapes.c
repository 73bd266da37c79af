/* SPDX-License-Identifier: MIT */
/* Shapes of slots: the rows' rule, a plugin's choice, their sizes. */
#include "slot_shapes.h"

#include "error.h"

static bool
is_needed(const optreg_slot *row, const OptregGroup *group)
{
  if (row->needs == NULL) {
    return true;
  }
  const size_t needed = (size_t)optreg_descriptor_find(group->descriptor, row->needs);
  return group->hyperparameters[needed] != 0.0
         || (group->schedules != NULL && group->schedules[needed] != NULL);
}

void
optreg_shapes_default(const OptregGroup *group, uint32_t *shapes)
{
  const OptregDescriptor *descriptor = group->descriptor;

  for (size_t i = 0; i < descriptor->n_slots; i++) {
    shapes[i] = is_needed(&descriptor->slots[i], group) ? OPTREG_SHAPE_FULL
                                                        : OPTREG_SHAPE_ABSENT;
  }
}

static bool
refuse_shape(const OptregDescriptor *descriptor, const optreg_slot *row,
             const OptregTensor *tensor, const char *why, GError **error)
{
  g_set_error(
      error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
      "optimizer '%s': build_tensor chose a shape for slot '%s' of parameter '%s' "
      "that %s",
      descriptor->class.name, row->name, tensor->name, why);
  return false;
}

static const char *
shape_problem(const optreg_slot *row, const OptregTensor *tensor, uint32_t shape,
              bool is_whole)
{
  if (shape > OPTREG_SHAPE_ABSENT) {
    return "this host does not know";
  }
  if (shape == OPTREG_SHAPE_FULL || shape == OPTREG_SHAPE_ABSENT) {
    return NULL;
  }
  if (row->scope != OPTREG_PER_ELEMENT || row->init == OPTREG_INIT_PARAMETER) {
    return "its row does not permit: only FULL or ABSENT";
  }
  if (!is_whole) {
    return "needs a TENSOR variant: spans cannot follow it";
  }
  if (tensor->ndim < 2 && shape != OPTREG_SHAPE_SCALAR) {
    return "needs at least two extents";
  }
  return NULL;
}

bool
optreg_shapes_check(const OptregDescriptor *descriptor, const OptregTensor *tensor,
                    const uint32_t *shapes, bool is_whole, GError **error)
{
  for (size_t i = 0; i < descriptor->n_slots; i++) {
    const optreg_slot *row = &descriptor->slots[i];
    const char *problem = shape_problem(row, tensor, shapes[i], is_whole);
    if (problem != NULL) {
      return refuse_shape(descriptor, row, tensor, problem, error);
    }
  }
  return true;
}

/* without the last two extents */
static uint64_t
n_matrices(const OptregTensor *tensor)
{
  uint64_t n = 1;

  for (uint32_t i = 0; i + 2 < tensor->ndim; i++) {
    n *= tensor->dims[i];
  }
  return n;
}

uint64_t
optreg_shape_product(uint64_t a, uint64_t b)
{
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX / 8 : product;
}

uint64_t
optreg_shape_n_elements(const OptregTensor *tensor, uint32_t shape)
{
  const uint64_t n = n_matrices(tensor);
  const uint64_t rows = tensor->ndim >= 2 ? tensor->dims[tensor->ndim - 2] : 1;
  const uint64_t columns = tensor->ndim >= 2 ? tensor->dims[tensor->ndim - 1] : 1;

  switch (shape) {
  case OPTREG_SHAPE_FULL:
    return tensor->n;
  case OPTREG_SHAPE_WITHOUT_LAST:
    return optreg_shape_product(n, rows);
  case OPTREG_SHAPE_WITHOUT_SECOND_LAST:
    return optreg_shape_product(n, columns);
  case OPTREG_SHAPE_ROWS_ROWS:
    return optreg_shape_product(n, optreg_shape_product(rows, rows));
  case OPTREG_SHAPE_COLUMNS_COLUMNS:
    return optreg_shape_product(n, optreg_shape_product(columns, columns));
  default:
    return 1;
  }
}

uint32_t
optreg_shape_extents(const OptregTensor *tensor, uint32_t shape, uint64_t *dims)
{
  const uint32_t ndim = tensor->ndim;

  for (uint32_t i = 0; i < ndim; i++) {
    dims[i] = tensor->dims[i];
  }
  switch (shape) {
  case OPTREG_SHAPE_FULL:
    return ndim;
  case OPTREG_SHAPE_WITHOUT_LAST:
    return ndim - 1;
  case OPTREG_SHAPE_WITHOUT_SECOND_LAST:
    dims[ndim - 2] = dims[ndim - 1];
    return ndim - 1;
  case OPTREG_SHAPE_ROWS_ROWS:
    dims[ndim - 1] = dims[ndim - 2];
    return ndim;
  case OPTREG_SHAPE_COLUMNS_COLUMNS:
    dims[ndim - 2] = dims[ndim - 1];
    return ndim;
  default:
    return 0;
  }
}
