/* SPDX-License-Identifier: MIT */
/* Checks of the plugin inside the core: threads, tiles, neighbours. */
#include "budget.h"
#include "check.h"
#include "rig.h"
#include "trial.h"

#include <math.h>

/* tensors from the first on that differ, but the one left out */
static void
compare_with(const Trial *usual, const Plugin *plugin, const TrialSpec *spec,
             int left_out, const char *how, Finding *finding)
{
  Trial other = { .n = { 0 } };

  if (trial_run(&other, plugin, spec, finding)) {
    for (size_t i = 0; i < TRIAL_TENSORS; i++) {
      if ((int)i != left_out && !trial_is_same(usual, &other, i)) {
        finding_fail(finding, "the parameter '%s' has other bits %s", trial_names[i],
                     how);
      }
    }
  }
  trial_clear(&other);
}

static void
compare(const Plugin *plugin, const TrialSpec *spec, int left_out, const char *how,
        Finding *finding)
{
  const TrialSpec alone = { .size = spec->size, .nan_tensor = -1 };
  Trial usual = { .n = { 0 } };

  if (trial_run(&usual, plugin, &alone, finding)) {
    compare_with(&usual, plugin, spec, left_out, how, finding);
  }
  trial_clear(&usual);
}

/* ---- threads ---- */

/* seconds of processor time that a step of the last tensor takes; negative when threads
 * do not share it, because the plugin sees it as a whole or not at all */
static double
time_step(const Plugin *plugin, TrialSize size)
{
  RigSpec spec = {
    .dtype = OPTREG_F32, .level = plugin->level, .seed = 1, .most_elements = 1 << 22
  };
  const uint64_t *dims = trial_last_dims(size, &spec.ndim);
  double seconds = -1.0;
  int32_t status;
  Rig rig;

  for (uint32_t i = 0; i < spec.ndim; i++) {
    spec.dims[i] = dims[i];
  }
  if (!rig_init(&rig, plugin, &spec, &status)) {
    return seconds;
  }
  if (plugin_granularity(plugin, rig.variant) != OPTREG_TENSOR) {
    const double before = budget_left();
    rig_step(&rig, NULL);
    seconds = before - budget_left();
  }
  rig_clear(&rig);
  return seconds;
}

/* the largest that is cut and leaves time for everything; *n_rounds: how often */
static TrialSize
choose_size(const Plugin *plugin, size_t *n_rounds, Finding *finding)
{
  static const TrialSize sizes[] = { TRIAL_LARGE_MATRIX, TRIAL_LARGE_VECTOR };

  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    const double seconds = time_step(plugin, sizes[i]);
    /* threads wait for each other, so twice as much */
    const double n = budget_left() * 0.5 / (2.0 * TRIAL_STEPS * fmax(seconds, 1e-9))
                     - 1;
    if (seconds >= 0.0 && n >= 1.0) {
      *n_rounds = (size_t)fmin(n, (double)*n_rounds);
      return sizes[i];
    }
    if (seconds >= 0.0) {
      finding_tell(finding,
                   "threads share no tensor: a step of a large one takes %.1f s, and "
                   "--limit gives time for more",
                   seconds);
    }
  }
  return TRIAL_SMALL;
}

static void
check_threads(const Plugin *plugin, Finding *finding)
{
  /* what happens at the same time is left to chance, so it gets several */
  static const char *const tiles[] = { "1024", "16", "1024", "16" };
  size_t n_rounds = G_N_ELEMENTS(tiles);
  const TrialSize size = choose_size(plugin, &n_rounds, finding);
  const TrialSpec alone = { .size = size, .nan_tensor = -1 };
  Trial usual = { .n = { 0 } };

  if (trial_run(&usual, plugin, &alone, finding)) {
    for (size_t i = 0; i < n_rounds; i++) {
      const TrialSpec four = {
        .n_threads = 4, .tile = tiles[i], .size = size, .nan_tensor = -1
      };
      compare_with(&usual, plugin, &four, -1, "with 4 threads", finding);
    }
  }
  trial_clear(&usual);
}

static void
check_tiles(const Plugin *plugin, Finding *finding)
{
  const TrialSpec small = { .tile = "16", .nan_tensor = -1 };
  const TrialSpec large = { .tile = "1024", .nan_tensor = -1 };

  compare(plugin, &small, -1, "in tiles of 16 elements", finding);
  compare(plugin, &large, -1, "in tiles of 1024 elements", finding);
}

static void
check_parameters(const Plugin *plugin, Finding *finding)
{
  const TrialSpec reversed = { .is_reversed = true, .nan_tensor = -1 };

  compare(plugin, &reversed, -1, "when the parameters come in another order", finding);
}

static bool
has_model_scope(const Plugin *plugin)
{
  for (size_t i = 0; i < plugin->class->reductions.count; i++) {
    if (plugin_reduction(plugin, i)->scope == OPTREG_PER_MODEL) {
      return true;
    }
  }
  return false;
}

static void
check_groups(const Plugin *plugin, Finding *finding)
{
  const TrialSpec grouped = { .is_grouped = true, .nan_tensor = -1 };
  const TrialSpec mixed = { .has_wide = true, .nan_tensor = -1 };

  compare(plugin, &grouped, -1, "when parameters are in groups with the same values",
          finding);
  if (plugin_has_dtype(plugin, OPTREG_F64) && !has_model_scope(plugin)) {
    compare(plugin, &mixed, -1, "when there is a parameter of f64 as well", finding);
  }
}

static void
check_nan(const Plugin *plugin, Finding *finding)
{
  if (has_model_scope(plugin)) {
    finding_skip(finding, "its reductions join all parameters");
    return;
  }
  for (int i = 0; i < TRIAL_TENSORS; i++) {
    const TrialSpec spec = { .nan_tensor = i };
    compare(plugin, &spec, i, "when another one's gradient holds NaN", finding);
  }
}

static void
check_resume(const Plugin *plugin, Finding *finding)
{
  const TrialSpec resumed = { .resume_at = TRIAL_STEPS / 2, .nan_tensor = -1 };

  compare(plugin, &resumed, -1, "when it is saved and loaded on the way", finding);
}

static const Check checks[] = {
  { "together.threads", SEVERITY_ERROR, "the number of threads does not show",
    "remove static variables; sum with OPTREG_ACCUMULATE", check_threads },
  { "together.tiles", SEVERITY_ERROR, "the size of a tile does not show",
    "compute each element from its own inputs; sum with OPTREG_ACCUMULATE",
    check_tiles },
  { "together.order", SEVERITY_ERROR, "the order of the parameters does not show",
    "use reductions and slots of model scope for what parameters share",
    check_parameters },
  { "together.groups", SEVERITY_ERROR,
    "groups with the same values, and types, change nothing",
    "begin_step comes once for each group and type: advance slots of model scope where "
    "is_first says so, and write scalars each time",
    check_groups },
  { "together.nan", SEVERITY_ERROR, "NaN in one parameter leaves the others alone",
    "keep what belongs to a tensor in its slots and reductions", check_nan },
  { "together.resume", SEVERITY_ERROR,
    "a saved and loaded optimizer goes on with the same bits",
    "keep all state in slots, or in what serialize writes; none in the instance",
    check_resume },
};

const Family together_family = { .name = "together",
                                 CHECKS(checks),
                                 .needs_plugin = true };
