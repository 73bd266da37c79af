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
  for (size_t i = 0; i < G_N_ELEMENTS(scales) * SUBJECTS_N_SMALL; i++) {
    RigSpec spec = subjects_small[i % SUBJECTS_N_SMALL];
    spec.scale = scales[i / SUBJECTS_N_SMALL];
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
  if (!is_any) {
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
  { "agreement.ranges", SEVERITY_ERROR, "what a range permits works",
    "narrow the range, or open it with OPTREG_MINIMUM_OPEN or OPTREG_MAXIMUM_OPEN",
    check_ranges },
};

const Family hyperparameters_family = { .name = "hyperparameters",
                                        CHECKS(checks),
                                        .needs_plugin = true };
