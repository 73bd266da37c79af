/* SPDX-License-Identifier: MIT */
/* The optimizers' own stages: tiles become spans for the plugins' kernels. */
#include "running/instance_private.h"
#include "running/instances.h"

#include "running/finite.h"

#include <math.h>

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

/* what promises nothing is looked at while it is in the cache */
static void
watch(OptregInstance *instance, const OptregTile *tile, void *const *slots)
{
  uint64_t i;

  if (instance->is_watching
      && optreg_slots_find_nonfinite(instance->slots, tile->tensor, tile->n, slots,
                                     OPTREG_UNWATCHED, &i)
             != NULL) {
    note_status(instance, tile->tensor, OPTREG_STATE_OVERFLOW);
  }
}

static void
update_tile(const void *self, OptregTile *tile)
{
  OptregInstance *instance = optreg_instances_of(self, tile->tensor);
  const optreg_kernel *kernel = kernel_of(instance, tile->tensor);
  void *slots[OPTREG_MAX_SLOTS];
  const optreg_span span = span_of_tile(instance, tile, slots);

  if (tile->tensor->is_whole) {
    note_status(instance, tile->tensor, kernel->update_tensor(instance->self, &span));
  } else {
    kernel->update_step(instance->self, &span);
  }
  watch(instance, tile, slots);
}

/* ---- trying ---- */

/* where the application's own number is finite */
static uint64_t
find_overflow_of_param(const OptregTile *tile)
{
  const OptregTensor *tensor = tile->tensor;
  const char *param = tile->param;
  size_t i = 0;

  while (i < tile->n) {
    i += optreg_first_nonfinite(tensor->type, param + i * tensor->size, tile->n - i);
    if (i < tile->n && isfinite(tensor->codec->at(tensor->data, tile->offset + i))) {
      return i;
    }
    i++;
  }
  return tile->n;
}

static void
name_overflow(OptregInstance *instance, const OptregTile *tile, const char *role,
              uint64_t i)
{
  if (instance->is_naming && instance->overflow_role == NULL) {
    instance->overflow_role = role;
    instance->overflow_index = tile->offset + i;
  }
}

/* an update of copies; the bound of whole tensors is judged without */
static void
try_tile(const void *self, OptregTile *tile)
{
  OptregInstance *instance = optreg_instances_of(self, tile->tensor);
  const OptregTensor *tensor = tile->tensor;
  void *slots[OPTREG_MAX_SLOTS];
  uint64_t i = 0;

  if (tensor->is_whole) {
    return;
  }
  const optreg_span span = span_of_tile(instance, tile, slots);
  optreg_slots_copy_span(instance->slots, tensor, tile->n, slots,
                         instance->copies + tile->worker * instance->copies_stride);
  kernel_of(instance, tensor)->update_step(instance->self, &span);
  const char *role = optreg_slots_find_nonfinite(instance->slots, tensor, tile->n,
                                                 slots, OPTREG_TRANSIENT, &i);
  if (role == NULL) {
    i = find_overflow_of_param(tile);
    role = i < tile->n ? "value" : NULL;
  }
  if (role != NULL) {
    name_overflow(instance, tile, role, i);
    optreg_tile_raise_magnitude(tile, INFINITY);
  }
}

static void
reduce_tile(const void *self, OptregTile *tile)
{
  const OptregInstance *instance = optreg_instances_of(self, tile->tensor);
  const optreg_kernel *kernel = kernel_of(instance, tile->tensor);
  void *slots[OPTREG_MAX_SLOTS];
  const optreg_span span = span_of_tile(instance, tile, slots);

  if (kernel->reduce != NULL) {
    kernel->reduce(instance->self, &span, tile->phase,
                   tile->lanes + instance->first_row);
  }
}

static void
finalize_tile(const void *self, OptregTile *tile)
{
  OptregInstance *instance = optreg_instances_of(self, tile->tensor);
  void *slots[OPTREG_MAX_SLOTS];

  if (instance->descriptor->class.finalize == NULL) {
    return;
  }
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

/* element slots of the optimizer that has the most */
static uint32_t
most_streams(const OptregInstances *instances)
{
  uint32_t most = 0;

  for (size_t i = 0; i < instances->n; i++) {
    most = MAX(most, optreg_slots_streams(instances->items[i]->slots));
  }
  return most;
}

static void
describe_stages(OptregInstances *instances)
{
  const char *name = instances->name;
  const uint32_t streams = most_streams(instances);
  const uint32_t reads = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_READS_PARAM;

  instances->reduce = (OptregStage){
    .name = name, .sweeps = OPTREG_IN(REDUCE), .flags = reads, .reads = streams
  };
  instances->update = (OptregStage){ .name = name,
                                     .sweeps = OPTREG_IN(UPDATE),
                                     .flags = reads | OPTREG_STAGE_WRITES_PARAM
                                              | OPTREG_STAGE_IS_OPTIMIZER,
                                     .reads = streams,
                                     .writes = streams };
  instances->finalize = (OptregStage){ .name = name,
                                       .sweeps = OPTREG_IN(FINALIZE),
                                       .flags = OPTREG_STAGE_READS_PARAM
                                                | OPTREG_STAGE_WRITES_PARAM
                                                | OPTREG_STAGE_WITHOUT_GRADIENT
                                                | OPTREG_STAGE_IS_OPTIMIZER,
                                       .reads = streams };
  instances->trial = (OptregStage){ .name = name,
                                    .sweeps = OPTREG_IN(TRIAL),
                                    .flags = reads | OPTREG_STAGE_WRITES_PARAM,
                                    .reads = streams };
  set_run(&instances->trial, try_tile);
  set_run(&instances->reduce, reduce_tile);
  set_run(&instances->update, update_tile);
  set_run(&instances->finalize, finalize_tile);
}

/* stages know whose they are by address only */
void
optreg_instances_add_stages(OptregInstances *instances, OptregChain *chain)
{
  OptregBuilder *builder = &chain->builder;
  const void *self = instances;

  describe_stages(instances);
  if (instances->n_rows > 0) {
    optreg_builder_add_stage(builder, &instances->reduce, self);
  }
  optreg_builder_add_stage(builder, &instances->update, self);
  optreg_builder_add_stage(builder, &instances->trial, self);
  if (optreg_instances_can_finalize(instances)) {
    optreg_builder_add_stage(builder, &instances->finalize, self);
  }
}
