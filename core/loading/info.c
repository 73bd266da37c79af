/* SPDX-License-Identifier: MIT */
/* A descriptor in the words of the public API. */
#include "info.h"

#include "config/number.h"
#include "config/value.h"
#include "cpu.h"

struct OptregInfo {
  optreg_optimizer_info public;
  GStringChunk *texts;
  optreg_hyperparameter_info *hyperparameters;
  optreg_slot_info *slots;
  optreg_kernel_info *kernels;
  optreg_variant_info *variants;
  optreg_reduction_info *reductions;
};

static const char *const scope_names[] = {
  [OPTREG_PER_ELEMENT] = "element",
  [OPTREG_PER_TENSOR] = "tensor",
  [OPTREG_PER_GROUPS] = "group",
  [OPTREG_PER_MODEL] = "model",
};

/* `text` is owned and freed */
static const char *
keep(GStringChunk *texts, char *text)
{
  g_autofree char *owned = text;

  return g_string_chunk_insert_const(texts, owned);
}

static optreg_hyperparameter_info
describe_hyperparameter(GStringChunk *texts, const optreg_hyperparameter *row)
{
  return (optreg_hyperparameter_info){
    .name = row->name,
    .doc = row->doc,
    .type = optreg_value_type(row),
    .default_value = keep(texts, optreg_value_show(row, row->default_value)),
    .range = keep(texts, optreg_value_range(row)),
    .needs = row->needs,
    .is_schedulable = (row->flags & OPTREG_SCHEDULABLE) != 0,
    .is_per_group = (row->flags & OPTREG_PER_GROUP) != 0,
  };
}

static const char *
describe_init(GStringChunk *texts, const optreg_slot *row)
{
  switch (row->init) {
  case OPTREG_INIT_CONSTANT:
    return keep(texts, optreg_number_show(row->init_value));
  case OPTREG_INIT_HYPERPARAMETER:
    return row->init_from;
  case OPTREG_INIT_PARAMETER:
    return "parameter";
  default:
    return "zero";
  }
}

static optreg_slot_info
describe_slot(GStringChunk *texts, const optreg_slot *row)
{
  return (optreg_slot_info){
    .name = row->name,
    .doc = row->doc,
    .scope = scope_names[row->scope],
    .init = describe_init(texts, row),
    .needs = row->needs,
    .is_transient = (row->flags & OPTREG_TRANSIENT) != 0,
  };
}

static const char *
granularity_name(uint32_t granularity)
{
  return granularity == OPTREG_ELEMENT ? "element" : "tensor";
}

static optreg_variant_info
describe_variant(const optreg_variant *row)
{
  return (optreg_variant_info){ .name = row->name,
                                .doc = row->doc,
                                .granularity = granularity_name(row->granularity) };
}

static optreg_reduction_info
describe_reduction(const optreg_reduction *row)
{
  return (optreg_reduction_info){ .name = row->name,
                                  .doc = row->doc,
                                  .scope = scope_names[row->scope],
                                  .op = row->op == OPTREG_SUM ? "sum" : "max",
                                  .phase = row->phase };
}

static optreg_kernel_info
describe_kernel(const OptregDescriptor *descriptor, const optreg_kernel *row)
{
  const optreg_variant *variant = &descriptor->variants[row->variant];

  return (optreg_kernel_info){
    .variant = variant->name,
    .granularity = granularity_name(variant->granularity),
    .dtype = row->dtype == OPTREG_F32 ? "f32" : "f64",
    .level = optreg_level_name(row->level),
    .is_usable = row->level <= optreg_cpu_level(),
  };
}

static void
describe_rows(OptregInfo *self, const OptregDescriptor *descriptor)
{
  self->hyperparameters =
      g_new0(optreg_hyperparameter_info, descriptor->n_hyperparameters);
  self->slots = g_new0(optreg_slot_info, descriptor->n_slots);
  self->kernels = g_new0(optreg_kernel_info, descriptor->n_kernels);
  self->variants = g_new0(optreg_variant_info, descriptor->n_variants);
  self->reductions = g_new0(optreg_reduction_info, descriptor->n_reductions);
  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    self->hyperparameters[i] =
        describe_hyperparameter(self->texts, &descriptor->hyperparameters[i]);
  }
  for (size_t i = 0; i < descriptor->n_slots; i++) {
    self->slots[i] = describe_slot(self->texts, &descriptor->slots[i]);
  }
  for (size_t i = 0; i < descriptor->n_kernels; i++) {
    self->kernels[i] = describe_kernel(descriptor, &descriptor->kernels[i]);
  }
  for (size_t i = 0; i < descriptor->n_variants; i++) {
    self->variants[i] = describe_variant(&descriptor->variants[i]);
  }
  for (size_t i = 0; i < descriptor->n_reductions; i++) {
    self->reductions[i] = describe_reduction(&descriptor->reductions[i]);
  }
}

/* the descriptor has one, without a name, where the plugin has no table */
static size_t
count_variants(const OptregDescriptor *descriptor)
{
  return descriptor->variants[0].name[0] == '\0' ? 0 : descriptor->n_variants;
}

OptregInfo *
optreg_info_new(const OptregDescriptor *descriptor)
{
  OptregInfo *self = g_new0(OptregInfo, 1);

  self->texts = g_string_chunk_new(256);
  describe_rows(self, descriptor);
  self->public = (optreg_optimizer_info){
    .name = descriptor->class.name,
    .version = descriptor->class.version,
    .license = descriptor->class.license,
    .doc = descriptor->class.doc,
    .reference = descriptor->class.reference,
    .path = descriptor->path,
    .weight_decay = descriptor->class.weight_decay,
    .n_hyperparameters = descriptor->n_hyperparameters,
    .n_slots = descriptor->n_slots,
    .n_kernels = descriptor->n_kernels,
    .hyperparameters = self->hyperparameters,
    .slots = self->slots,
    .kernels = self->kernels,
    .n_variants = count_variants(descriptor),
    .n_reductions = descriptor->n_reductions,
    .variants = self->variants,
    .reductions = self->reductions,
    .hides = (const char *const *)descriptor->hides,
  };
  return self;
}

void
optreg_info_free(OptregInfo *self)
{
  if (self != NULL) {
    g_string_chunk_free(self->texts);
    g_free(self->hyperparameters);
    g_free(self->slots);
    g_free(self->kernels);
    g_free(self->variants);
    g_free(self->reductions);
    g_free(self);
  }
}

const optreg_optimizer_info *
optreg_info_get(const OptregInfo *self)
{
  return &self->public;
}
