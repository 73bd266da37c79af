/* SPDX-License-Identifier: MIT */
/* Checks of the plugin inside the core: threads, tiles, neighbours. */
#include "check.h"
#include "trial.h"

/* tensors from the first on that differ, but the one left out */
static void
compare(const Plugin *plugin, const TrialSpec *spec, int left_out, const char *how,
        Finding *finding)
{
  const TrialSpec usual = { .is_large = spec->is_large, .nan_tensor = -1 };
  Trial a = { .n = { 0 } }, b = { .n = { 0 } };

  if (trial_run(&a, plugin, &usual, finding) && trial_run(&b, plugin, spec, finding)) {
    for (size_t i = 0; i < TRIAL_TENSORS; i++) {
      if ((int)i != left_out && !trial_is_same(&a, &b, i)) {
        finding_fail(finding, "the parameter '%s' has other bits %s", trial_names[i],
                     how);
      }
    }
  }
  trial_clear(&a);
  trial_clear(&b);
}

static void
check_threads(const Plugin *plugin, Finding *finding)
{
  /* what happens at the same time is left to chance, so it gets several */
  static const char *const tiles[] = { "1024", "16", "1024", "16" };

  for (size_t i = 0; i < G_N_ELEMENTS(tiles); i++) {
    const TrialSpec four = {
      .n_threads = 4, .tile = tiles[i], .is_large = true, .nan_tensor = -1
    };
    compare(plugin, &four, -1, "with 4 threads", finding);
  }
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
