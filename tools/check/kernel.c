/* SPDX-License-Identifier: MIT */
/* Checks of kernels alone: that nothing but the numbers matters. */
#include "budget.h"
#include "check.h"
#include "subjects.h"
#include "world.h"

#include <math.h>
#include <string.h>

/* ---- bits ---- */

enum { N_STEPS = 4 };

/* two rigs must end with the same bits after the same steps */
static void
compare(const Plugin *plugin, const RigSpec *first, const RigSpec *second, RigCut cut,
        const char *how, Finding *finding)
{
  Rig a, b;

  if (!subjects_rig(&a, plugin, first, finding)) {
    return;
  }
  if (subjects_rig(&b, plugin, second, finding)) {
    if (subjects_run(&a, N_STEPS, NULL, finding)
        && subjects_run(&b, N_STEPS, cut, finding)) {
      const char *where = rig_difference(&a, &b);
      g_autofree char *what = subjects_describe(first);
      if (where != NULL) {
        finding_fail(finding, "%s of a parameter %s has other bits %s", where, what,
                     how);
      }
    }
    rig_clear(&b);
  }
  rig_clear(&a);
}

static size_t
cut_at_random(uint64_t index, size_t left)
{
  return MIN(left, 1 + (size_t)(noise(7, index) * 97.0));
}

static size_t
cut_finely(uint64_t index, size_t left)
{
  return MIN(left, 1 + index % 7);
}

static void
visit_cuts(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  compare(plugin, spec, spec, cut_at_random, "when it is cut into spans", finding);
  compare(plugin, spec, spec, cut_finely, "when it is cut into a few elements each",
          finding);
}

/* ---- spans of every size ---- */

/* what a step may change of a rig */
typedef struct Snapshot {
  GBytes *buffers[MAX_SLOTS + 1]; /* the parameter, then slots */
} Snapshot;

static Guard *
changed_buffer(Rig *rig, size_t i)
{
  return i == 0 ? &rig->param : &rig->slots[i - 1];
}

static void
snapshot_take(Snapshot *snapshot, Rig *rig)
{
  for (size_t i = 0; i <= rig->plugin->class->slots.count; i++) {
    const Guard *guard = changed_buffer(rig, i);
    snapshot->buffers[i] =
        g_bytes_new(guard->data, guard->map == NULL ? 0 : guard->size);
  }
}

static void
snapshot_restore(const Snapshot *snapshot, Rig *rig)
{
  for (size_t i = 0; i <= rig->plugin->class->slots.count; i++) {
    gsize size;
    const void *bytes = g_bytes_get_data(snapshot->buffers[i], &size);
    if (size > 0) {
      memcpy(changed_buffer(rig, i)->data, bytes, size);
    }
  }
}

static void
snapshot_clear(Snapshot *snapshot, const Rig *rig)
{
  for (size_t i = 0; i <= rig->plugin->class->slots.count; i++) {
    g_bytes_unref(snapshot->buffers[i]);
  }
}

/* the name of a buffer whose tail of `n` elements is not as in `after`, or whose head
 * is not as in `before` */
static const char *
find_wrong_part(const Snapshot *before, const Snapshot *after, Rig *rig, size_t n)
{
  const size_t width = rig->spec.dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
  const size_t head = (rig->n - n) * width;

  for (size_t i = 0; i <= rig->plugin->class->slots.count; i++) {
    const Guard *guard = changed_buffer(rig, i);
    const bool is_scratch =
        i > 0 && (plugin_slot(rig->plugin, i - 1)->flags & OPTREG_TRANSIENT) != 0;
    if (g_bytes_get_size(before->buffers[i]) != rig->n * width || is_scratch) {
      continue;
    }
    const char *old = g_bytes_get_data(before->buffers[i], NULL);
    const char *new = g_bytes_get_data(after->buffers[i], NULL);
    if (memcmp(guard->data, old, head) != 0
        || memcmp(guard->data + head, new + head, n * width) != 0) {
      return guard->name;
    }
  }
  return NULL;
}

/* the last `n` elements alone, for every n */
static void
visit_sizes(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Snapshot before, after;
  Rig rig;

  if (!subjects_rig(&rig, plugin, spec, finding)) {
    return;
  }
  subjects_run(&rig, 1, NULL, finding);
  snapshot_take(&before, &rig);
  rig_update_span(&rig, 0, rig.n);
  snapshot_take(&after, &rig);
  const double reserve = budget_limit() * 0.5;
  size_t n = 1;
  for (; n < rig.n && budget_left() > reserve && !finding_is_set(finding); n++) {
    snapshot_restore(&before, &rig);
    rig_update_span(&rig, rig.n - n, n);
    const char *where = find_wrong_part(&before, &after, &rig, n);
    if (where != NULL) {
      finding_fail(finding, "%s has other bits in %s in a span of %zu elements", where,
                   dtype_name(spec->dtype), n);
    }
  }
  if (n < rig.n) {
    finding_tell(finding, "not every size of a span; --limit gives time for more");
  }
  snapshot_clear(&before, &rig);
  snapshot_clear(&after, &rig);
  rig_clear(&rig);
}

static void
check_cuts(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, visit_cuts);
  if (plugin_is_elementwise(plugin)) {
    subjects_visit(plugin, EXTENT_TILE, finding, visit_sizes);
  }
}

static void
visit_alignment(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  static const size_t offsets[] = { 1, 3, 8 };
  RigSpec start = *spec;

  start.is_at_start = true;
  for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
    RigSpec moved = start;
    moved.offset = offsets[i];
    compare(plugin, &start, &moved, NULL, "when it begins at another address", finding);
  }
}

static void
check_alignment(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, visit_alignment);
}

static void
visit_levels(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  g_autofree char *how = g_strdup_printf("at level %s", level_name(spec->level));
  RigSpec baseline = *spec;

  baseline.level = OPTREG_LEVEL_BASELINE;
  if (spec->level != baseline.level) {
    compare(plugin, &baseline, spec, NULL, how, finding);
  }
}

static void
check_levels(const Plugin *plugin, Finding *finding)
{
  g_autofree char *missing = plugin_describe_missing_levels(plugin);

  subjects_visit(plugin, EXTENT_BULK, finding, visit_levels);
  if (missing != NULL) {
    finding_miss(finding, "%s", missing);
  } else if (plugin->level == OPTREG_LEVEL_BASELINE) {
    finding_skip(finding, "has kernels of the baseline only");
  }
}

static void
visit_place(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec together = *spec;

  together.has_no_place = true;
  compare(plugin, spec, &together, cut_at_random,
          "when its span says neither dims nor offset", finding);
}

static void
check_place(const Plugin *plugin, Finding *finding)
{
  if (plugin->class->flags & OPTREG_IGNORES_PLACE) {
    subjects_visit(plugin, EXTENT_BULK, finding, visit_place);
  } else {
    finding_skip(finding, "does not declare OPTREG_IGNORES_PLACE");
  }
}

/* ---- hidden state ---- */

static void
interleave(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec other = *spec;
  Rig alone, a, b;

  other.seed = 99;
  if (!subjects_rig(&alone, plugin, spec, finding)
      || !subjects_run(&alone, N_STEPS, NULL, finding)
      || !subjects_rig(&a, plugin, spec, finding)
      || !subjects_rig(&b, plugin, &other, finding)) {
    return;
  }
  for (size_t i = 0; i < N_STEPS; i++) {
    subjects_run(&a, 1, NULL, finding);
    subjects_run(&b, 1, NULL, finding);
  }
  const char *where = rig_difference(&alone, &a);
  if (where != NULL) {
    finding_fail(finding, "%s has other bits when another instance works in between",
                 where);
  }
  rig_clear(&a);
  rig_clear(&b);
  rig_clear(&alone);
}

static void
check_instances(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, interleave);
}

/* ---- the same again, elsewhere ---- */

static void
visit_repeat(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig here, there;

  world_change(0);
  if (!subjects_rig(&here, plugin, spec, finding)
      || !subjects_run(&here, N_STEPS, NULL, finding)) {
    return;
  }
  world_change(1);
  if (subjects_rig(&there, plugin, spec, finding)
      && subjects_run(&there, N_STEPS, NULL, finding)) {
    const char *where = rig_difference(&here, &there);
    if (where != NULL) {
      finding_fail(
          finding,
          "%s has other bits at another time, with other random numbers, another "
          "environment and something else in fresh memory",
          where);
    }
    rig_clear(&there);
  }
  rig_clear(&here);
}

static void
check_repeat(const Plugin *plugin, Finding *finding)
{
  world_open(plugin->library);
  subjects_visit(plugin, EXTENT_BULK, finding, visit_repeat);
}

/* ---- gradients that are not as usual ---- */

/* a difference that rounding explains is none */
static bool
is_near(double a, double b, uint32_t dtype)
{
  return fabs(a - b) <= fabs(b) * (dtype == OPTREG_F64 ? 0x1p-49 : 0x1p-20);
}

static void
visit_rest(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig, still;

  if (!subjects_rig(&rig, plugin, spec, finding)
      || !subjects_rig(&still, plugin, spec, finding)) {
    return;
  }
  for (size_t i = 0; i < N_STEPS; i++) {
    rig_step_as_is(&rig, NULL); /* the gradient is zero */
  }
  for (size_t i = 0; i < rig.n; i++) {
    const double now = rig_get(&rig, &rig.param, i);
    const double before = rig_get(&still, &still.param, i);
    if (!is_near(now, before, spec->dtype)) {
      finding_fail(
          finding,
          "element %zu goes from %.9g to %.9g although the gradient has always "
          "been zero",
          i, before, now);
    }
  }
  rig_clear(&rig);
  rig_clear(&still);
}

static void
check_rest(const Plugin *plugin, Finding *finding)
{
  if (plugin->class->flags & OPTREG_MOVES_WITHOUT_GRADIENT) {
    finding_skip(finding, "is declared to move");
  } else {
    subjects_visit(plugin, EXTENT_BULK, finding, visit_rest);
  }
}

static void
step_with(Rig *rig, size_t at, double value)
{
  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->grad, i, i == at ? value : signed_noise(5, i));
  }
  rig_step_as_is(rig, NULL);
}

static void
visit_special(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  static const double values[] = { 0.0,   -0.0,     1e-42,     1e-310, 1e37,
                                   -1e37, INFINITY, -INFINITY, NAN };
  const size_t at = 18;
  Rig usual, rig;

  for (size_t i = 0; i < G_N_ELEMENTS(values) && !finding_is_set(finding); i++) {
    if (!subjects_rig(&usual, plugin, spec, finding)
        || !subjects_rig(&rig, plugin, spec, finding)) {
      return;
    }
    step_with(&usual, at, 1.0);
    step_with(&rig, at, values[i]);
    for (size_t j = 0; j < rig.n && plugin_is_elementwise(plugin); j++) {
      const double a = rig_get(&usual, &usual.param, j),
                   b = rig_get(&rig, &rig.param, j);
      if (j != at && memcmp(&a, &b, sizeof a) != 0) {
        finding_fail(finding, "a gradient of %g in element %zu changes element %zu",
                     values[i], at, j);
      }
    }
    rig_clear(&usual);
    rig_clear(&rig);
  }
}

static void
check_special(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, visit_special);
}

/* the first value that is not finite, with the name of what it is in */
static const char *
find_overflow(const Rig *rig)
{
  if (!rig_is_finite(rig)) {
    return "the parameter";
  }
  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    for (size_t j = 0; rig->slots[i].map != NULL && j < rig_slot_size(rig, i); j++) {
      if (!isfinite(rig_get(rig, &rig->slots[i], j))) {
        return plugin_slot(rig->plugin, i)->name;
      }
    }
  }
  return NULL;
}

static void
visit_overflow(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  const double large = 1e30; /* finite in f32, its square is not */
  Rig rig;

  if (spec->dtype == OPTREG_F32 && subjects_rig(&rig, plugin, spec, finding)) {
    step_with(&rig, 18, large);
    const char *where = find_overflow(&rig);
    if (where != NULL) {
      finding_fail(finding, "a gradient of %g makes %s infinite", large, where);
    }
    rig_clear(&rig);
  }
}

static void
check_overflow(const Plugin *plugin, Finding *finding)
{
  if (plugin->class->flags & OPTREG_SQUARES_GRADIENT) {
    finding_skip(finding, "is declared to square gradients");
  } else {
    subjects_visit(plugin, EXTENT_BULK, finding, visit_overflow);
  }
}

static const Check checks[] = {
  { "kernel.cuts", SEVERITY_ERROR, "the bits do not depend on how a tensor is cut",
    "compute each element from its own inputs; sum with OPTREG_ACCUMULATE; no "
    "-ffast-math",
    check_cuts },
  { "kernel.alignment", SEVERITY_ERROR, "the bits do not depend on addresses",
    "buffers are aligned to their element type only; no -ffast-math", check_alignment },
  { "kernel.levels", SEVERITY_ERROR, "every SIMD level gives the bits of the baseline",
    "make all levels from one body with OPTREG_REAL_KERNEL; no contraction to FMA",
    check_levels },
  { "kernel.place", SEVERITY_ERROR,
    "small tensors may come together where that is declared",
    "use neither dims nor offset; or do not declare OPTREG_IGNORES_PLACE",
    check_place },
  { "kernel.instances", SEVERITY_ERROR, "instances know nothing of each other",
    "remove static variables; state belongs in slots", check_instances },
  { "kernel.repeat", SEVERITY_ERROR, "the same numbers give the same bits at any time",
    "ask no clock, random generator or environment; set what build allocates; noise "
    "follows from a hyperparameter, the step and the place",
    check_repeat },
  { "kernel.rest", SEVERITY_ERROR, "a gradient that is always zero moves nothing",
    "guard the division by zero; or declare OPTREG_MOVES_WITHOUT_GRADIENT",
    check_rest },
  { "kernel.special", SEVERITY_ERROR,
    "zeros, denormals, huge values, infinities and NaN stay where they are",
    "compute each element from its own inputs", check_special },
  { "kernel.overflow", SEVERITY_WARNING,
    "a large finite gradient leaves the state finite",
    "declare OPTREG_SQUARES_GRADIENT, so that such a step is refused", check_overflow },
};

const Family kernel_family = { .name = "kernel", CHECKS(checks), .needs_plugin = true };
