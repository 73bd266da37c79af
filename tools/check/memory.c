/* SPDX-License-Identifier: MIT */
/* Checks of what memory kernels touch. */
#include "budget.h"
#include "check.h"
#include "commons.h"
#include "fault.h"
#include "heap.h"
#include "imports.h"
#include "subjects.h"

static void
visit_bounds(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  for (size_t i = 0; i < 2; i++) {
    RigSpec own = *spec;
    Rig rig;
    own.is_at_start = i == 1;
    if (subjects_rig(&rig, plugin, &own, finding)) {
      subjects_run(&rig, 2, NULL, finding);
      rig_finalize(&rig, NULL);
      rig_clear(&rig);
    }
  }
}

/* ---- every size that a tile can have ---- */

enum { MOST = 1024 };

static void
fill_gradient(Rig *rig)
{
  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->grad, i, signed_noise(2, i));
  }
}

static void
tell_sizes(size_t n, Finding *finding)
{
  if (n <= MOST) {
    finding_tell(finding, "not every size of a span; --limit gives time for more");
  }
}

/* parts of one vector, which end or begin at its forbidden page */
static void
run_parts(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  const double reserve = budget_limit() * 0.6;
  RigSpec own = *spec;
  Rig rig;

  for (size_t side = 0; side < 2; side++) {
    own.is_at_start = side == 1;
    if (!subjects_rig(&rig, plugin, &own, finding)) {
      return;
    }
    fill_gradient(&rig);
    size_t n = 1;
    for (; n <= MOST && budget_left() > reserve; n++) {
      rig_step_part(&rig, own.is_at_start ? 0 : MOST - n, n);
    }
    tell_sizes(n, finding);
    rig_clear(&rig);
  }
}

/* whole tensors of each size, as long as there is time */
static void
run_tensors(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  const double reserve = budget_limit() * 0.5;
  size_t n = 1;

  for (; n <= MOST && budget_left() > reserve && !finding_is_set(finding); n++) {
    RigSpec own = *spec;
    Rig rig;
    int32_t status;
    own.dims[0] = n;
    if (rig_init(&rig, plugin, &own, &status)) {
      subjects_run(&rig, 1, NULL, finding);
      rig_clear(&rig);
    }
  }
  tell_sizes(n, finding);
}

static void
visit_sizes(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig;
  int32_t status;

  if (!rig_init(&rig, plugin, spec, &status)) {
    return;
  }
  const bool is_whole = plugin_granularity(plugin, rig.variant) == OPTREG_TENSOR;
  rig_clear(&rig);
  if (!is_whole) {
    run_parts(plugin, spec, finding);
  } else if (spec->level == plugin->level) {
    run_tensors(plugin, spec, finding);
  }
}

static void
check_bounds(const Plugin *plugin, Finding *finding)
{
  imports_guard(plugin->library);
  subjects_visit(plugin, EXTENT_EDGES, finding, visit_bounds);
  subjects_visit(plugin, EXTENT_TILE, finding, visit_sizes);
  if (heap_complaint() != NULL) {
    finding_fail(finding, "%s", heap_complaint());
  }
}

static void
visit_constant(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec own = *spec;
  Rig rig;

  own.is_read_only = true;
  if (subjects_rig(&rig, plugin, &own, finding)) {
    subjects_run(&rig, 2, NULL, finding);
    rig_finalize(&rig, NULL);
    rig_clear(&rig);
  }
}

static void
check_constant(const Plugin *plugin, Finding *finding)
{
  subjects_visit(plugin, EXTENT_BULK, finding, visit_constant);
}

static void
visit_allocation(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig;

  if (subjects_rig(&rig, plugin, spec, finding)) {
    subjects_run(&rig, 2, NULL, finding);
    if (rig.n_allocations > 0) {
      finding_fail(finding, "calls the allocator %zu times in 2 steps",
                   rig.n_allocations);
    }
    rig_clear(&rig);
  }
}

static void
check_allocation(const Plugin *plugin, Finding *finding)
{
  imports_watch(plugin->library);
  subjects_visit(plugin, EXTENT_BULK, finding, visit_allocation);
}

/* a tensor in two spans, so that none of them is the whole */
static size_t
cut_in_halves(uint64_t index, size_t left)
{
  return index == 0 ? left / 2 : left;
}

static void
visit_shared(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  RigSpec own = *spec;
  Rig rig;

  own.is_common_locked = true;
  if (subjects_rig(&rig, plugin, &own, finding)) {
    subjects_run(&rig, 2, cut_in_halves, finding);
    rig_finalize(&rig, cut_in_halves);
    rig_clear(&rig);
  }
}

static void
check_shared(const Plugin *plugin, Finding *finding)
{
  imports_watch(plugin->library);
  commons_open(plugin);
  subjects_visit(plugin, EXTENT_BULK, finding, visit_shared);
}

/* ---- more elements than 32 bits count ---- */

/* Of a tensor of 2^31 elements and more one page is there. A kernel that goes through
 * it ends at the forbidden page; one that counts in 32 bits has a negative or a small
 * number in its hands, and returns. */

typedef struct Wide {
  Rig rig;
  int32_t status;
} Wide;

static void
run_wide(void *data)
{
  Wide *wide = data;

  wide->status = rig_update_hollow(&wide->rig);
}

static void
check_width(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Wide wide;
  int32_t status;

  if (!rig_init(&wide.rig, plugin, spec, &status)) {
    return;
  }
  if (plugin_granularity(plugin, wide.rig.variant) == OPTREG_TENSOR
      && plugin_find_kernel(plugin, wide.rig.variant, spec->dtype,
                            OPTREG_LEVEL_BASELINE)
             != NULL
      && !fault_catch(run_wide, &wide) && wide.status == OPTREG_OK) {
    g_autofree char *what = subjects_describe(spec);
    finding_fail(finding, "returns from a parameter %s without having gone through it",
                 what);
  }
  rig_clear(&wide.rig);
}

static bool
has_whole_tensors(const Plugin *plugin)
{
  for (uint32_t i = 0; i < plugin_n_variants(plugin); i++) {
    if (plugin_granularity(plugin, i) == OPTREG_TENSOR) {
      return true;
    }
  }
  return false;
}

static void
check_wide(const Plugin *plugin, Finding *finding)
{
  static const RigSpec shapes[] = {
    { .ndim = 1, .dims = { (1ull << 31) + 16 } },
    { .ndim = 1, .dims = { (1ull << 32) + 16 } },
    { .ndim = 2, .dims = { 1u << 15, 1u << 16 } },
    { .ndim = 2, .dims = { 1u << 16, 1u << 16 } },
  };
  static const uint32_t dtypes[] = { OPTREG_F32, OPTREG_F64 };

  if (!has_whole_tensors(plugin)) {
    finding_skip(finding, "sees tiles only, of 65,536 elements at most");
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(shapes) * G_N_ELEMENTS(dtypes); i++) {
    RigSpec spec = shapes[i / G_N_ELEMENTS(dtypes)];
    spec.dtype = dtypes[i % G_N_ELEMENTS(dtypes)];
    spec.level = plugin->level;
    spec.is_hollow = true;
    check_width(plugin, &spec, finding);
  }
}

static const Check bounds_checks[] = {
  { "kernel.bounds", SEVERITY_ERROR, "no byte beside the span's buffers is touched",
    "loop over span->n elements; a slot's size follows from its declared shape",
    check_bounds },
};

/* first: whatever runs a kernel would stumble over the same fault */
const Family bounds_family = {
  .name = "bounds", CHECKS(bounds_checks), .needs_plugin = true, .is_gate = true
};

static const Check checks[] = {
  { "kernel.constant", SEVERITY_ERROR, "a call only reads what is not its to write",
    "update writes to the parameter and to slots, reduce to the lanes of its phase, "
    "begin_step to scalars and to slots of group and model scope",
    check_constant },
  { "kernel.wide", SEVERITY_ERROR, "a tensor may have more elements than 32 bits count",
    "count elements in size_t or uint64_t", check_wide },
  { "kernel.shared", SEVERITY_ERROR, "kernels write to nothing that spans share",
    "spans run at the same time: keep scratch on the stack or in a slot with "
    "OPTREG_TRANSIENT, counters in begin_step, tables in build",
    check_shared },
  { "kernel.allocation", SEVERITY_ERROR, "a step allocates nothing",
    "declare a slot with OPTREG_TRANSIENT for scratch", check_allocation },
};

const Family memory_family = { .name = "memory", CHECKS(checks), .needs_plugin = true };
