/* SPDX-License-Identifier: MIT */
/* A checked copy of what a plugin says about one optimizer. */
#include "descriptor.h"

#include "check.h"
#include "error.h"

#include <string.h>

/* sizes in minor 0: what the oldest plugin has; they never grow */
#define END_OF(type, field) (offsetof(type, field) + sizeof(((type *)NULL)->field))

enum {
  CLASS_BASE = END_OF(optreg_optimizer_class, release),
  MAX_CLASS = 65536, /* larger is no size but damage */
  MAX_ROWS = 1024,
  MAX_STRIDE = 4096,
};

/* the class's tables: where each stands, and where its copy goes */
static const struct {
  const char *name;
  size_t table, rows, count; /* offsets */
  size_t base, size;         /* of a row, in minor 0 and now */
} tables[] = {
#define TABLE(field, type, last)                                                \
  {                                                                             \
    .name = #field, .table = offsetof(optreg_optimizer_class, field),           \
    .rows = offsetof(OptregDescriptor, field),                                  \
    .count = offsetof(OptregDescriptor, n_##field), .base = END_OF(type, last), \
    .size = sizeof(type),                                                       \
  }
  TABLE(hyperparameters, optreg_hyperparameter, flags),
  TABLE(slots, optreg_slot, reserved),
  TABLE(kernels, optreg_kernel, reduce),
  TABLE(variants, optreg_variant, flags),
  TABLE(reductions, optreg_reduction, reserved),
#undef TABLE
};

static bool
is_aligned(const void *pointer)
{
  return (uintptr_t)pointer % sizeof(uint64_t) == 0;
}

static bool
copy_class(OptregDescriptor *self, const optreg_optimizer_class *class, GError **error)
{
  if (class == NULL || !is_aligned(class)) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
        "names an optimizer that is NULL or not aligned: give OPTREG_PLUGIN(...) "
        "the address of an optreg_optimizer_class");
    return false;
  }
  if (class->struct_size < CLASS_BASE || class->struct_size > MAX_CLASS) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "its optimizer has struct_size %" G_GUINT64_FORMAT ", at least %d is "
                "needed: begin it with OPTREG_OPTIMIZER",
                class->struct_size, CLASS_BASE);
    return false;
  }
  if (!optreg_is_of_newer_minor(self->built_minor)
      && class->struct_size > sizeof(self->class)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "its optimizer has struct_size %" G_GUINT64_FORMAT ", but %zu in the "
                "ABI %u.%u that it was built with: begin it with OPTREG_OPTIMIZER",
                class->struct_size, sizeof(self->class), OPTREG_ABI_MAJOR,
                self->built_minor);
    return false;
  }
  memcpy(&self->class, class, MIN(class->struct_size, sizeof(self->class)));
  self->class.struct_size = sizeof(self->class);
  return true;
}

static bool
check_table(const OptregDescriptor *self, const optreg_table *table, size_t i,
            GError **error)
{
  if (table->count > MAX_ROWS) {
    return optreg_refuse(self, error, "%s: %u rows, at most %d are permitted",
                         tables[i].name, table->count, MAX_ROWS);
  }
  if (table->count > 0 && (table->rows == NULL || !is_aligned(table->rows))) {
    return optreg_refuse(self, error,
                         "%s: %u rows at NULL or not aligned: fill the table "
                         "with OPTREG_TABLE",
                         tables[i].name, table->count);
  }
  if (table->count > 0
      && (table->stride < tables[i].base || table->stride > MAX_STRIDE
          || table->stride % sizeof(uint64_t) != 0)) {
    return optreg_refuse(
        self, error,
        "%s: a stride of %u, a multiple of 8 from %zu on is needed: fill "
        "the table with OPTREG_TABLE",
        tables[i].name, table->stride, tables[i].base);
  }
  if (table->count > 0 && table->stride > tables[i].size
      && !optreg_is_of_newer_minor(self->built_minor)) {
    return optreg_refuse(
        self, error,
        "%s: a stride of %u, but %zu in the ABI %u.%u that it was built with: fill "
        "the table with OPTREG_TABLE",
        tables[i].name, table->stride, tables[i].size, OPTREG_ABI_MAJOR,
        self->built_minor);
  }
  return true;
}

/* rows of the plugin's width into rows of ours */
static void *
copy_rows(const optreg_table *table, size_t size)
{
  /* one more than there are, so that an empty table has an address too */
  char *copy = g_malloc0_n((size_t)table->count + 1, size);
  const char *rows = table->rows;

  for (size_t i = 0; i < table->count; i++) {
    memcpy(copy + i * size, rows + i * table->stride, MIN(table->stride, size));
  }
  return copy;
}

static bool
copy_tables(OptregDescriptor *self, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    optreg_table *table = G_STRUCT_MEMBER_P(&self->class, tables[i].table);
    if (!check_table(self, table, i, error)) {
      return false;
    }
    void *rows = copy_rows(table, tables[i].size);
    memcpy(G_STRUCT_MEMBER_P(self, tables[i].rows), &rows, sizeof(rows));
    G_STRUCT_MEMBER(size_t, self, tables[i].count) = table->count;
    *table = (optreg_table)OPTREG_NO_TABLE;
  }
  return true;
}

/* most optimizers do the same to every tensor and have no table of variants */
static void
fill_in_variant(OptregDescriptor *self)
{
  if (self->n_variants == 0) {
    self->variants[0] = (optreg_variant){ "", "", self->class.granularity, 0 };
    self->n_variants = 1;
  } else {
    self->class.granularity = self->variants[0].granularity;
  }
}

static void
normalise_ranges(OptregDescriptor *self)
{
  for (size_t i = 0; i < self->n_hyperparameters; i++) {
    optreg_hyperparameter *row = &self->hyperparameters[i];
    if (row->type == OPTREG_BOOLEAN || row->type == OPTREG_CHOICE) {
      row->flags &= ~(OPTREG_MINIMUM_OPEN | OPTREG_MAXIMUM_OPEN);
      row->minimum = 0;
      row->maximum =
          row->type == OPTREG_BOOLEAN ? 1 : (double)optreg_choices_count(row) - 1;
    }
  }
}

static size_t
count_phases(const OptregDescriptor *self)
{
  size_t n = 0;

  for (size_t i = 0; i < self->n_reductions; i++) {
    n = MAX(n, self->reductions[i].phase + (size_t)1);
  }
  return n;
}

OptregDescriptor *
optreg_descriptor_new(const optreg_optimizer_class *class, uint32_t built_minor,
                      const char *path, GError **error)
{
  g_autoptr(OptregDescriptor) self = g_new0(OptregDescriptor, 1);

  self->path = g_strdup(path);
  self->built_minor = built_minor;
  if (!copy_class(self, class, error) || !optreg_check_class(self, error)
      || !copy_tables(self, error) || !optreg_check_unknown(self, error)) {
    return NULL;
  }
  fill_in_variant(self);
  if (!optreg_check_hyperparameters(self, error) || !optreg_check_slots(self, error)
      || !optreg_check_reductions(self, error) || !optreg_check_variants(self, error)
      || !optreg_check_kernels(self, error)) {
    return NULL;
  }
  normalise_ranges(self);
  self->n_phases = count_phases(self);
  return g_steal_pointer(&self);
}

void
optreg_descriptor_free(OptregDescriptor *self)
{
  if (self != NULL) {
    g_free(self->hyperparameters);
    g_free(self->slots);
    g_free(self->variants);
    g_free(self->reductions);
    g_free(self->kernels);
    g_free(self->path);
    g_strfreev(self->hides);
    g_free(self);
  }
}

gssize
optreg_descriptor_find(const OptregDescriptor *self, const char *hyperparameter)
{
  for (size_t i = 0; i < self->n_hyperparameters; i++) {
    if (strcmp(self->hyperparameters[i].name, hyperparameter) == 0) {
      return (gssize)i;
    }
  }
  return -1;
}
