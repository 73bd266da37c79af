/* SPDX-License-Identifier: MIT */
/* Checks of hyperparameters: each counts, and keeps what its range promises. */
#include "check.h"
#include "subjects.h"

#include <math.h>
#include <string.h>

enum { N_STEPS = 5 };

/* ---- every hyperparameter has an effect ---- */

/* whether two points of hyperparameters give another parameter; refused ones do not
 * count */
static bool
do_differ(const Plugin *plugin, const RigSpec *spec, const double *first,
          const double *second)
{
  RigSpec one = *spec, two = *spec;
  Rig a, b;
  int32_t status;
  bool is_different = false;

  one.values = first;
  two.values = second;
  if (!rig_init(&a, plugin, &one, &status)) {
    return false;
  }
  if (rig_init(&b, plugin, &two, &status)) {
    rig_steps(&a, N_STEPS + 1, NULL);
    rig_steps(&b, N_STEPS + 1, NULL);
    rig_finalize(&a, NULL);
    rig_finalize(&b, NULL);
    is_different = memcmp(a.param.data, b.param.data, a.param.size) != 0;
    rig_clear(&b);
  }
  rig_clear(&a);
  return is_different;
}

static bool
has_effect(const Plugin *plugin, size_t row, const double *base, double value)
{
  static const double scales[] = { 1.0, 1e-3, 1e3, 1e-9 };
  double changed[MAX_VALUES];

  memcpy(changed, base, sizeof changed);
  changed[row] = value;
  /* last, for those that step aside and come back: gradients that see it */
  for (size_t i = 0; i < 2 * G_N_ELEMENTS(scales) * SUBJECTS_N_SMALL; i++) {
    RigSpec spec = subjects_small[i % SUBJECTS_N_SMALL];
    spec.scale = scales[i / SUBJECTS_N_SMALL % G_N_ELEMENTS(scales)];
    spec.is_following = i >= G_N_ELEMENTS(scales) * SUBJECTS_N_SMALL;
    if (do_differ(plugin, &spec, base, changed)) {
      return true;
    }
  }
  return false;
}

/* one value with an effect is enough, but a choice is nothing without it */
static void
check_row(const Plugin *plugin, size_t i, Finding *finding)
{
  const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
  double base[MAX_VALUES] = { 0 }, candidates[MAX_CANDIDATES];
  bool is_any = false;

  values_default(plugin, base);
  values_turn_on(plugin, i, base);
  const size_t n = values_candidates(row, candidates);
  for (size_t j = 0; j < n && !(is_any && row->type != OPTREG_CHOICE); j++) {
    const bool is_effective = has_effect(plugin, i, base, candidates[j]);
    if (!is_effective && row->type == OPTREG_CHOICE) {
      finding_fail(finding, "choice %g of '%s' gives the bits of the default",
                   candidates[j], row->name);
    }
    is_any |= is_effective;
  }
  if (n == 0) {
    finding_fail(finding, "'%s' has one value only, its default", row->name);
  } else if (!is_any) {
    finding_fail(finding,
                 "'%s' has no effect: the weights keep their bits for each of %zu "
                 "values",
                 row->name, n);
  }
}

static void
check_effects(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    check_row(plugin, i, finding);
  }
}

/* ---- values that vary ---- */

/* A row that may differ between groups or follow a schedule has other values in a step
 * than build has seen. What is compared are two rigs whose calls see the same but for
 * that. */

typedef struct Variation {
  RigSpec spec;
  double base[MAX_VALUES], changed[MAX_VALUES]; /* they give different weights */
} Variation;

/* false when no value of the row has an effect */
static bool
find_variation(const Plugin *plugin, size_t row, Variation *variation)
{
  double candidates[MAX_CANDIDATES];

  values_default(plugin, variation->base);
  values_turn_on(plugin, row, variation->base);
  const size_t n = values_candidates(plugin_hyperparameter(plugin, row), candidates);
  for (size_t i = 0; i < n * SUBJECTS_N_SMALL; i++) {
    variation->spec = subjects_small[i % SUBJECTS_N_SMALL];
    memcpy(variation->changed, variation->base, sizeof variation->base);
    variation->changed[row] = candidates[i / SUBJECTS_N_SMALL];
    if (do_differ(plugin, &variation->spec, variation->base, variation->changed)) {
      return true;
    }
  }
  return false;
}

/* three steps at the first values, two at others, one at the first again */
static bool
run_schedule(Rig *rig, const double *first, const double *then)
{
  static const size_t steps[] = { 3, 2, 1 };
  bool is_taken = true;

  for (size_t i = 0; i < G_N_ELEMENTS(steps) && is_taken; i++) {
    rig_set_values(rig, i == 1 ? then : first);
    is_taken = rig_steps(rig, steps[i], NULL) == OPTREG_OK;
  }
  return is_taken && rig_finalize(rig, NULL) == OPTREG_OK;
}

/* whether both can be run, and what differs then */
static bool
compare_runs(const Plugin *plugin, const RigSpec *first, const RigSpec *second,
             const double *then[2], const char **where)
{
  int32_t status;
  Rig a, b;

  if (!rig_init(&a, plugin, first, &status)) {
    return false;
  }
  if (!rig_init(&b, plugin, second, &status)) {
    rig_clear(&a);
    return false;
  }
  const bool is_run = run_schedule(&a, first->values, then[0])
                      && run_schedule(&b, second->values, then[1]);
  *where = is_run ? rig_difference(&a, &b) : NULL;
  rig_clear(&a);
  rig_clear(&b);
  return is_run;
}

static void
check_of_group(const Plugin *plugin, const char *name, const Variation *variation,
               Finding *finding)
{
  RigSpec same = variation->spec, other = variation->spec;
  const char *where = NULL;

  same.values = other.values = variation->changed;
  other.early_values = variation->base;
  const double *then[] = { variation->changed, variation->changed };
  if (compare_runs(plugin, &same, &other, then, &where) && where != NULL) {
    finding_fail(finding,
                 "'%s' may differ between groups, but %s depends on the value outside "
                 "groups, which build has seen",
                 name, where);
  }
}

static void
check_of_schedule(const Plugin *plugin, const char *name, const Variation *variation,
                  Finding *finding)
{
  RigSpec usual = variation->spec, other = variation->spec;
  const char *where = NULL;

  usual.values = other.values = variation->base;
  usual.is_scheduled = other.is_scheduled = true;
  other.early_values = variation->changed;
  const double *same[] = { variation->changed, variation->changed };
  if (compare_runs(plugin, &usual, &other, same, &where) && where != NULL) {
    finding_fail(finding,
                 "'%s' may follow a schedule, but %s depends on its value when the "
                 "optimizer was built",
                 name, where);
  }
}

/* whether a value that comes after the first steps changes anything: one that does is
 * enough */
static bool
has_late_effect(const Plugin *plugin, size_t row, const double *base)
{
  static const double scales[] = { 1.0, 1e-3, 1e3, 1e-9 };
  double candidates[MAX_CANDIDATES], changed[MAX_VALUES];
  const size_t n = values_candidates(plugin_hyperparameter(plugin, row), candidates);
  const double *then[] = { base, changed };

  memcpy(changed, base, sizeof changed);
  for (size_t i = 0; i < n * G_N_ELEMENTS(scales) * SUBJECTS_N_SMALL; i++) {
    RigSpec spec = subjects_small[i % SUBJECTS_N_SMALL];
    const char *where = NULL;
    spec.scale = scales[i / SUBJECTS_N_SMALL % G_N_ELEMENTS(scales)];
    spec.values = base;
    spec.is_scheduled = true;
    changed[row] = candidates[i / SUBJECTS_N_SMALL / G_N_ELEMENTS(scales)];
    if (compare_runs(plugin, &spec, &spec, then, &where) && where != NULL) {
      return true;
    }
  }
  return false;
}

static void
check_variations(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
    Variation variation;
    if ((row->flags & (OPTREG_PER_GROUP | OPTREG_SCHEDULABLE)) == 0
        || !find_variation(plugin, i, &variation)) {
      continue;
    }
    if (row->flags & OPTREG_PER_GROUP) {
      check_of_group(plugin, row->name, &variation, finding);
    }
    if (row->flags & OPTREG_SCHEDULABLE) {
      check_of_schedule(plugin, row->name, &variation, finding);
    }
    if ((row->flags & OPTREG_SCHEDULABLE)
        && !has_late_effect(plugin, i, variation.base)) {
      finding_fail(
          finding,
          "'%s' may follow a schedule, but other values have no effect after the "
          "first steps",
          row->name);
    }
  }
}

/* ---- ranges ---- */

static void
try_point(const Plugin *plugin, RigSpec spec, const double *values, const char *what,
          Finding *finding)
{
  Rig rig;
  int32_t status;

  spec.values = values;
  if (!rig_init(&rig, plugin, &spec, &status)) {
    finding_fail(finding, "does not build with %s: status %d", what, status);
    return;
  }
  status = rig_steps(&rig, N_STEPS, NULL);
  if (status != OPTREG_OK) {
    finding_fail(finding, "a step with %s returns %d", what, status);
  } else if (!rig_is_finite(&rig)) {
    finding_fail(finding, "the weights are not finite after %d ordinary steps with %s",
                 N_STEPS, what);
  }
  rig_clear(&rig);
}

static void
check_point(const Plugin *plugin, const double *values, const char *what,
            Finding *finding)
{
  for (size_t i = 0; i < SUBJECTS_N_SMALL; i++) {
    if (subjects_is_taken(plugin, &subjects_small[i])) {
      try_point(plugin, subjects_small[i], values, what, finding);
    }
  }
}

static void
check_bound(const Plugin *plugin, size_t i, double bound, Finding *finding)
{
  const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
  double values[MAX_VALUES] = { 0 };
  g_autofree char *what = g_strdup_printf("'%s' at its bound %g", row->name, bound);

  values_default(plugin, values);
  values_turn_on(plugin, i, values);
  values[i] = bound;
  /* numbers so large that sums of them overflow are the author's way to say "any" */
  if (value_is_legal(row, bound) && fabs(bound) < 1e6) {
    check_point(plugin, values, what, finding);
  }
}

static void
check_ranges(const Plugin *plugin, Finding *finding)
{
  enum { N_POINTS = 50 };
  double values[MAX_VALUES] = { 0 };

  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
    check_bound(plugin, i, value_minimum(row), finding);
    check_bound(plugin, i, value_maximum(row), finding);
  }
  for (uint64_t seed = 1; seed <= N_POINTS && !finding_is_set(finding); seed++) {
    g_autoptr(GString) what = g_string_new(NULL);
    values_random(plugin, seed, values);
    for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
      g_string_append_printf(what, "%s%s %.3g", i > 0 ? ", " : "",
                             plugin_hyperparameter(plugin, i)->name, values[i]);
    }
    check_point(plugin, values, what->str, finding);
  }
}

static const Check checks[] = {
  { "agreement.effects", SEVERITY_ERROR, "every hyperparameter has an effect",
    "use it in the kernel, remove it, or name in `needs` the row that must be on",
    check_effects },
  { "agreement.variation", SEVERITY_ERROR,
    "a value that may vary is the one of the group and the step",
    "read it from span->hyperparameter or step->hyperparameter in every step; or do "
    "not "
    "declare OPTREG_PER_GROUP or OPTREG_SCHEDULABLE",
    check_variations },
  { "agreement.ranges", SEVERITY_ERROR, "what a range permits works",
    "narrow the range, or open it with OPTREG_MINIMUM_OPEN or OPTREG_MAXIMUM_OPEN",
    check_ranges },
};

const Family hyperparameters_family = { .name = "hyperparameters",
                                        CHECKS(checks),
                                        .needs_plugin = true };
