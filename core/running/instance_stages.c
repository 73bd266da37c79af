/* SPDX-License-Identifier: MIT */
/* The optimizer's own stages: tiles become spans for the plugin's kernels. */
#include "running/instance_private.h"

static const optreg_kernel *
kernel_of(const OptregInstance *instance, const OptregTensor *tensor)
{
  return instance->kernels[instance->variants[tensor->index] * OPTREG_N_TYPES
                           + (size_t)tensor->type];
}

static optreg_span
span_of_tile(const OptregInstance *instance, const OptregTile *tile, void **slots)
{
  const OptregTensor *tensor = tile->tensor;
  const OptregDescriptor *descriptor = instance->descriptor;

  optreg_slots_at(instance->slots, tensor, tile->offset, slots);
  return (optreg_span){
    .struct_size = sizeof(optreg_span),
    .n = tile->n,
    .param = tile->param,
    .grad = tile->gradient,
    .slot = slots,
    .hyperparameter = instance->hyperparameters
                      + tensor->group * descriptor->n_hyperparameters,
    .scalar = instance->scalars
              + optreg_tensor_cell(tensor) * descriptor->class.n_scalars,
    .reduction = instance->reductions + tensor->index * descriptor->n_reductions,
    .dims = tensor->dims,
    .offset = tile->offset,
    .ndim = tensor->ndim,
    .dtype = optreg_instance_dtype(tensor->type),
    .variant = instance->variants[tensor->index],
  };
}

static void
note_status(OptregInstance *instance, const OptregTensor *tensor, int32_t status)
{
  if (status != OPTREG_OK) {
    instance->statuses[tensor->index] = status;
    instance->has_failed = true;
  }
}

static void
update_tile(const void *self, OptregTile *tile)
{
  OptregInstance *instance = (OptregInstance *)self;
  const optreg_kernel *kernel = kernel_of(instance, tile->tensor);
  void *slots[OPTREG_MAX_SLOTS];
  const optreg_span span = span_of_tile(instance, tile, slots);

  if (tile->tensor->is_whole) {
    note_status(instance, tile->tensor, kernel->update_tensor(instance->self, &span));
  } else {
    kernel->update_step(instance->self, &span);
  }
}

static void
reduce_tile(const void *self, OptregTile *tile)
{
  const OptregInstance *instance = self;
  const optreg_kernel *kernel = kernel_of(instance, tile->tensor);
  void *slots[OPTREG_MAX_SLOTS];
  const optreg_span span = span_of_tile(instance, tile, slots);

  if (kernel->reduce != NULL) {
    kernel->reduce(instance->self, &span, tile->phase, tile->lanes);
  }
}

static void
finalize_tile(const void *self, OptregTile *tile)
{
  OptregInstance *instance = (OptregInstance *)self;
  void *slots[OPTREG_MAX_SLOTS];
  optreg_span span = span_of_tile(instance, tile, slots);

  span.grad = NULL;
  note_status(instance, tile->tensor,
              instance->descriptor->class.finalize(instance->self, &span));
}

static void
set_run(OptregStage *stage, OptregStageFunc run)
{
  for (size_t i = 0; i < OPTREG_N_LEVELS; i++) {
    stage->run[OPTREG_TYPE_F32][i] = run;
    stage->run[OPTREG_TYPE_F64][i] = run;
  }
}

void
optreg_instance_add_stages(OptregInstance *instance, OptregChain *chain)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  const uint32_t streams = optreg_slots_streams(instance->slots);
  const uint32_t reads = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_READS_PARAM;

  instance->reduce = (OptregStage){
    .name = class->name, .sweeps = OPTREG_IN(REDUCE), .flags = reads, .reads = streams
  };
  instance->update = (OptregStage){ .name = class->name,
                                    .sweeps = OPTREG_IN(UPDATE),
                                    .flags = reads | OPTREG_STAGE_WRITES_PARAM
                                             | OPTREG_STAGE_IS_OPTIMIZER,
                                    .reads = streams,
                                    .writes = streams };
  instance->finalize = (OptregStage){ .name = class->name,
                                      .sweeps = OPTREG_IN(FINALIZE),
                                      .flags = OPTREG_STAGE_READS_PARAM
                                               | OPTREG_STAGE_WRITES_PARAM
                                               | OPTREG_STAGE_WITHOUT_GRADIENT
                                               | OPTREG_STAGE_IS_OPTIMIZER,
                                      .reads = streams };
  set_run(&instance->reduce, reduce_tile);
  set_run(&instance->update, update_tile);
  set_run(&instance->finalize, finalize_tile);
  if (instance->descriptor->n_reductions > 0) {
    optreg_builder_add_stage(&chain->builder, &instance->reduce, (void *)instance);
  }
  optreg_builder_add_stage(&chain->builder, &instance->update, (void *)instance);
  if (class->finalize != NULL) {
    optreg_builder_add_stage(&chain->builder, &instance->finalize, (void *)instance);
  }
}
