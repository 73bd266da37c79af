/* SPDX-License-Identifier: MIT */
/* One optimizer at work: what the plugin decides when it is built and at each step. */
#include "instance.h"

#include "cpu.h"
#include "error.h"
#include "running/instance_private.h"
#include "running/limits.h"

#include <string.h>

/* ---- building ---- */

/* the highest level that this machine runs; the descriptor promises a baseline of f32
 */
static const optreg_kernel *
choose_kernel(const OptregDescriptor *descriptor, uint32_t variant, uint32_t dtype,
              uint32_t machine)
{
  const optreg_kernel *best = NULL;

  for (size_t i = 0; i < descriptor->n_kernels; i++) {
    const optreg_kernel *kernel = &descriptor->kernels[i];
    if (kernel->variant == variant && kernel->dtype == dtype && kernel->level <= machine
        && (best == NULL || kernel->level > best->level)) {
      best = kernel;
    }
  }
  return best;
}

static void
fill_hyperparameters(OptregInstance *instance, const OptregConfig *config)
{
  const OptregDescriptor *descriptor = instance->descriptor;
  const gssize learning_rate = optreg_descriptor_find(descriptor, "learning_rate");

  for (size_t i = 0; i < config->n_groups; i++) {
    double *values = optreg_instance_hyperparameters(instance, i);
    if (config->groups[i].descriptor != descriptor) {
      continue;
    }
    for (size_t row = 0; row < descriptor->n_hyperparameters; row++) {
      values[row] = config->groups[i].hyperparameters[row];
    }
    if (learning_rate >= 0) {
      values[learning_rate] *= config->groups[i].learning_rate_multiplier;
    }
  }
}

/* the last group of the optimizer, which is the default one of the model's: those
 * before it are exceptions */
static const OptregGroup *
find_outside(const OptregInstance *instance)
{
  const OptregConfig *config = instance->config;
  size_t i = config->n_groups - 1;

  while (config->groups[i].descriptor != instance->descriptor) {
    i--;
  }
  return &config->groups[i];
}

bool
optreg_instance_build_self(OptregInstance *instance, void **self, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  const OptregGroup *outside = find_outside(instance);

  *self = NULL;
  if (class->build == NULL) {
    return true;
  }
  const int32_t status =
      class->build(&instance->host.table, outside->hyperparameters, self);
  if (status != OPTREG_OK) {
    *self = NULL;
    optreg_host_set_error(&instance->host, class->name, "build", status, error);
    return false;
  }
  return true;
}

static bool
check_layout(const OptregInstance *instance, const OptregTensor *tensor,
             const optreg_layout *layout, GError **error)
{
  const OptregDescriptor *descriptor = instance->descriptor;

  if (layout->variant >= descriptor->n_variants) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
        "optimizer '%s': build_tensor chose variant %u for parameter '%s', but there "
        "are %zu",
        descriptor->class.name, layout->variant, tensor->name, descriptor->n_variants);
    return false;
  }
  const bool is_whole = descriptor->variants[layout->variant].granularity
                        == OPTREG_TENSOR;
  return optreg_shapes_check(descriptor, tensor, layout->slot_shape, is_whole, error);
}

/* ask the plugin, or take the rows' own rule */
static bool
build_tensor(OptregInstance *instance, size_t index, GError **error)
{
  const OptregDescriptor *descriptor = instance->descriptor;
  OptregTensor *tensor = &instance->tensors[index];
  uint32_t *shapes = optreg_slots_shapes(instance->slots, index);
  const double *values = optreg_instance_hyperparameters(instance, tensor->group);
  const optreg_tensor description = {
    .struct_size = sizeof(optreg_tensor),
    .name = tensor->name,
    .dims = tensor->dims,
    .hyperparameter = values,
    .ndim = tensor->ndim,
    .dtype = optreg_instance_dtype(tensor->type),
    .group = (uint32_t)tensor->group,
  };
  optreg_layout layout = { sizeof(optreg_layout), shapes, (uint32_t)descriptor->n_slots,
                           0 };

  optreg_shapes_default(&instance->config->groups[tensor->group], shapes);
  if (descriptor->class.build_tensor != NULL) {
    const int32_t status =
        descriptor->class.build_tensor(instance->self, &description, &layout);
    if (status != OPTREG_OK) {
      g_autofree char *where = g_strdup_printf("build_tensor for '%s'", tensor->name);
      optreg_host_set_error(&instance->host, descriptor->class.name, where, status,
                            error);
      return false;
    }
  }
  if (!check_layout(instance, tensor, &layout, error)) {
    return false;
  }
  if (instance->kernels[layout.variant * OPTREG_N_TYPES + (size_t)tensor->type]
      == NULL) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
        "parameter '%s' is f64, but the optimizer '%s' has no f64 kernel for it",
        tensor->name, descriptor->class.name);
    return false;
  }
  instance->is_cell_used[optreg_tensor_cell(tensor)] = true;
  instance->variants[index] = layout.variant;
  tensor->is_whole = descriptor->variants[layout.variant].granularity == OPTREG_TENSOR;
  return true;
}

/* what it does not train has no slots */
static void
leave_out(OptregInstance *instance, size_t index)
{
  uint32_t *shapes = optreg_slots_shapes(instance->slots, index);

  for (size_t i = 0; i < instance->descriptor->n_slots; i++) {
    shapes[i] = OPTREG_SHAPE_ABSENT;
  }
}

static void
allocate_tables(OptregInstance *instance)
{
  const OptregDescriptor *descriptor = instance->descriptor;
  const uint32_t machine = optreg_cpu_level();

  instance->variants = g_new0(uint32_t, instance->n_tensors);
  instance->statuses = g_new0(int32_t, instance->n_tensors);
  instance->is_cell_used = g_new0(bool, instance->n_groups *OPTREG_N_TYPES);
  instance->hyperparameters =
      g_new0(double, instance->n_groups * descriptor->n_hyperparameters + 1);
  instance->next_hyperparameters =
      g_new0(double, instance->n_groups * descriptor->n_hyperparameters + 1);
  instance->scalars = g_new0(
      double, instance->n_groups *OPTREG_N_TYPES * descriptor->class.n_scalars + 1);
  instance->reductions =
      g_new0(double, instance->n_tensors * descriptor->n_reductions + 1);
  instance->kernels =
      g_new0(const optreg_kernel *, descriptor->n_variants *OPTREG_N_TYPES);
  for (size_t i = 0; i < descriptor->n_variants * OPTREG_N_TYPES; i++) {
    instance->kernels[i] =
        choose_kernel(descriptor, (uint32_t)(i / OPTREG_N_TYPES),
                      optreg_instance_dtype((OptregType)(i % OPTREG_N_TYPES)), machine);
  }
}

/* whoever means another file of that name should see which one is at work */
static void
log_hidden(const OptregInstance *instance)
{
  const OptregDescriptor *descriptor = instance->descriptor;
  const optreg_host *host = &instance->host.table;

  for (char **path = descriptor->hides; path != NULL && *path != NULL; path++) {
    g_autofree char *message = g_strdup_printf(
        "optimizer '%s' is of %s, which hides '%s'", descriptor->class.name,
        descriptor->path != NULL ? descriptor->path : "the program", *path);
    host->log(host->context, OPTREG_LOG_INFO, message);
  }
}

/* under the guard state is always finite */
static void
choose_what_to_watch(OptregInstance *instance)
{
  const OptregDescriptor *descriptor = instance->descriptor;
  const bool is_guarded = instance->config->nonfinite != OPTREG_NONFINITE_PROPAGATE;

  for (size_t i = 0; is_guarded && i < descriptor->n_slots; i++) {
    const optreg_slot *slot = &descriptor->slots[i];
    const bool is_scalar = slot->scope > OPTREG_PER_TENSOR;
    instance->is_watching_scalars |= is_scalar;
    instance->is_watching |= !is_scalar && (slot->flags & OPTREG_UNWATCHED) == 0;
  }
}

OptregInstance *
optreg_instance_new(const OptregDescriptor *descriptor, size_t index,
                    const OptregConfig *config, OptregTensor *tensors,
                    OptregChain *chain, const OptregHooks *hooks, GError **error)
{
  g_autoptr(OptregInstance) instance = g_new0(OptregInstance, 1);

  instance->descriptor = descriptor;
  instance->index = index;
  instance->config = config;
  instance->tensors = tensors;
  instance->n_tensors = chain->builder.n_tensors;
  instance->n_groups = config->n_groups;
  optreg_host_init(&instance->host, hooks);
  log_hidden(instance);
  instance->slots = optreg_slots_new(descriptor, instance->n_tensors,
                                     instance->n_groups * OPTREG_N_TYPES);
  allocate_tables(instance);
  choose_what_to_watch(instance);
  fill_hyperparameters(instance, config);
  if (!optreg_instance_build_self(instance, &instance->self, error)) {
    return NULL;
  }
  for (size_t i = 0; i < instance->n_tensors; i++) {
    if (!optreg_instance_trains(instance, &tensors[i])) {
      leave_out(instance, i);
    } else if (!build_tensor(instance, i, error)) {
      return NULL;
    }
  }
  optreg_slots_request(instance->slots, &chain->builder);
  instance->copies_stride = (size_t)optreg_slots_streams(instance->slots)
                            * OPTREG_BLOCK;
  return g_steal_pointer(&instance);
}

void
optreg_instance_release_self(const OptregInstance *instance, void *self)
{
  if (self != NULL && instance->descriptor->class.release != NULL) {
    instance->descriptor->class.release(self);
  }
}

void
optreg_instance_free(OptregInstance *instance)
{
  if (instance == NULL) {
    return;
  }
  optreg_instance_release_self(instance, instance->self);
  optreg_slots_free(instance->slots);
  optreg_host_clear(&instance->host);
  g_free(instance->members);
  g_free(instance->variants);
  g_free(instance->kernels);
  g_free(instance->hyperparameters);
  g_free(instance->next_hyperparameters);
  g_free(instance->scalars);
  g_free(instance->reductions);
  g_free(instance->statuses);
  g_free(instance->is_cell_used);
  g_free(instance);
}

void
optreg_instance_set_executor(OptregInstance *instance, OptregExecutor *executor)
{
  instance->host.executor = executor;
}

void
optreg_instance_init_slots(OptregInstance *instance)
{
  optreg_slots_init(instance->slots, instance->tensors, instance->hyperparameters);
}

void
optreg_instance_reset_slot(OptregInstance *instance, const OptregTensor *tensor,
                           const optreg_slot *row)
{
  optreg_slots_reset(instance->slots, tensor, row, instance->hyperparameters);
}

/* ---- a step ---- */

double *
optreg_instance_hyperparameters(OptregInstance *instance, size_t group)
{
  return instance->hyperparameters + group * instance->descriptor->n_hyperparameters;
}

double *
optreg_instance_next_hyperparameters(OptregInstance *instance, size_t group)
{
  return instance->next_hyperparameters
         + group * instance->descriptor->n_hyperparameters;
}

void
optreg_instance_adopt_hyperparameters(OptregInstance *instance)
{
  memcpy(instance->hyperparameters, instance->next_hyperparameters,
         instance->n_groups * instance->descriptor->n_hyperparameters * sizeof(double));
}

const OptregDescriptor *
optreg_instance_descriptor(const OptregInstance *instance)
{
  return instance->descriptor;
}

size_t
optreg_instance_first_row(const OptregInstance *instance)
{
  return instance->first_row;
}

size_t
optreg_instance_first_slot(const OptregInstance *instance)
{
  return instance->first_slot;
}

/* overwritten ones count as its own, with sums of 0: so the tree of a model with one
 * optimizer is that of its tensors */
void
optreg_instance_choose_members(OptregInstance *instance, const size_t *by_name)
{
  instance->members = g_new(size_t, instance->n_tensors + 1);
  for (size_t i = 0; i < instance->n_tensors; i++) {
    if (instance->tensors[by_name[i]].optimizer == instance->index) {
      instance->members[instance->n_members++] = by_name[i];
    }
  }
}

const size_t *
optreg_instance_members(const OptregInstance *instance, size_t *n)
{
  *n = instance->n_members;
  return instance->members;
}

double *
optreg_instance_reductions(OptregInstance *instance, size_t tensor)
{
  return instance->reductions + tensor * instance->descriptor->n_reductions;
}

static int32_t
begin_cell(OptregInstance *instance, size_t cell, uint64_t number, bool is_first)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  double *slots[OPTREG_MAX_SLOTS];
  const size_t group = cell / OPTREG_N_TYPES;
  const optreg_step step = {
    .struct_size = sizeof(optreg_step),
    .step = number,
    .hyperparameter = optreg_instance_hyperparameters(instance, group),
    .slot = slots,
    .group = (uint32_t)group,
    .dtype = optreg_instance_dtype((OptregType)(cell % OPTREG_N_TYPES)),
    .is_first = is_first,
  };

  optreg_slots_of_cell(instance->slots, cell, slots);
  return class->begin_step(instance->self, &step,
                           instance->scalars + cell * class->n_scalars);
}

/* slots of groups and of the model, which only begin_step writes */
static bool
check_shared_slots(OptregInstance *instance, GError **error)
{
  const char *role = instance->is_watching_scalars
                         ? optreg_slots_find_nonfinite_scalar(instance->slots)
                         : NULL;

  if (role != NULL) {
    optreg_slots_restore_scalars(instance->slots);
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                "optimizer '%s': begin_step would leave '%s' not finite; nothing was "
                "changed",
                instance->descriptor->class.name, role);
    return false;
  }
  return true;
}

/* kernels take them into the type of the parameters */
static bool
check_scalars(OptregInstance *instance, size_t cell, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  const double *scalars = instance->scalars + cell * class->n_scalars;
  const OptregType type = (OptregType)(cell % OPTREG_N_TYPES);

  for (size_t i = 0; i < class->n_scalars; i++) {
    if (!optreg_limits_holds(type, scalars[i])) {
      g_autofree char *value = optreg_limits_show(scalars[i]);
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                  "optimizer '%s': begin_step gave %s as scalar %zu, which is beyond "
                  "%s; nothing was changed",
                  class->name, value, i, type == OPTREG_TYPE_F32 ? "f32" : "f64");
      return false;
    }
  }
  return true;
}

static bool
begin_and_check(OptregInstance *instance, size_t cell, uint64_t step, bool is_first,
                GError **error)
{
  const int32_t status = begin_cell(instance, cell, step, is_first);

  if (status != OPTREG_OK) {
    optreg_host_set_error(&instance->host, instance->descriptor->class.name,
                          "begin_step", status, error);
    return false;
  }
  return check_scalars(instance, cell, error);
}

bool
optreg_instance_begin_step(OptregInstance *instance, uint64_t step, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  bool is_first = true;

  if (class->begin_step == NULL) {
    return true;
  }
  optreg_slots_remember_scalars(instance->slots);
  for (size_t cell = 0; cell < instance->n_groups * OPTREG_N_TYPES; cell++) {
    if (!instance->is_cell_used[cell]) {
      continue;
    }
    if (!begin_and_check(instance, cell, step, is_first, error)) {
      optreg_slots_restore_scalars(instance->slots);
      return false;
    }
    is_first = false;
  }
  return check_shared_slots(instance, error);
}

void
optreg_instance_undo_step(OptregInstance *instance)
{
  if (instance->descriptor->class.begin_step != NULL) {
    optreg_slots_restore_scalars(instance->slots);
  }
}

void
optreg_instance_request_copies(OptregInstance *instance, size_t n_workers,
                               OptregArena *arena)
{
  optreg_arena_add(arena, n_workers * instance->copies_stride * sizeof(double),
                   (void **)&instance->copies);
}

void
optreg_instance_name_overflow(OptregInstance *instance, bool is_on)
{
  instance->is_naming = is_on;
  if (is_on) {
    instance->overflow_role = NULL;
  }
}

void
optreg_instance_overflow(const OptregInstance *instance, const char **role,
                         uint64_t *index)
{
  *role = instance->overflow_role;
  *index = instance->overflow_index;
}

/* tensors that passed together are looked at one by one */
static void
set_overflow_error(const OptregInstance *instance, GError **error)
{
  for (size_t i = 0; error != NULL && i < instance->n_tensors; i++) {
    const OptregTensor *tensor = &instance->tensors[i];
    void *slots[OPTREG_MAX_SLOTS];
    uint64_t index;
    optreg_slots_at(instance->slots, tensor, 0, slots);
    const char *role = optreg_slots_find_nonfinite(
        instance->slots, tensor, (size_t)tensor->n, slots, OPTREG_UNWATCHED, &index);
    if (role != NULL) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                  "the %s of '%s' is not finite at element %" G_GUINT64_FORMAT
                  " after this step, and optimizer '%s' does not say how it grows",
                  role, tensor->name, index, instance->descriptor->class.name);
      return;
    }
  }
}

static void
set_failure(OptregInstance *instance, size_t i, GError **error)
{
  g_autofree char *where =
      error != NULL ? g_strdup_printf("parameter '%s'", instance->tensors[i].name)
                    : NULL;

  optreg_host_set_error(&instance->host, instance->descriptor->class.name, where,
                        instance->statuses[i], error);
}

bool
optreg_instance_check(OptregInstance *instance, GError **error)
{
  for (size_t i = 0; instance->has_failed && i < instance->n_tensors; i++) {
    if (instance->statuses[i] != OPTREG_OK) {
      if (instance->statuses[i] == OPTREG_STATE_OVERFLOW) {
        set_overflow_error(instance, error);
      } else {
        set_failure(instance, i, error);
      }
      memset(instance->statuses, 0, instance->n_tensors * sizeof *instance->statuses);
      instance->has_failed = false;
      return false;
    }
  }
  return true;
}

bool
optreg_instance_continues(const OptregInstance *instance, const OptregTensor *tensor,
                          const OptregTensor *next)
{
  return !tensor->is_whole && !next->is_whole
         && instance->variants[tensor->index] == instance->variants[next->index]
         && optreg_slots_continue(instance->slots, tensor, next);
}

bool
optreg_instance_can_finalize(const OptregInstance *instance)
{
  return instance->descriptor->class.finalize != NULL;
}
