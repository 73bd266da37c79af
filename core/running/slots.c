/* SPDX-License-Identifier: MIT */
/* The slots of one optimizer. */
#include "slots.h"

#include "error.h"

#include <string.h>

struct OptregSlots {
  const OptregDescriptor *descriptor;
  size_t n_tensors, n_rows;
  uint32_t *shapes; /* by tensor and row */
  void **data;      /* by tensor and row */
  bool *is_full;    /* by tensor and row: the slot follows the span */
  double *scalars;  /* tensor slots by tensor and row, then group, then model slots */
  double *kept;     /* group and model slots as they were */
  size_t n_groups;
};

OptregSlots *
optreg_slots_new(const OptregDescriptor *descriptor, size_t n_tensors, size_t n_groups)
{
  OptregSlots *slots = g_new0(OptregSlots, 1);
  const size_t n_rows = descriptor->n_slots;

  slots->descriptor = descriptor;
  slots->n_tensors = n_tensors;
  slots->n_groups = n_groups;
  slots->n_rows = n_rows;
  slots->shapes = g_new0(uint32_t, n_tensors * n_rows + 1);
  slots->data = g_new0(void *, n_tensors *n_rows + 1);
  slots->is_full = g_new0(bool, n_tensors *n_rows + 1);
  slots->scalars = g_new0(double, (n_tensors + n_groups + 1) * n_rows + 1);
  slots->kept = g_new0(double, (n_groups + 1) * n_rows + 1);
  return slots;
}

void
optreg_slots_free(OptregSlots *slots)
{
  if (slots != NULL) {
    g_free(slots->shapes);
    g_free(slots->data);
    g_free(slots->is_full);
    g_free(slots->scalars);
    g_free(slots->kept);
    g_free(slots);
  }
}

uint32_t *
optreg_slots_shapes(OptregSlots *slots, size_t tensor)
{
  return slots->shapes + tensor * slots->n_rows;
}

static bool
is_needed(const OptregDescriptor *descriptor, const optreg_slot *row,
          const double *values)
{
  if (row->needs == NULL) {
    return true;
  }
  return values[optreg_descriptor_find(descriptor, row->needs)] != 0.0;
}

void
optreg_slots_default_shapes(const OptregDescriptor *descriptor, const double *values,
                            uint32_t *shapes)
{
  for (size_t i = 0; i < descriptor->n_slots; i++) {
    shapes[i] = is_needed(descriptor, &descriptor->slots[i], values)
                    ? OPTREG_SHAPE_FULL
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
optreg_slots_check_shapes(const OptregDescriptor *descriptor,
                          const OptregTensor *tensor, const uint32_t *shapes,
                          bool is_whole, GError **error)
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

/* ---- sizes ---- */

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

static uint64_t
saturated(uint64_t a, uint64_t b)
{
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX / 8 : product;
}

static uint64_t
n_elements(const OptregTensor *tensor, uint32_t shape)
{
  const uint64_t n = n_matrices(tensor);
  const uint64_t rows = tensor->ndim >= 2 ? tensor->dims[tensor->ndim - 2] : 1;
  const uint64_t columns = tensor->ndim >= 2 ? tensor->dims[tensor->ndim - 1] : 1;

  switch (shape) {
  case OPTREG_SHAPE_FULL:
    return tensor->n;
  case OPTREG_SHAPE_WITHOUT_LAST:
    return saturated(n, rows);
  case OPTREG_SHAPE_WITHOUT_SECOND_LAST:
    return saturated(n, columns);
  case OPTREG_SHAPE_ROWS_ROWS:
    return saturated(n, saturated(rows, rows));
  case OPTREG_SHAPE_COLUMNS_COLUMNS:
    return saturated(n, saturated(columns, columns));
  default:
    return 1;
  }
}

/* ---- memory ---- */

static double *
scalar_of(const OptregSlots *slots, const OptregTensor *tensor, size_t row)
{
  double *group_scalars = slots->scalars + slots->n_tensors * slots->n_rows;

  switch (slots->descriptor->slots[row].scope) {
  case OPTREG_PER_TENSOR:
    return slots->scalars + tensor->index * slots->n_rows + row;
  case OPTREG_PER_GROUPS:
    return group_scalars + tensor->group * slots->n_rows + row;
  default:
    return group_scalars + slots->n_groups * slots->n_rows + row;
  }
}

static void
add_state(OptregBuilder *builder, const OptregTensor *tensor, const optreg_slot *row,
          uint64_t n, size_t size, void **data)
{
  const OptregStateTensor state = { tensor->index, row->name, n, saturated(n, size),
                                    data };

  if ((row->flags & OPTREG_TRANSIENT) == 0) {
    g_array_append_val(builder->states, state);
  }
}

static void
request_slot(OptregSlots *slots, OptregBuilder *builder, const OptregTensor *tensor,
             size_t row)
{
  const size_t index = tensor->index * slots->n_rows + row;
  const uint32_t shape = slots->shapes[index];
  const optreg_slot *slot = &slots->descriptor->slots[row];

  if (shape == OPTREG_SHAPE_ABSENT) {
    return;
  }
  if (slot->scope != OPTREG_PER_ELEMENT) {
    slots->data[index] = scalar_of(slots, tensor, row);
    add_state(builder, tensor, slot, 1, sizeof(double), &slots->data[index]);
    return;
  }
  const uint64_t n = n_elements(tensor, shape);
  slots->is_full[index] = shape == OPTREG_SHAPE_FULL;
  add_state(builder, tensor, slot, n, sizeof(float), &slots->data[index]);
  optreg_arena_add(builder->arena, saturated(n, sizeof(float)), &slots->data[index]);
}

void
optreg_slots_request(OptregSlots *slots, OptregBuilder *builder)
{
  for (size_t tensor = 0; tensor < slots->n_tensors; tensor++) {
    for (size_t row = 0; row < slots->n_rows; row++) {
      request_slot(slots, builder, &builder->tensors[tensor], row);
    }
  }
}

static double
first_value(const OptregDescriptor *descriptor, const optreg_slot *row,
            const double *values)
{
  switch (row->init) {
  case OPTREG_INIT_CONSTANT:
    return row->init_value;
  case OPTREG_INIT_HYPERPARAMETER:
    return values[optreg_descriptor_find(descriptor, row->init_from)];
  default:
    return 0.0;
  }
}

static void
init_slot(OptregSlots *slots, const OptregTensor *tensor, size_t row,
          const double *values)
{
  const size_t index = tensor->index * slots->n_rows + row;
  const optreg_slot *slot = &slots->descriptor->slots[row];
  const double value = first_value(slots->descriptor, slot, values);

  if (slots->data[index] == NULL || value == 0.0) {
    return;
  }
  if (slot->scope != OPTREG_PER_ELEMENT) {
    *(double *)slots->data[index] = value;
    return;
  }
  float *data = slots->data[index];
  const uint64_t n = n_elements(tensor, slots->shapes[index]);
  for (uint64_t i = 0; i < n; i++) {
    data[i] = (float)value;
  }
}

void
optreg_slots_init(OptregSlots *slots, const OptregTensor *tensors,
                  const double *hyperparameters)
{
  const size_t n_hyperparameters = slots->descriptor->n_hyperparameters;

  for (size_t i = 0; i < slots->n_tensors; i++) {
    for (size_t row = 0; row < slots->n_rows; row++) {
      init_slot(slots, &tensors[i], row,
                hyperparameters + tensors[i].group * n_hyperparameters);
    }
  }
  optreg_slots_copy_parameters(slots, tensors);
}

void
optreg_slots_copy_parameters(OptregSlots *slots, const OptregTensor *tensors)
{
  for (size_t i = 0; i < slots->n_tensors; i++) {
    for (size_t row = 0; row < slots->n_rows; row++) {
      float *data = slots->data[i * slots->n_rows + row];
      if (slots->descriptor->slots[row].init == OPTREG_INIT_PARAMETER && data != NULL
          && tensors[i].n > 0) {
        tensors[i].codec->load(tensors[i].data, data, tensors[i].n);
      }
    }
  }
}

/* ---- pointers ---- */

void
optreg_slots_at(const OptregSlots *slots, size_t tensor, uint64_t offset, void **out)
{
  const size_t first = tensor * slots->n_rows;

  for (size_t row = 0; row < slots->n_rows; row++) {
    void *data = slots->data[first + row];
    out[row] = slots->is_full[first + row] && data != NULL ? (float *)data + offset
                                                           : data;
  }
}

void
optreg_slots_of_group(OptregSlots *slots, size_t group, double **out)
{
  const OptregTensor any = { .group = group };

  for (size_t row = 0; row < slots->n_rows; row++) {
    const uint32_t scope = slots->descriptor->slots[row].scope;
    out[row] = scope == OPTREG_PER_GROUPS || scope == OPTREG_PER_MODEL
                   ? scalar_of(slots, &any, row)
                   : NULL;
  }
}

static double *
group_and_model_scalars(const OptregSlots *slots, size_t *size)
{
  *size = (slots->n_groups + 1) * slots->n_rows * sizeof(double);
  return slots->scalars + slots->n_tensors * slots->n_rows;
}

void
optreg_slots_remember_scalars(OptregSlots *slots)
{
  size_t size;
  const double *scalars = group_and_model_scalars(slots, &size);
  memcpy(slots->kept, scalars, size);
}

void
optreg_slots_restore_scalars(OptregSlots *slots)
{
  size_t size;
  double *scalars = group_and_model_scalars(slots, &size);
  memcpy(scalars, slots->kept, size);
}

uint32_t
optreg_slots_streams(const OptregSlots *slots)
{
  uint32_t most = 0;

  for (size_t i = 0; i < slots->n_tensors; i++) {
    uint32_t n = 0;
    for (size_t row = 0; row < slots->n_rows; row++) {
      n += slots->is_full[i * slots->n_rows + row];
    }
    most = MAX(most, n);
  }
  return most;
}
