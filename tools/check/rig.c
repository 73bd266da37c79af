/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer: making it, looking at it. */
#include "rig.h"

#include "floating_point.h"
#include "imports.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t
element_size(const Rig *rig)
{
  return rig->spec.dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
}

double
rig_get(const Rig *rig, const Guard *buffer, size_t i)
{
  if (rig->spec.dtype == OPTREG_F64) {
    double value;
    memcpy(&value, buffer->data + i * sizeof value, sizeof value);
    return value;
  }
  float value;
  memcpy(&value, buffer->data + i * sizeof value, sizeof value);
  return (double)value;
}

void
rig_set(const Rig *rig, const Guard *buffer, size_t i, double value)
{
  const float narrow = (float)value;

  if (rig->spec.dtype == OPTREG_F64) {
    memcpy(buffer->data + i * sizeof value, &value, sizeof value);
  } else {
    memcpy(buffer->data + i * sizeof narrow, &narrow, sizeof narrow);
  }
}

size_t
rig_place(const Rig *rig, size_t i)
{
  return rig->spec.is_reversed ? rig->n - 1 - i : i;
}

double *
rig_cell(const Rig *rig, size_t slot)
{
  const bool is_own = plugin_slot(rig->plugin, slot)->scope == OPTREG_PER_TENSOR;
  const Guard *cells = is_own ? &rig->own_cells : &rig->common_cells;

  return (double *)(void *)cells->data + slot;
}

size_t
rig_slot_size(const Rig *rig, size_t slot)
{
  const uint64_t *dims = rig->spec.dims;
  const uint32_t ndim = rig->spec.ndim;
  const size_t columns = ndim > 0 ? dims[ndim - 1] : 1;
  const size_t rows = ndim > 1 ? dims[ndim - 2] : 1;
  const size_t n_matrices = rows * columns == 0 ? 0 : rig->n / (rows * columns);

  switch (rig->shapes[slot]) {
  case OPTREG_SHAPE_FULL:
    return rig->n;
  case OPTREG_SHAPE_WITHOUT_LAST:
    return n_matrices * rows;
  case OPTREG_SHAPE_WITHOUT_SECOND_LAST:
    return n_matrices * columns;
  case OPTREG_SHAPE_ROWS_ROWS:
    return n_matrices * rows * rows;
  case OPTREG_SHAPE_COLUMNS_COLUMNS:
    return n_matrices * columns * columns;
  case OPTREG_SHAPE_SCALAR:
    return 1;
  default:
    return 0;
  }
}

/* the rows' own rule */
static void
choose_shapes(Rig *rig, const double *values)
{
  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    const optreg_slot *row = plugin_slot(rig->plugin, i);
    const gssize needs =
        row->needs == NULL ? -1 : plugin_find_hyperparameter(rig->plugin, row->needs);
    rig->shapes[i] = needs >= 0 && values[needs] == 0.0 ? OPTREG_SHAPE_ABSENT
                                                        : OPTREG_SHAPE_FULL;
  }
}

static int32_t
build(Rig *rig, const double *values)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  const optreg_host *host = rig->spec.host != NULL ? rig->spec.host : &rig->host;
  const optreg_tensor tensor = {
    .struct_size = sizeof(optreg_tensor),
    .name = "tensor",
    .dims = rig->spec.dims,
    .hyperparameter = values,
    .ndim = rig->spec.ndim,
    .dtype = rig->spec.dtype,
  };
  optreg_layout layout = { sizeof(optreg_layout), rig->shapes, class->slots.count, 0 };

  int32_t status = class->build != NULL ? class->build(host, values, &rig->self)
                                        : OPTREG_OK;
  if (status != OPTREG_OK) {
    rig->self = NULL;
    return status;
  }
  choose_shapes(rig, values);
  if (class->build_tensor != NULL) {
    status = class->build_tensor(rig->self, &tensor, &layout);
    rig->variant = layout.variant < plugin_n_variants(rig->plugin) ? layout.variant : 0;
  }
  return status;
}

/* moved by `offset` elements, away from the forbidden page */
static void
init_buffer(Rig *rig, Guard *buffer, const char *name, size_t n)
{
  const size_t moved = rig->spec.offset * element_size(rig);

  guard_init(buffer, name, n * element_size(rig) + moved, !rig->spec.is_at_start);
  buffer->data += rig->spec.is_at_start ? moved : 0;
  buffer->size -= moved;
}

static double
first_value(const Rig *rig, const optreg_slot *row, size_t i)
{
  const double *values = (const double *)(const void *)rig->values.data;

  switch (row->init) {
  case OPTREG_INIT_CONSTANT:
    return row->init_value;
  case OPTREG_INIT_HYPERPARAMETER:
    return values[plugin_find_hyperparameter(rig->plugin, row->init_from)];
  case OPTREG_INIT_PARAMETER:
    return rig_get(rig, &rig->param, i);
  default:
    return 0.0;
  }
}

static void
init_slot(Rig *rig, size_t slot)
{
  const optreg_slot *row = plugin_slot(rig->plugin, slot);
  Guard *buffer = &rig->slots[slot];

  if (row->scope != OPTREG_PER_ELEMENT) {
    *rig_cell(rig, slot) = first_value(rig, row, 0);
    return;
  }
  if (rig->shapes[slot] == OPTREG_SHAPE_ABSENT) {
    return;
  }
  const size_t n = rig_slot_size(rig, slot);
  init_buffer(rig, buffer, row->name, n);
  for (size_t i = 0; i < n; i++) {
    rig_set(rig, buffer, i, first_value(rig, row, i));
  }
}

static void
init_buffers(Rig *rig, const double *values)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  const size_t n_values = class->hyperparameters.count;

  init_buffer(rig, &rig->param, "the parameter", rig->n);
  init_buffer(rig, &rig->grad, "the gradient", rig->n);
  guard_init(&rig->values, "the hyperparameters", n_values * sizeof(double), true);
  guard_init(&rig->scalars, "the scalars", class->n_scalars * sizeof(double), true);
  guard_init(&rig->reductions, "the reductions",
             class->reductions.count * sizeof(double), true);
  guard_init(&rig->own_cells, "a slot of tensor scope, which its spans share",
             class->slots.count * sizeof(double), true);
  guard_init(&rig->common_cells, "a slot of group or model scope",
             class->slots.count * sizeof(double), true);
  memcpy(rig->values.data, values, n_values * sizeof(double));
  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->param, rig_place(rig, i), signed_noise(rig->spec.seed, i));
  }
  for (size_t i = 0; i < class->slots.count; i++) {
    init_slot(rig, i);
  }
}

bool
rig_init(Rig *rig, const Plugin *plugin, const RigSpec *spec, int32_t *status)
{
  double defaults[MAX_VALUES];

  *rig = (Rig){ .plugin = plugin, .spec = *spec, .n = 1 };
  for (uint32_t i = 0; i < spec->ndim; i++) {
    rig->n *= spec->dims[i];
  }
  values_default(plugin, defaults);
  const double *values = spec->values != NULL ? spec->values : defaults;
  rig->spec.values = NULL;
  rig_init_host(rig);
  const uint64_t mode = floating_point_mode();
  *status = build(rig, values);
  rig->has_changed_environment = floating_point_mode() != mode;
  if (*status != OPTREG_OK) {
    rig_clear(rig);
    return false;
  }
  init_buffers(rig, values);
  return true;
}

void
rig_clear(Rig *rig)
{
  if (rig->self != NULL && rig->plugin->class->release != NULL) {
    rig->plugin->class->release(rig->self);
  }
  rig->self = NULL;
  Guard *const guards[] = { &rig->param,     &rig->grad,      &rig->values,
                            &rig->scalars,   &rig->own_cells, &rig->common_cells,
                            &rig->reductions };
  for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
    guard_clear(guards[i]);
  }
  for (size_t i = 0; i < MAX_SLOTS; i++) {
    guard_clear(&rig->slots[i]);
  }
}

const char *
rig_difference(const Rig *a, const Rig *b)
{
  if (memcmp(a->param.data, b->param.data, a->param.size) != 0) {
    return "the parameter";
  }
  for (size_t i = 0; i < a->plugin->class->slots.count; i++) {
    const optreg_slot *row = plugin_slot(a->plugin, i);
    if (!(row->flags & OPTREG_TRANSIENT)
        && (a->slots[i].size != b->slots[i].size
            || (a->slots[i].size > 0
                && memcmp(a->slots[i].data, b->slots[i].data, a->slots[i].size) != 0)
            || (row->scope != OPTREG_PER_ELEMENT
                && memcmp(rig_cell(a, i), rig_cell(b, i), sizeof(double)) != 0))) {
      return row->name;
    }
  }
  return NULL;
}

bool
rig_is_finite(const Rig *rig)
{
  for (size_t i = 0; i < rig->n; i++) {
    if (!isfinite(rig_get(rig, &rig->param, i))) {
      return false;
    }
  }
  return true;
}
