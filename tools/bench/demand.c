/* SPDX-License-Identifier: MIT */
/* Options and slots -> features. */
#include "demand.h"

#include "support/optimizers.h"
#include "support/status.h"

#include <stdlib.h>
#include <string.h>

const char *
demand_option(const optreg_optimizer *optimizer, const char *name)
{
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    if (options[i].group == NULL && g_str_equal(options[i].name, name)) {
      return options[i].value;
    }
  }
  return NULL;
}

/* in any group */
static bool
is_on(const optreg_optimizer *optimizer, const char *name)
{
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    if (g_str_equal(options[i].name, name) && !g_str_equal(options[i].value, "null")
        && !g_str_equal(options[i].value, "false")) {
      return true;
    }
  }
  return false;
}

static uint64_t
count_elements(const optreg_optimizer *optimizer, const Shapes *shapes,
               const char *slot)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < shapes->tensors->len; i++) {
    uint64_t n = 0;
    if (optreg_optimizer_state(optimizer, i, slot, &n) != NULL) {
      sum += n;
    }
  }
  return sum;
}

/* of one optimizer of several its share: elements of its slots for each parameter */
static double
share_of_slots(const optreg_optimizer *optimizer, const optreg_optimizer_info *info,
               const Shapes *shapes, GHashTable *seen, bool is_alone)
{
  double share = 0.0;

  for (size_t i = 0; i < info->n_slots; i++) {
    if (g_str_equal(info->slots[i].scope, "element")
        && g_hash_table_add(seen, (char *)info->slots[i].name)) {
      const uint64_t n = count_elements(optimizer, shapes, info->slots[i].name);
      share += !is_alone            ? (double)n / (double)shapes->n
               : 2 * n >= shapes->n ? 1.0
                                    : 0.0;
    }
  }
  return share;
}

/* slots of the same name stand for each other: they are counted once */
static bool
count_slots(const optreg_optimizer *optimizer, optreg_registry *registry,
            const Shapes *shapes, size_t *n_slots, GError **error)
{
  g_autoptr(GPtrArray) names = optimizers_of(optimizer);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  double share = 0.0;

  for (guint i = 0; i < names->len; i++) {
    optreg_error *failure = NULL;
    const optreg_optimizer_info *info =
        optreg_registry_info(registry, g_ptr_array_index(names, i), &failure);
    if (info == NULL) {
      return status_take(failure, error);
    }
    share += share_of_slots(optimizer, info, shapes, seen, names->len == 1);
  }
  *n_slots = (size_t)(share + 0.5);
  return true;
}

/* how many phases an optimizer declares is in no public table but this one */
static size_t
count_phases(const optreg_optimizer *optimizer)
{
  const optreg_sweep_info *sweeps = NULL;
  const size_t n = optreg_optimizer_sweeps(optimizer, &sweeps);
  size_t n_phases = 0;

  for (size_t i = 0; i < n; i++) {
    n_phases += g_str_has_prefix(sweeps[i].name, "reduce");
  }
  return n_phases;
}

bool
demand_read(Features *features, optreg_registry *registry,
            const optreg_optimizer *optimizer, const Shapes *shapes, GError **error)
{
  const char *name = demand_option(optimizer, "optimizer");
  size_t n_slots = 0;

  if (!count_slots(optimizer, registry, shapes, &n_slots, error)) {
    return false;
  }
  *features = (Features){
    .has_guard = !g_str_equal(demand_option(optimizer, "nonfinite"), "propagate"),
    .has_norm = is_on(optimizer, "clipnorm") || is_on(optimizer, "global_clipnorm"),
    .has_ema = is_on(optimizer, "use_ema"),
    .window = (uint32_t)optreg_optimizer_accumulation_steps(optimizer),
    .n_slots = n_slots,
    .n_phases = count_phases(optimizer),
  };
  if (features->n_slots > MAX_STREAMS - 4 || features->n_phases > MAX_PASSES - 2) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "%s has %zu slots and %zu phases: too many for the benchmark", name,
                features->n_slots, features->n_phases);
    return false;
  }
  return true;
}
