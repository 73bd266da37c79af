/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer: making it, looking at it. */
#include "rig.h"

#include "imports.h"
#include "rig_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- what the plugin decides ---- */

/* the rows' own rule */
static void
choose_shapes(Rig *rig, const double *values, uint32_t *shapes)
{
  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    const optreg_slot *row = plugin_slot(rig->plugin, i);
    const gssize needs =
        row->needs == NULL ? -1 : plugin_find_hyperparameter(rig->plugin, row->needs);
    shapes[i] = needs >= 0 && values[needs] == 0.0 && !rig->spec.is_scheduled
                    ? OPTREG_SHAPE_ABSENT
                    : OPTREG_SHAPE_FULL;
  }
}

void
rig_set_values(Rig *rig, const double *values)
{
  memcpy(rig->values.data, values, rig->values.size);
}

static int32_t
call_build(Rig *rig)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  const optreg_host *host = rig->spec.host != NULL ? rig->spec.host : &rig->host;
  int32_t status = OPTREG_OK;

  if (class->build != NULL) {
    const Watch watch = watch_begin(rig, CALL_BUILD, 0);
    status =
        class->build(host, (const double *)(const void *)rig->values.data, &rig->self);
    watch_end(rig, &watch);
  }
  if (status != OPTREG_OK) {
    rig->self = NULL;
  }
  return status;
}

static int32_t
call_build_tensor(Rig *rig)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  uint32_t *shapes = (uint32_t *)(void *)rig->layout.data;
  const optreg_tensor tensor = {
    .struct_size = sizeof(optreg_tensor),
    .name = "tensor",
    .dims = (const uint64_t *)(const void *)rig->dims.data,
    .hyperparameter = (const double *)(const void *)rig->values.data,
    .ndim = rig->spec.ndim,
    .dtype = rig->spec.dtype,
  };
  optreg_layout layout = { sizeof(optreg_layout), shapes, class->slots.count, 0 };
  int32_t status = OPTREG_OK;

  if (class->build_tensor != NULL) {
    memcpy(rig->argument.data, &tensor, sizeof tensor);
    const Watch watch = watch_begin(rig, CALL_BUILD, 0);
    status = class->build_tensor(
        rig->self, (const optreg_tensor *)(const void *)rig->argument.data, &layout);
    watch_end(rig, &watch);
    rig->variant = layout.variant < plugin_n_variants(rig->plugin) ? layout.variant : 0;
  }
  return status;
}

static bool
is_too_large(const Rig *rig)
{
  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    if (rig->spec.most_elements > 0
        && plugin_slot(rig->plugin, i)->scope == OPTREG_PER_ELEMENT
        && rig_slot_size(rig, i) > rig->spec.most_elements) {
      return true;
    }
  }
  return false;
}

static int32_t
build(Rig *rig, const double *values)
{
  const double *early = rig->spec.early_values != NULL ? rig->spec.early_values
                                                       : values;

  rig_set_values(rig, early);
  int32_t status = call_build(rig);
  if (status == OPTREG_OK) {
    rig_set_values(rig, rig->spec.is_scheduled ? early : values);
    choose_shapes(rig, values, (uint32_t *)(void *)rig->layout.data);
    status = call_build_tensor(rig);
    memcpy(rig->shapes, rig->layout.data, rig->layout.size);
  }
  if (status == OPTREG_OK && is_too_large(rig)) {
    status = OPTREG_UNSUPPORTED;
  }
  rig_set_values(rig, values);
  return status;
}

/* ---- buffers ---- */

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

/* what calls see beside the tensor: each ends at a forbidden page */
static void
init_arguments(Rig *rig)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  const struct {
    Guard *guard;
    const char *name;
    size_t size;
  } guards[] = {
    { &rig->values, "the hyperparameters",
      class->hyperparameters.count * sizeof(double) },
    { &rig->scalars, "the scalars", class->n_scalars * sizeof(double) },
    { &rig->reductions, "the reductions", class->reductions.count * sizeof(double) },
    { &rig->own_cells, "a slot of tensor scope, which its spans share",
      class->slots.count * sizeof(double) },
    { &rig->common_cells, "a slot of group or model scope",
      class->slots.count * sizeof(double) },
    { &rig->dims, "the dims", rig->spec.ndim * sizeof(uint64_t) },
    { &rig->layout, "the shapes of slots", class->slots.count * sizeof(uint32_t) },
    { &rig->argument, "the struct that it is called with", sizeof(optreg_span) },
    { &rig->pointers, "the pointers to slots", class->slots.count * sizeof(void *) },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
    guard_init(guards[i].guard, guards[i].name, guards[i].size, true);
  }
  memcpy(rig->dims.data, rig->spec.dims, rig->dims.size);
}

static void
init_lanes(Rig *rig)
{
  const size_t n = rig->plugin->class->reductions.count;

  rig->lanes = g_new0(Guard, n + 1);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("the lanes of the reduction '%s'",
                                            plugin_reduction(rig->plugin, i)->name);
    guard_init(&rig->lanes[i], g_intern_string(name), OPTREG_LANES * sizeof(double),
               !rig->spec.is_at_start);
  }
}

static void
init_buffers(Rig *rig)
{
  init_buffer(rig, &rig->param, "the parameter", rig->n);
  init_buffer(rig, &rig->grad, "the gradient", rig->n);
  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->param, rig_place(rig, i), signed_noise(rig->spec.seed, i));
  }
  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
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
  rig->slots = g_new0(Guard, plugin->class->slots.count + 1);
  rig->shapes = g_new0(uint32_t, plugin->class->slots.count + 1);
  init_arguments(rig);
  init_lanes(rig);
  *status = build(rig, values);
  rig->spec.early_values = NULL;
  if (*status != OPTREG_OK) {
    rig_clear(rig);
    return false;
  }
  rig->whole = rig->n;
  if (spec->is_hollow) {
    rig->n = MIN(rig->n, (size_t)sysconf(_SC_PAGESIZE) / element_size(rig));
  }
  init_buffers(rig);
  return true;
}

void
rig_clear(Rig *rig)
{
  if (rig->self != NULL && rig->plugin->class->release != NULL) {
    rig->plugin->class->release(rig->self);
  }
  rig->self = NULL;
  Guard *guard;
  for (size_t i = 0; rig->lanes != NULL && (guard = rig_guard(rig, i)) != NULL; i++) {
    guard_clear(guard);
  }
  g_clear_pointer(&rig->lanes, g_free);
  g_clear_pointer(&rig->slots, g_free);
  g_clear_pointer(&rig->shapes, g_free);
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
