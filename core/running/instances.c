/* SPDX-License-Identifier: MIT */
/* The optimizers of a model. */
#include "running/instances.h"

#include "running/instance_private.h"

/* ---- which ---- */

/* the model's first, then others in the order of the groups */
static GPtrArray *
find_descriptors(const OptregConfig *config)
{
  GPtrArray *found = g_ptr_array_new();

  g_ptr_array_add(found, (void *)config->groups[config->n_groups - 1].descriptor);
  for (size_t i = 0; i < config->n_groups; i++) {
    const OptregDescriptor *descriptor = config->groups[i].descriptor;
    if (!g_ptr_array_find(found, descriptor, NULL)) {
      g_ptr_array_add(found, (void *)descriptor);
    }
  }
  return found;
}

void
optreg_instances_assign(const OptregConfig *config, OptregTensor *tensors, size_t n)
{
  g_autoptr(GPtrArray) descriptors = find_descriptors(config);

  for (size_t i = 0; i < n; i++) {
    const OptregDescriptor *descriptor = config->groups[tensors[i].group].descriptor;
    guint optimizer = 0;
    g_ptr_array_find(descriptors, descriptor, &optimizer);
    tensors[i].optimizer = optimizer;
    tensors[i].n_phases = descriptor->n_phases;
    tensors[i].goes_together = (descriptor->class.flags & OPTREG_IGNORES_PLACE) != 0
                               && descriptor->n_reductions == 0;
  }
}

OptregInstance *
optreg_instances_of_group(const OptregInstances *instances, const OptregGroup *group)
{
  for (size_t i = 1; i < instances->n; i++) {
    if (instances->items[i]->descriptor == group->descriptor) {
      return instances->items[i];
    }
  }
  return instances->items[0];
}

char *
optreg_instances_key(const OptregInstances *instances, size_t i, const char *key)
{
  return i == 0
             ? g_strdup(key)
             : g_strconcat(key, ":", instances->items[i]->descriptor->class.name, NULL);
}

/* ---- building ---- */

/* rows of all lie behind one another */
static void
place(OptregInstances *instances, OptregInstance *instance)
{
  const OptregDescriptor *descriptor = instance->descriptor;

  instance->first_row = instances->n_rows;
  instance->first_slot = instances->n_slots;
  instances->n_rows += descriptor->n_reductions;
  instances->n_slots += descriptor->n_slots;
  instances->n_phases = MAX(instances->n_phases, descriptor->n_phases);
}

static char *
join_names(const GPtrArray *descriptors)
{
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < descriptors->len; i++) {
    const OptregDescriptor *descriptor = g_ptr_array_index(descriptors, i);
    g_string_append_printf(text, "%s%s", i > 0 ? " and " : "", descriptor->class.name);
  }
  return g_string_free(text, FALSE);
}

bool
optreg_instances_build(OptregInstances *instances, const OptregConfig *config,
                       OptregTensor *tensors, OptregChain *chain,
                       const OptregHooks *hooks, GError **error)
{
  g_autoptr(GPtrArray) descriptors = find_descriptors(config);

  instances->items = g_new0(OptregInstance *, descriptors->len);
  instances->name = join_names(descriptors);
  for (guint i = 0; i < descriptors->len; i++) {
    OptregInstance *instance = optreg_instance_new(
        g_ptr_array_index(descriptors, i), i, config, tensors, chain, hooks, error);
    if (instance == NULL) {
      return false;
    }
    place(instances, instance);
    instances->items[instances->n++] = instance;
  }
  optreg_instances_add_stages(instances, chain);
  return true;
}

void
optreg_instances_clear(OptregInstances *instances)
{
  for (size_t i = 0; i < instances->n; i++) {
    optreg_instance_free(instances->items[i]);
  }
  g_free(instances->items);
  g_free(instances->name);
}

void
optreg_instances_start(OptregInstances *instances, OptregExecutor *executor,
                       const size_t *by_name)
{
  for (size_t i = 0; i < instances->n; i++) {
    optreg_instance_choose_members(instances->items[i], by_name);
    optreg_instance_set_executor(instances->items[i], executor);
    optreg_instance_init_slots(instances->items[i]);
  }
}

void
optreg_instances_request_copies(OptregInstances *instances, size_t n_workers,
                                OptregArena *arena)
{
  for (size_t i = 0; i < instances->n; i++) {
    optreg_instance_request_copies(instances->items[i], n_workers, arena);
  }
}

/* ---- a step ---- */

static void
undo_first(OptregInstances *instances, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    optreg_instance_undo_step(instances->items[i]);
  }
}

bool
optreg_instances_begin_step(OptregInstances *instances, uint64_t step, GError **error)
{
  for (size_t i = 0; i < instances->n; i++) {
    if (!optreg_instance_begin_step(instances->items[i], step, error)) {
      undo_first(instances, i);
      return false;
    }
  }
  return true;
}

void
optreg_instances_undo_step(OptregInstances *instances)
{
  undo_first(instances, instances->n);
}

/* all are asked, so that none has an old failure left */
bool
optreg_instances_check(OptregInstances *instances, GError **error)
{
  bool is_well = true;

  for (size_t i = 0; i < instances->n; i++) {
    is_well &= optreg_instance_check(instances->items[i], is_well ? error : NULL);
  }
  return is_well;
}

bool
optreg_instances_can_finalize(const OptregInstances *instances)
{
  for (size_t i = 0; i < instances->n; i++) {
    if (optreg_instance_can_finalize(instances->items[i])) {
      return true;
    }
  }
  return false;
}
