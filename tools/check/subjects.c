/* SPDX-License-Identifier: MIT */
/* What a check goes through. */
#include "subjects.h"

typedef struct Shape {
  uint32_t ndim;
  uint64_t dims[MAX_NDIM];
} Shape;

static const Shape edges[] = {
  { 0, { 0 } },     { 1, { 1 } },       { 1, { 2 } },          { 1, { 3 } },
  { 1, { 7 } },     { 1, { 15 } },      { 1, { 16 } },         { 1, { 17 } },
  { 1, { 31 } },    { 1, { 101 } },     { 2, { 1, 1 } },       { 2, { 5, 7 } },
  { 2, { 16, 3 } }, { 3, { 2, 3, 4 } }, { 4, { 3, 3, 2, 5 } },
};
static const Shape bulk[] = { { 1, { 331 } }, { 2, { 13, 23 } } };
static const Shape tile[] = { { 1, { 1024 } } };

static const struct {
  const Shape *shapes;
  size_t n;
} extents[] = {
  [EXTENT_EDGES] = { edges, G_N_ELEMENTS(edges) },
  [EXTENT_BULK] = { bulk, G_N_ELEMENTS(bulk) },
  [EXTENT_TILE] = { tile, G_N_ELEMENTS(tile) },
};

static const uint32_t dtypes[] = { OPTREG_F32, OPTREG_F64 };
static const uint32_t levels[] = { OPTREG_LEVEL_BASELINE, OPTREG_LEVEL_X86_64_V3,
                                   OPTREG_LEVEL_X86_64_V4 };

char *
subjects_describe(const RigSpec *spec)
{
  GString *text = g_string_new(dtype_name(spec->dtype));

  for (uint32_t i = 0; i < spec->ndim; i++) {
    g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i == 0 ? " [" : ", ",
                           spec->dims[i]);
  }
  g_string_append(text, spec->ndim == 0 ? " scalar" : "]");
  return g_string_free(text, FALSE);
}

static bool
is_refusal(int32_t status)
{
  return status == OPTREG_UNSUPPORTED || status == OPTREG_BAD_ARGUMENT;
}

static void
report_build(const Rig *rig, const RigSpec *spec, int32_t status, Finding *finding)
{
  g_autofree char *what = subjects_describe(spec);

  finding_fail(finding, "build or build_tensor returns %d for a parameter %s%s%s",
               status, what, rig->message[0] != '\0' ? ": " : "", rig->message);
}

bool
subjects_rig(Rig *rig, const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  int32_t status;

  if (!rig_init(rig, plugin, spec, &status)) {
    report_build(rig, spec, status, finding);
    return false;
  }
  return true;
}

bool
subjects_run(Rig *rig, size_t n_steps, RigCut cut, Finding *finding)
{
  const int32_t status = rig_steps(rig, n_steps, cut);

  if (status != OPTREG_OK) {
    g_autofree char *what = subjects_describe(&rig->spec);
    finding_fail(finding, "step %" G_GUINT64_FORMAT " of a parameter %s returns %d%s%s",
                 rig->step, what, status, rig->message[0] != '\0' ? ": " : "",
                 rig->message);
  }
  return status == OPTREG_OK;
}

/* whether there is such a kernel, so that nothing is visited twice */
static bool
has_level(const Plugin *plugin, uint32_t dtype, uint32_t level)
{
  bool is_there = false;

  for (uint32_t i = 0; i < plugin_n_variants(plugin); i++) {
    is_there |= plugin_find_kernel(plugin, i, dtype, level) != NULL;
  }
  return is_there && level <= plugin->level;
}

static bool
is_taken(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig;
  int32_t status;

  if (rig_init(&rig, plugin, spec, &status)) {
    const bool has_kernel =
        plugin_find_kernel(plugin, rig.variant, spec->dtype, OPTREG_LEVEL_BASELINE)
        != NULL;
    rig_clear(&rig);
    return has_kernel;
  }
  if (!is_refusal(status)) {
    report_build(&rig, spec, status, finding);
  }
  return false;
}

static RigSpec
make_spec(const Shape *shape, uint32_t dtype, uint32_t level)
{
  RigSpec spec = { .ndim = shape->ndim, .dtype = dtype, .level = level, .seed = 1 };

  for (uint32_t i = 0; i < shape->ndim; i++) {
    spec.dims[i] = shape->dims[i];
  }
  return spec;
}

void
subjects_visit(const Plugin *plugin, Extent extent, Finding *finding,
               void (*visit)(const Plugin *plugin, const RigSpec *spec,
                             Finding *finding))
{
  g_autofree char *missing = plugin_describe_missing_levels(plugin);
  const Shape *shapes = extents[extent].shapes;
  const size_t n = extents[extent].n;

  for (size_t i = 0; i < n * G_N_ELEMENTS(dtypes) * G_N_ELEMENTS(levels); i++) {
    const uint32_t dtype = dtypes[i / G_N_ELEMENTS(levels) % G_N_ELEMENTS(dtypes)];
    const uint32_t level = levels[i % G_N_ELEMENTS(levels)];
    const RigSpec spec = make_spec(
        &shapes[i / G_N_ELEMENTS(levels) / G_N_ELEMENTS(dtypes)], dtype, level);
    if (has_level(plugin, dtype, level) && is_taken(plugin, &spec, finding)) {
      visit(plugin, &spec, finding);
    }
    if (finding_is_set(finding)) {
      return;
    }
  }
  if (missing != NULL) {
    finding_tell(finding, "%s", missing);
  }
}

bool
subjects_any(const Plugin *plugin, RigSpec *spec)
{
  Finding ignored = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS(bulk); i++) {
    *spec = make_spec(&bulk[i], OPTREG_F32, plugin->level);
    if (is_taken(plugin, spec, &ignored)) {
      return true;
    }
  }
  return false;
}

const RigSpec subjects_small[SUBJECTS_N_SMALL] = {
  { .ndim = 1, .dims = { 37 }, .dtype = OPTREG_F32, .seed = 1 },
  { .ndim = 2, .dims = { 5, 7 }, .dtype = OPTREG_F32, .seed = 1 },
};

bool
subjects_is_taken(const Plugin *plugin, const RigSpec *spec)
{
  Rig rig;
  int32_t status;
  const bool is_built = rig_init(&rig, plugin, spec, &status);

  if (is_built) {
    rig_clear(&rig);
  }
  return is_built;
}
