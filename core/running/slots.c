/* SPDX-License-Identifier: MIT */
/* The slots of one optimizer. */
#include "slots.h"

#include "running/finite.h"

#include <math.h>
#include <string.h>

struct OptregSlots {
  const OptregDescriptor *descriptor;
  size_t n_tensors, n_rows;
  uint32_t *shapes; /* by tensor and row */
  void **data;      /* by tensor and row */
  bool *is_full;    /* by tensor and row: the slot follows the span */
  double *scalars;  /* tensor slots by tensor and row, then group slots by cell and row,
                       then model slots */
  double *kept;     /* group and model slots as they were */
  size_t n_cells;
};

OptregSlots *
optreg_slots_new(const OptregDescriptor *descriptor, size_t n_tensors, size_t n_cells)
{
  OptregSlots *slots = g_new0(OptregSlots, 1);
  const size_t n_rows = descriptor->n_slots;

  slots->descriptor = descriptor;
  slots->n_tensors = n_tensors;
  slots->n_cells = n_cells;
  slots->n_rows = n_rows;
  slots->shapes = g_new0(uint32_t, n_tensors * n_rows + 1);
  slots->data = g_new0(void *, n_tensors *n_rows + 1);
  slots->is_full = g_new0(bool, n_tensors *n_rows + 1);
  slots->scalars = g_new0(double, (n_tensors + n_cells + 1) * n_rows + 1);
  slots->kept = g_new0(double, (n_cells + 1) * n_rows + 1);
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

/* ---- memory ---- */

static double *
scalar_of(const OptregSlots *slots, const OptregTensor *tensor, size_t row)
{
  double *group_scalars = slots->scalars + slots->n_tensors * slots->n_rows;

  switch (slots->descriptor->slots[row].scope) {
  case OPTREG_PER_TENSOR:
    return slots->scalars + tensor->index * slots->n_rows + row;
  case OPTREG_PER_GROUPS:
    return group_scalars + optreg_tensor_cell(tensor) * slots->n_rows + row;
  default:
    return group_scalars + slots->n_cells * slots->n_rows + row;
  }
}

static void
add_state(OptregBuilder *builder, const OptregTensor *tensor, const optreg_slot *row,
          uint32_t shape, uint64_t n, size_t size, void **data)
{
  const OptregStateTensor state = { .tensor = tensor->index,
                                    .role = row->name,
                                    .n = n,
                                    .size = optreg_shape_product(n, size),
                                    .data = data,
                                    .scope = row->scope,
                                    .shape = shape,
                                    .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
                                    .row = row };

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
    add_state(builder, tensor, slot, OPTREG_SHAPE_SCALAR, 1, sizeof(double),
              &slots->data[index]);
    return;
  }
  const uint64_t n = optreg_shape_n_elements(tensor, shape);
  slots->is_full[index] = shape == OPTREG_SHAPE_FULL;
  add_state(builder, tensor, slot, shape, n, tensor->size, &slots->data[index]);
  optreg_builder_add_memory(builder, tensor, optreg_shape_product(n, tensor->size),
                            &slots->data[index]);
}

void
optreg_slots_request(OptregSlots *slots, OptregBuilder *builder)
{
  for (size_t row = 0; row < slots->n_rows; row++) {
    for (size_t tensor = 0; tensor < slots->n_tensors; tensor++) {
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
fill(void *data, OptregType type, uint64_t n, double value)
{
  for (uint64_t i = 0; i < n; i++) {
    if (type == OPTREG_TYPE_F32) {
      ((float *)data)[i] = (float)value;
    } else {
      ((double *)data)[i] = value;
    }
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
  fill(slots->data[index], tensor->type,
       optreg_shape_n_elements(tensor, slots->shapes[index]), value);
}

static void
copy_parameter(OptregSlots *slots, const OptregTensor *tensor, size_t row)
{
  void *data = slots->data[tensor->index * slots->n_rows + row];

  if (slots->descriptor->slots[row].init == OPTREG_INIT_PARAMETER && data != NULL
      && tensor->n > 0) {
    tensor->codec->load(tensor->data, data, tensor->n);
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
      copy_parameter(slots, &tensors[i], row);
    }
  }
}

void
optreg_slots_reset(OptregSlots *slots, const OptregTensor *tensor,
                   const optreg_slot *row, const double *hyperparameters)
{
  const size_t index = (size_t)(row - slots->descriptor->slots);

  init_slot(slots, tensor, index,
            hyperparameters + tensor->group * slots->descriptor->n_hyperparameters);
  copy_parameter(slots, tensor, index);
}

/* ---- pointers ---- */

void
optreg_slots_at(const OptregSlots *slots, const OptregTensor *tensor, uint64_t offset,
                void **out)
{
  const size_t first = tensor->index * slots->n_rows;

  for (size_t row = 0; row < slots->n_rows; row++) {
    char *data = slots->data[first + row];
    out[row] = slots->is_full[first + row] ? data + offset * tensor->size : data;
  }
}

bool
optreg_slots_continue(const OptregSlots *slots, const OptregTensor *tensor,
                      const OptregTensor *next)
{
  const size_t first = tensor->index * slots->n_rows;
  const size_t second = next->index * slots->n_rows;

  for (size_t row = 0; row < slots->n_rows; row++) {
    const char *data = slots->data[first + row];
    const bool is_followed = slots->is_full[first + row] && slots->is_full[second + row]
                             && slots->data[second + row]
                                    == data + tensor->n * tensor->size;
    const bool is_shared = slots->data[second + row] == data;
    if (!is_followed && !is_shared) {
      return false;
    }
  }
  return true;
}

/* ---- overflow ---- */

void
optreg_slots_copy_span(const OptregSlots *slots, const OptregTensor *tensor, size_t n,
                       void **at, double *memory)
{
  for (size_t row = 0; row < slots->n_rows; row++) {
    if (slots->is_full[tensor->index * slots->n_rows + row]) {
      at[row] = memcpy(memory, at[row], n * tensor->size);
      memory += OPTREG_BLOCK;
    }
  }
}

/* elements of a slot that belong to a span of n */
static size_t
extent(const OptregSlots *slots, const OptregTensor *tensor, size_t row, size_t n)
{
  const size_t index = tensor->index * slots->n_rows + row;

  if (slots->descriptor->slots[row].scope != OPTREG_PER_ELEMENT) {
    return 1;
  }
  return slots->is_full[index]
             ? n
             : (size_t)optreg_shape_n_elements(tensor, slots->shapes[index]);
}

const char *
optreg_slots_find_nonfinite(const OptregSlots *slots, const OptregTensor *tensor,
                            size_t n, void *const *at, uint32_t any, uint64_t *index)
{
  for (size_t row = 0; row < slots->n_rows; row++) {
    const optreg_slot *slot = &slots->descriptor->slots[row];
    const bool is_element = slot->scope == OPTREG_PER_ELEMENT;
    if (at[row] == NULL || (slot->flags & any) != 0
        || slot->scope > OPTREG_PER_TENSOR) {
      continue;
    }
    const size_t n_here = extent(slots, tensor, row, n);
    *index = optreg_first_nonfinite(is_element ? tensor->type : OPTREG_TYPE_F64,
                                    at[row], n_here);
    if (*index < n_here) {
      return slot->name;
    }
  }
  return NULL;
}

const char *
optreg_slots_find_nonfinite_scalar(const OptregSlots *slots)
{
  const double *scalars = slots->scalars + slots->n_tensors * slots->n_rows;

  for (size_t i = 0; i < (slots->n_cells + 1) * slots->n_rows; i++) {
    if (!isfinite(scalars[i])) {
      return slots->descriptor->slots[i % slots->n_rows].name;
    }
  }
  return NULL;
}

void
optreg_slots_of_cell(OptregSlots *slots, size_t cell, double **out)
{
  const OptregTensor any = { .group = cell / OPTREG_N_TYPES,
                             .type = (OptregType)(cell % OPTREG_N_TYPES) };

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
  *size = (slots->n_cells + 1) * slots->n_rows * sizeof(double);
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
