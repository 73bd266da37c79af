/* SPDX-License-Identifier: MIT */
/* Options and slots -> features. */
#include "demand.h"

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

static uint32_t
read_window(const optreg_optimizer *optimizer)
{
  const char *text = demand_option(optimizer, "gradient_accumulation_steps");
  const unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 0;

  return n > 1 ? (uint32_t)n : 1;
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

static size_t
count_slots(const optreg_optimizer *optimizer, const optreg_optimizer_info *info,
            const Shapes *shapes)
{
  size_t n = 0;

  for (size_t i = 0; i < info->n_slots; i++) {
    n += g_str_equal(info->slots[i].scope, "element")
         && 2 * count_elements(optimizer, shapes, info->slots[i].name) >= shapes->n;
  }
  return n;
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
  optreg_error *failure = NULL;
  const optreg_optimizer_info *info = optreg_registry_info(registry, name, &failure);

  if (info == NULL) {
    return status_take(failure, error);
  }
  *features = (Features){
    .has_guard = !g_str_equal(demand_option(optimizer, "nonfinite"), "propagate"),
    .has_norm = is_on(optimizer, "clipnorm") || is_on(optimizer, "global_clipnorm"),
    .has_ema = is_on(optimizer, "use_ema"),
    .window = read_window(optimizer),
    .n_slots = count_slots(optimizer, info, shapes),
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
