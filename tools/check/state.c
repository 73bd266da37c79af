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

/* ---- promises of growth ---- */

#define ROUNDED_UP (1.0 + 0x1p-20)

static double
largest(const Rig *rig, const Guard *buffer, size_t n)
{
  double value = 0.0;

  for (size_t i = 0; i < n; i++) {
    const double element = fabs(rig_get(rig, buffer, i));
    value = element <= value ? value : element; /* NaN is larger */
  }
  return value;
}

/* as plugin.h puts it */
static double
permitted(uint32_t flags, double before, double gradient, double rate)
{
  switch (flags & OPTREG_GROWTH) {
  case OPTREG_AVERAGES_GRADIENTS:
    return fmax(before, gradient);
  case OPTREG_SUMS_GRADIENTS:
    return before + gradient * rate;
  case OPTREG_AVERAGES_SQUARES:
    return fmax(before, gradient * gradient);
  case OPTREG_SUMS_SQUARES:
    return before + gradient * gradient;
  default:
    return 2.0 * before + 0x1p32 * fmax(1.0, gradient) * rate;
  }
}

static double
rate_of(const Plugin *plugin, const double *values)
{
  const gssize i = plugin_find_hyperparameter(plugin, "learning_rate");

  return i < 0 ? 1.0 : fmax(1.0, values[i]);
}

/* One step with gradients up to `size`. False when there is no more to see: it has been
 * found, or numbers come near the end of the type, where the core tries the step first
 */
static bool
grow(Rig *rig, size_t slot, double rate, double size, Finding *finding)
{
  const optreg_slot *row = plugin_slot(rig->plugin, slot);
  const Guard *buffer = &rig->slots[slot];
  const size_t n = rig_slot_size(rig, slot);
  const double most = rig->spec.dtype == OPTREG_F64 ? 0x1p1000 : 0x1p120;

  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->grad, i, size * signed_noise(rig->step + 1, i));
  }
  const double gradient = largest(rig, &rig->grad, rig->n);
  const double before = largest(rig, buffer, n);
  const double bound = permitted(row->flags, before, gradient, rate) * ROUNDED_UP;
  if (!(bound < most) || rig_step_as_is(rig, NULL) != OPTREG_OK
      || !rig_is_finite(rig)) {
    return false;
  }
  const double after = largest(rig, buffer, n);
  if (!(after <= bound)) {
    finding_fail(finding,
                 "'%s' grows from %g to %g in a step with gradients up to %g, at most "
                 "to %g by its flag",
                 row->name, before, after, gradient, bound);
  }
  return after <= bound;
}

/* some sizes twice, so that sums and averages part, and small ones behind large ones */
static void
grow_slot(const Plugin *plugin, size_t slot, RigSpec spec, const double *values,
          Finding *finding)
{
  static const double sizes[] = { 1.0, 1.0,  1e-3, 1e2,  1e2, 1e6,
                                  1e6, 1e12, 1e12, 1e12, 1.0, 1.0 };
  int32_t status;
  Rig rig;

  spec.values = values;
  if (finding_is_set(finding) || !rig_init(&rig, plugin, &spec, &status)) {
    return;
  }
  const double rate = rate_of(plugin, values);
  for (size_t i = 0; rig.slots[slot].map != NULL && i < G_N_ELEMENTS(sizes)
                     && grow(&rig, slot, rate, sizes[i], finding);
       i++) {
  }
  rig_clear(&rig);
}

/* at the defaults in every type, then with one hyperparameter after the other at every
 * value worth trying */
static void
check_growth_of(const Plugin *plugin, size_t slot, Finding *finding)
{
  double base[MAX_VALUES] = { 0 }, values[MAX_VALUES], candidates[MAX_CANDIDATES];

  turn_on_slot(plugin, plugin_slot(plugin, slot), base);
  for (size_t i = 0; i < SUBJECTS_N_SMALL; i++) {
    RigSpec spec = subjects_small[i];
    grow_slot(plugin, slot, spec, base, finding);
    spec.dtype = OPTREG_F64;
    if (plugin_has_dtype(plugin, OPTREG_F64)) {
      grow_slot(plugin, slot, spec, base, finding);
    }
    spec.dtype = OPTREG_F32;
    for (size_t row = 0; row < plugin->class->hyperparameters.count; row++) {
      const size_t n =
          values_candidates(plugin_hyperparameter(plugin, row), candidates);
      for (size_t j = 0; j < n; j++) {
        memcpy(values, base, sizeof values);
        values[row] = candidates[j];
        grow_slot(plugin, slot, spec, values, finding);
      }
    }
  }
}

static void
check_growth(const Plugin *plugin, Finding *finding)
{
  bool is_promised = false;

  for (size_t i = 0; i < plugin->class->slots.count; i++) {
    if (plugin_slot(plugin, i)->flags & OPTREG_GROWTH) {
      is_promised = true;
      check_growth_of(plugin, i, finding);
    }
  }
  if (!is_promised) {
    finding_skip(finding, "promises nothing of how its slots grow");
  }
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
  { "state.growth", SEVERITY_ERROR, "slots grow no faster than their flags say",
    "declare the flag that holds at every permitted value, or none: the core then "
    "looks at the slot behind every step",
    check_growth },
  { "state.outside", SEVERITY_ERROR, "what grows with a tensor is in slots",
    "declare a slot: only slots are saved, counted and cut", check_outside },
  { "state.finalize", SEVERITY_ERROR,
    "finalize gives finite weights and leaves slots alone",
    "write to the parameter only", check_finalize },
};

const Family state_family = { .name = "state", CHECKS(checks), .needs_plugin = true };
