/* SPDX-License-Identifier: MIT */
/* Checks of slots. */
#include "check.h"
#include "imports.h"
#include "subjects.h"

#include <math.h>
#include <string.h>

enum { N_STEPS = 5 };

static void
turn_on_slot(const Plugin *plugin, const optreg_slot *row, double *values)
{
  double candidates[MAX_CANDIDATES];
  const gssize needs =
      row->needs == NULL ? -1 : plugin_find_hyperparameter(plugin, row->needs);

  values_default(plugin, values);
  if (needs < 0) {
    return;
  }
  values_turn_on(plugin, (size_t)needs, values);
  if (values[needs] == 0.0
      && values_candidates(plugin_hyperparameter(plugin, (size_t)needs), candidates)
             > 0) {
    values[needs] = candidates[0];
  }
}

/* change every element of a slot, or its one value */
static void
disturb(Rig *rig, size_t slot, uint64_t seed)
{
  if (plugin_slot(rig->plugin, slot)->scope != OPTREG_PER_ELEMENT) {
    *rig_cell(rig, slot) += 0.5;
  }
  for (size_t i = 0; rig->slots[slot].map != NULL && i < rig_slot_size(rig, slot);
       i++) {
    rig_set(rig, &rig->slots[slot], i,
            rig_get(rig, &rig->slots[slot], i) + 0.5 + noise(seed, i));
  }
}

static bool
is_same_slot(const Rig *a, const Rig *b, size_t slot)
{
  if (plugin_slot(a->plugin, slot)->scope != OPTREG_PER_ELEMENT) {
    return memcmp(rig_cell(a, slot), rig_cell(b, slot), sizeof(double)) == 0;
  }
  return a->slots[slot].size == 0
         || memcmp(a->slots[slot].data, b->slots[slot].data, a->slots[slot].size) == 0;
}

/* ---- every slot is used ---- */

static bool
is_used(const Plugin *plugin, const RigSpec *spec, size_t slot, bool *is_there)
{
  Rig fresh, usual, disturbed;
  int32_t status;
  const bool is_element = plugin_slot(plugin, slot)->scope == OPTREG_PER_ELEMENT;

  if (!rig_init(&fresh, plugin, spec, &status)
      || !rig_init(&usual, plugin, spec, &status)
      || !rig_init(&disturbed, plugin, spec, &status)) {
    return false;
  }
  *is_there |= !is_element || fresh.slots[slot].map != NULL;
  rig_steps(&usual, N_STEPS, NULL);
  disturb(&disturbed, slot, 1);
  rig_steps(&disturbed, N_STEPS, NULL);
  const bool is_written = !is_same_slot(&fresh, &usual, slot);
  const bool is_read = memcmp(usual.param.data, disturbed.param.data, usual.param.size)
                       != 0;
  rig_clear(&fresh);
  rig_clear(&usual);
  rig_clear(&disturbed);
  return is_written || is_read;
}

static void
check_slot(const Plugin *plugin, size_t slot, Finding *finding)
{
  const optreg_slot *row = plugin_slot(plugin, slot);
  double values[MAX_VALUES] = { 0 };
  bool is_there = false;

  turn_on_slot(plugin, row, values);
  for (size_t i = 0; i < SUBJECTS_N_SMALL; i++) {
    RigSpec spec = subjects_small[i];
    spec.values = values;
    if (is_used(plugin, &spec, slot, &is_there)) {
      return;
    }
  }
  finding_fail(finding, "the slot '%s' %s", row->name,
               is_there ? "is neither written nor has it an effect"
                        : "exists for no vector and no matrix");
}

static void
check_used(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < plugin->class->slots.count; i++) {
    if (!(plugin_slot(plugin, i)->flags & OPTREG_TRANSIENT)) {
      check_slot(plugin, i, finding);
    }
  }
}

/* ---- scratch need not survive ---- */

static void
check_transient(const Plugin *plugin, Finding *finding)
{
  RigSpec spec;
  Rig usual, disturbed;

  if (!subjects_any(plugin, &spec) || !subjects_rig(&usual, plugin, &spec, finding)
      || !subjects_rig(&disturbed, plugin, &spec, finding)) {
    return;
  }
  subjects_run(&usual, N_STEPS, NULL, finding);
  for (uint64_t step = 0; step < N_STEPS; step++) {
    for (size_t i = 0; i < plugin->class->slots.count; i++) {
      if (plugin_slot(plugin, i)->flags & OPTREG_TRANSIENT) {
        disturb(&disturbed, i, step);
      }
    }
    subjects_run(&disturbed, 1, NULL, finding);
  }
  const char *where = rig_difference(&usual, &disturbed);
  if (where != NULL) {
    finding_fail(finding, "%s depends on what a scratch slot held before the step",
                 where);
  }
  rig_clear(&usual);
  rig_clear(&disturbed);
}

/* ---- what is declared never to be negative ---- */

static void
visit_sign(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig;

  if (!subjects_rig(&rig, plugin, spec, finding)) {
    return;
  }
  for (size_t step = 0; step < N_STEPS; step++) {
    subjects_run(&rig, 1, NULL, finding);
    for (size_t i = 0; i < plugin->class->slots.count; i++) {
      const optreg_slot *row = plugin_slot(plugin, i);
      const size_t n = rig.slots[i].map != NULL ? rig_slot_size(&rig, i) : 0;
      for (size_t j = 0; (row->flags & OPTREG_NON_NEGATIVE) && j < n; j++) {
        const double value = rig_get(&rig, &rig.slots[i], j);
        if (value < 0.0) {
          finding_fail(finding, "'%s' is %g at element %zu", row->name, value, j);
        }
      }
    }
  }
  rig_clear(&rig);
}

static void
check_sign(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, visit_sign);
}

/* ---- no state beside the slots ---- */

static size_t
build_bytes(const Plugin *plugin, uint64_t rows, Finding *finding)
{
  RigSpec spec;
  Rig rig;

  if (!subjects_any(plugin, &spec)) {
    return 0;
  }
  spec.dims[0] = rows;
  const size_t before = imports_allocations().n_bytes;
  if (subjects_rig(&rig, plugin, &spec, finding)) {
    subjects_run(&rig, 1, NULL, finding);
    rig_clear(&rig);
  }
  return imports_allocations().n_bytes - before;
}

static void
check_outside(const Plugin *plugin, Finding *finding)
{
  enum { FEW = 16, MANY = 1024, SLACK = 256 };

  imports_watch(plugin->library);
  const size_t few = build_bytes(plugin, FEW, finding);
  const size_t many = build_bytes(plugin, MANY, finding);
  if (many > few + SLACK) {
    finding_fail(finding, "allocates %zu bytes for %d rows and %zu for %d", few, FEW,
                 many, MANY);
  }
}

/* ---- finalize ---- */

static void
check_finalize(const Plugin *plugin, Finding *finding)
{
  RigSpec spec;
  Rig kept, rig;

  if (plugin->class->finalize == NULL) {
    finding_skip(finding, "has no finalize");
    return;
  }
  if (!subjects_any(plugin, &spec) || !subjects_rig(&kept, plugin, &spec, finding)
      || !subjects_rig(&rig, plugin, &spec, finding)) {
    return;
  }
  subjects_run(&kept, N_STEPS, NULL, finding);
  subjects_run(&rig, N_STEPS, NULL, finding);
  const int32_t status = rig_finalize(&rig, NULL);
  for (size_t i = 0; i < plugin->class->slots.count; i++) {
    if (!is_same_slot(&kept, &rig, i)) {
      finding_fail(finding, "finalize writes to the slot '%s'",
                   plugin_slot(plugin, i)->name);
    }
  }
  if (status != OPTREG_OK || !rig_is_finite(&rig)) {
    finding_fail(finding, "finalize %s",
                 status != OPTREG_OK ? "fails"
                                     : "gives weights that are not "
                                       "finite");
  }
  rig_clear(&kept);
  rig_clear(&rig);
}

static const Check checks[] = {
  { "state.used", SEVERITY_WARNING, "every declared slot is used",
    "remove the slot, or name in `needs` the hyperparameter that makes it necessary",
    check_used },
  { "state.transient", SEVERITY_ERROR, "a scratch slot need not survive a step",
    "write to it before reading, or remove OPTREG_TRANSIENT", check_transient },
  { "state.sign", SEVERITY_ERROR, "a slot with OPTREG_NON_NEGATIVE is never negative",
    "remove the flag", check_sign },
  { "state.outside", SEVERITY_ERROR, "what grows with a tensor is in slots",
    "declare a slot: only slots are saved, counted and cut", check_outside },
  { "state.finalize", SEVERITY_ERROR,
    "finalize gives finite weights and leaves slots alone",
    "write to the parameter only", check_finalize },
};

const Family state_family = { .name = "state", CHECKS(checks), .needs_plugin = true };
