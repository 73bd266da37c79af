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

/* of those whose differences grow: both move about as far */
static void
compare_movements(const Rig *narrow, const Rig *wide, const Rig *before,
                  Finding *finding)
{
  double a = 0.0, b = 0.0;

  for (size_t i = 0; i < wide->n; i++) {
    const double begin = rig_get(before, &before->param, i);
    a += pow(rig_get(narrow, &narrow->param, i) - begin, 2);
    b += pow(rig_get(wide, &wide->param, i) - begin, 2);
  }
  if (!(a <= 4 * b && b <= 4 * a)) {
    finding_fail(finding, "the parameter moves by %.4g in f32, by %.4g in f64", sqrt(a),
                 sqrt(b));
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
      if (plugin->class->flags & OPTREG_DEPENDS_ON_PATH) {
        compare_movements(&narrow, &wide, &before, finding);
      } else {
        compare_types(&narrow, &wide, &before, finding);
      }
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
  if (plugin->class->flags & OPTREG_DEPENDS_ON_PLACE) {
    finding_skip(finding, "is declared to depend on the place");
  } else if (plugin_is_elementwise(plugin)) {
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
  for (size_t i = 0; i < SUBJECTS_N_SMALL; i++) {
    if (subjects_is_taken(plugin, &subjects_small[i])) {
      descend(plugin, &subjects_small[i], finding);
    }
  }
}

static const Check checks[] = {
  { "agreement.types", SEVERITY_ERROR, "f32 and f64 compute the same formula",
    "make both from one body with OPTREG_REAL_KERNEL; or declare "
    "OPTREG_DEPENDS_ON_PATH",
    check_types },
  { "agreement.order", SEVERITY_ERROR,
    "an element's place in its tensor does not matter",
    "compute each element from its own inputs only; or declare OPTREG_DEPENDS_ON_PLACE",
    check_order },
  { "agreement.descent", SEVERITY_WARNING, "a sum of squares goes down at the defaults",
    "look at the sign of the update and at the default learning rate", check_descent },
};

const Family agreement_family = { .name = "agreement",
                                  CHECKS(checks),
                                  .needs_plugin = true };
