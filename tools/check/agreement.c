/* SPDX-License-Identifier: MIT */
/* Checks of what is computed: types agree, every hyperparameter counts and keeps what
 * its range promises, order does not matter, the loss goes down. */
#include "check.h"
#include "subjects.h"

#include <math.h>
#include <string.h>

/* ---- f32 and f64 ---- */

enum { N_STEPS = 5 };

/* signs and roots may differ where a value is next to 0, so a few elements may be off
 */
static void
compare_types(const Rig *narrow, const Rig *wide, const Rig *before, Finding *finding)
{
  const double tolerance = 1e-3, ulps = 0x1p-21;
  double largest = 0.0;
  size_t n_off = 0, first = 0;

  for (size_t i = 0; i < wide->n; i++) {
    largest = fmax(largest, fabs(rig_get(wide, &wide->param, i)
                                 - rig_get(before, &before->param, i)));
  }
  for (size_t i = 0; i < wide->n; i++) {
    const double a = rig_get(narrow, &narrow->param, i),
                 b = rig_get(wide, &wide->param, i);
    if (!(fabs(a - b) <= tolerance * largest + ulps * fabs(b))) {
      first = n_off == 0 ? i : first;
      n_off++;
    }
  }
  if (n_off > wide->n / 100) {
    finding_fail(finding,
                 "%zu of %zu elements differ: element %zu is %.9g in f32, %.9g in f64",
                 n_off, wide->n, first, rig_get(narrow, &narrow->param, first),
                 rig_get(wide, &wide->param, first));
  }
}

static void
visit_types(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec narrow_spec = *spec;
  Rig narrow, wide, before;

  if (spec->dtype != OPTREG_F64) {
    return;
  }
  narrow_spec.dtype = OPTREG_F32;
  if (subjects_rig(&narrow, plugin, &narrow_spec, finding)
      && subjects_rig(&wide, plugin, spec, finding)
      && subjects_rig(&before, plugin, spec, finding)) {
    if (subjects_run(&narrow, N_STEPS, NULL, finding)
        && subjects_run(&wide, N_STEPS, NULL, finding)) {
      compare_types(&narrow, &wide, &before, finding);
    }
    rig_clear(&narrow);
    rig_clear(&wide);
    rig_clear(&before);
  }
}

static void
check_types(const Plugin *plugin, Finding *finding)
{
  if (plugin_has_dtype(plugin, OPTREG_F64)) {
    subjects_visit(plugin, EXTENT_BULK, finding, visit_types);
  } else {
    finding_skip(finding, "has no kernel for f64");
  }
}

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

/* small ones: many pairs are run */
static const RigSpec small_specs[] = {
  { .ndim = 1, .dims = { 37 }, .dtype = OPTREG_F32, .seed = 1 },
  { .ndim = 2, .dims = { 5, 7 }, .dtype = OPTREG_F32, .seed = 1 },
};

static bool
has_effect(const Plugin *plugin, size_t row, const double *base, double value)
{
  static const double scales[] = { 1.0, 1e-3, 1e3, 1e-9 };
  double changed[MAX_VALUES];

  memcpy(changed, base, sizeof changed);
  changed[row] = value;
  for (size_t i = 0; i < G_N_ELEMENTS(scales) * G_N_ELEMENTS(small_specs); i++) {
    RigSpec spec = small_specs[i % G_N_ELEMENTS(small_specs)];
    spec.scale = scales[i / G_N_ELEMENTS(small_specs)];
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

/* a shape that is refused at the defaults already has nothing to say */
static bool
is_taken(const Plugin *plugin, const RigSpec *spec)
{
  Rig rig;
  int32_t status;
  const bool is_built = rig_init(&rig, plugin, spec, &status);

  if (is_built) {
    rig_clear(&rig);
  }
  return is_built;
}

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
  for (size_t i = 0; i < G_N_ELEMENTS(small_specs); i++) {
    if (is_taken(plugin, &small_specs[i])) {
      try_point(plugin, small_specs[i], values, what, finding);
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

/* ---- order ---- */

static void
visit_order(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec reversed = *spec;
  Rig a, b;

  reversed.is_reversed = true;
  if (!subjects_rig(&a, plugin, spec, finding)
      || !subjects_rig(&b, plugin, &reversed, finding)) {
    return;
  }
  subjects_run(&a, N_STEPS, NULL, finding);
  subjects_run(&b, N_STEPS, NULL, finding);
  for (size_t i = 0; i < a.n; i++) {
    const double left = rig_get(&a, &a.param, i);
    const double right = rig_get(&b, &b.param, rig_place(&b, i));
    if (memcmp(&left, &right, sizeof left) != 0) {
      finding_fail(finding, "element %zu has other bits when it stands at place %zu", i,
                   rig_place(&b, i));
    }
  }
  rig_clear(&a);
  rig_clear(&b);
}

static void
check_order(const Plugin *plugin, Finding *finding)
{
  if (plugin_is_elementwise(plugin)) {
    subjects_visit(plugin, EXTENT_BULK, finding, visit_order);
  } else {
    finding_skip(finding, "its elements depend on each other");
  }
}

/* ---- the loss goes down ---- */

static double
loss(const Rig *rig)
{
  double sum = 0.0;

  for (size_t i = 0; i < rig->n; i++) {
    const double distance = rig_get(rig, &rig->param, i) - noise(3, i);
    sum += distance * distance;
  }
  return sum;
}

static void
descend(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  enum { N_DESCENTS = 200 };
  Rig rig;

  if (!subjects_rig(&rig, plugin, spec, finding)) {
    return;
  }
  const double before = loss(&rig);
  for (size_t i = 0; i < N_DESCENTS; i++) {
    for (size_t j = 0; j < rig.n; j++) {
      rig_set(&rig, &rig.grad, j, rig_get(&rig, &rig.param, j) - noise(3, j));
    }
    rig_step_as_is(&rig, NULL);
  }
  rig_finalize(&rig, NULL);
  const double after = loss(&rig);
  if (!(after < before)) {
    finding_fail(finding, "a sum of squares goes from %.4g to %.4g in %d steps", before,
                 after, N_DESCENTS);
  }
  rig_clear(&rig);
}

static void
check_descent(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < G_N_ELEMENTS(small_specs); i++) {
    if (is_taken(plugin, &small_specs[i])) {
      descend(plugin, &small_specs[i], finding);
    }
  }
}

static const Check checks[] = {
  { "agreement.types", SEVERITY_ERROR, "f32 and f64 compute the same formula",
    "make both from one body with OPTREG_REAL_KERNEL", check_types },
  { "agreement.effects", SEVERITY_ERROR, "every hyperparameter has an effect",
    "use it in the kernel, remove it, or name in `needs` the row that must be on",
    check_effects },
  { "agreement.ranges", SEVERITY_ERROR, "what a range permits works",
    "narrow the range, or open it with OPTREG_MINIMUM_OPEN or OPTREG_MAXIMUM_OPEN",
    check_ranges },
  { "agreement.order", SEVERITY_ERROR,
    "an element's place in its tensor does not matter",
    "compute each element from its own inputs only", check_order },
  { "agreement.descent", SEVERITY_WARNING, "a sum of squares goes down at the defaults",
    "look at the sign of the update and at the default learning rate", check_descent },
};

const Family agreement_family = { .name = "agreement",
                                  CHECKS(checks),
                                  .needs_plugin = true };
