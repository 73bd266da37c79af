/* SPDX-License-Identifier: MIT */
/* What must hold for the rows of slots and reductions. */
#include "check.h"

#include <math.h>
#include <string.h>

/* roles of tensors that the core keeps beside the slots, in checkpoints too */
static const char *const core_roles[] = { "param",  "grad",
                                          "ema",    "gradient_accumulator",
                                          "master", "blob" };

static bool
check_slot_name(const OptregDescriptor *descriptor, const optreg_slot *slot,
                GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(core_roles); i++) {
    if (strcmp(slot->name, core_roles[i]) == 0) {
      return optreg_refuse(
          descriptor, error,
          "slot '%s': is the name of a tensor of optreg's own: rename it", slot->name);
    }
  }
  return true;
}

static bool
check_slot_texts(const OptregDescriptor *descriptor, const optreg_slot *slot,
                 GError **error)
{
  g_autofree char *doc = g_strdup_printf("slot '%s': doc", slot->name);
  g_autofree char *needs = g_strdup_printf("slot '%s': needs", slot->name);

  return optreg_check_text(descriptor, doc, slot->doc, false, error)
         && optreg_check_needs(descriptor, needs, slot->needs, error);
}

static bool
check_slot_constant(const OptregDescriptor *descriptor, const optreg_slot *slot,
                    GError **error)
{
  const bool is_too_low = (slot->flags & OPTREG_NON_NEGATIVE) != 0
                          && slot->init_value < 0;

  if (!isfinite(slot->init_value) || is_too_low) {
    return optreg_refuse(
        descriptor, error,
        "slot '%s': its init_value must be finite, and not negative with "
        "OPTREG_NON_NEGATIVE",
        slot->name);
  }
  return true;
}

static bool
check_slot_source(const OptregDescriptor *descriptor, const optreg_slot *slot,
                  GError **error)
{
  g_autofree char *where = g_strdup_printf("slot '%s': init_from", slot->name);

  return optreg_check_text(descriptor, where, slot->init_from, false, error)
         && optreg_check_needs(descriptor, where, slot->init_from, error);
}

static bool
check_slot_copy(const OptregDescriptor *descriptor, const optreg_slot *slot,
                GError **error)
{
  if (slot->scope != OPTREG_PER_ELEMENT || (slot->flags & OPTREG_NON_NEGATIVE) != 0) {
    return optreg_refuse(descriptor, error,
                         "slot '%s': OPTREG_INIT_PARAMETER is for slots of scope "
                         "OPTREG_PER_ELEMENT without OPTREG_NON_NEGATIVE",
                         slot->name);
  }
  return true;
}

static bool
check_slot_init(const OptregDescriptor *descriptor, const optreg_slot *slot,
                GError **error)
{
  switch (slot->init) {
  case OPTREG_INIT_ZERO:
    return true;
  case OPTREG_INIT_CONSTANT:
    return check_slot_constant(descriptor, slot, error);
  case OPTREG_INIT_HYPERPARAMETER:
    return check_slot_source(descriptor, slot, error);
  case OPTREG_INIT_PARAMETER:
    return check_slot_copy(descriptor, slot, error);
  default:
    return optreg_refuse(descriptor, error,
                         "slot '%s': its init %u is unknown: use one of OPTREG_INIT_*",
                         slot->name, slot->init);
  }
}

/* one promise at most, for what has elements */
static bool
check_slot_growth(const OptregDescriptor *descriptor, const optreg_slot *slot,
                  GError **error)
{
  const uint32_t growth = slot->flags & OPTREG_GROWTH;

  if (growth != 0
      && ((growth & (growth - 1)) != 0 || slot->scope != OPTREG_PER_ELEMENT)) {
    return optreg_refuse(descriptor, error,
                         "slot '%s': its growth is one of OPTREG_AVERAGES_GRADIENTS, "
                         "OPTREG_SUMS_GRADIENTS, OPTREG_AVERAGES_SQUARES, "
                         "OPTREG_SUMS_SQUARES and OPTREG_GROWS_SLOWLY, with scope "
                         "OPTREG_PER_ELEMENT",
                         slot->name);
  }
  if (growth != 0 && (slot->flags & OPTREG_TRANSIENT) != 0) {
    return optreg_refuse(descriptor, error,
                         "slot '%s': is OPTREG_TRANSIENT, so it has nothing to grow "
                         "from: remove its growth",
                         slot->name);
  }
  return true;
}

static bool
check_slot(const OptregDescriptor *descriptor, const optreg_slot *slot, GError **error)
{
  if (slot->scope < OPTREG_PER_ELEMENT || slot->scope > OPTREG_PER_MODEL) {
    return optreg_refuse(
        descriptor, error,
        "slot '%s': its scope %u is unknown: use one of OPTREG_PER_ELEMENT, "
        "OPTREG_PER_TENSOR, OPTREG_PER_GROUPS and OPTREG_PER_MODEL",
        slot->name, slot->scope);
  }
  return check_slot_name(descriptor, slot, error)
         && check_slot_texts(descriptor, slot, error)
         && check_slot_growth(descriptor, slot, error)
         && check_slot_init(descriptor, slot, error);
}

bool
optreg_check_slots(const OptregDescriptor *descriptor, GError **error)
{
  if (!optreg_check_names(descriptor, "slot", descriptor->slots, descriptor->n_slots,
                          sizeof(optreg_slot), error)) {
    return false;
  }
  for (size_t i = 0; i < descriptor->n_slots; i++) {
    if (!check_slot(descriptor, &descriptor->slots[i], error)) {
      return false;
    }
  }
  return true;
}

static bool
check_reduction(const OptregDescriptor *descriptor, const optreg_reduction *row,
                GError **error)
{
  g_autofree char *doc = g_strdup_printf("reduction '%s': doc", row->name);

  if (row->scope != OPTREG_PER_TENSOR && row->scope != OPTREG_PER_MODEL) {
    return optreg_refuse(descriptor, error,
                         "reduction '%s': its scope must be OPTREG_PER_TENSOR or "
                         "OPTREG_PER_MODEL",
                         row->name);
  }
  if (row->op != OPTREG_SUM && row->op != OPTREG_MAX) {
    return optreg_refuse(descriptor, error,
                         "reduction '%s': its op must be OPTREG_SUM or OPTREG_MAX",
                         row->name);
  }
  return optreg_check_text(descriptor, doc, row->doc, false, error);
}

static bool
has_phase(const OptregDescriptor *descriptor, uint32_t phase)
{
  for (size_t i = 0; i < descriptor->n_reductions; i++) {
    if (descriptor->reductions[i].phase == phase) {
      return true;
    }
  }
  return false;
}

bool
optreg_check_reductions(const OptregDescriptor *descriptor, GError **error)
{
  const optreg_reduction *rows = descriptor->reductions;

  if (!optreg_check_names(descriptor, "reduction", rows, descriptor->n_reductions,
                          sizeof(rows[0]), error)) {
    return false;
  }
  for (size_t i = 0; i < descriptor->n_reductions; i++) {
    if (!check_reduction(descriptor, &rows[i], error)) {
      return false;
    }
    if (rows[i].phase > 0 && !has_phase(descriptor, rows[i].phase - 1)) {
      return optreg_refuse(descriptor, error,
                           "reduction '%s': is in phase %u, but there is no phase %u: "
                           "number the phases 0, 1, 2",
                           rows[i].name, rows[i].phase, rows[i].phase - 1);
    }
  }
  return true;
}
