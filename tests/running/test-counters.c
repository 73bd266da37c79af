/* SPDX-License-Identifier: MIT */
/* What wrappers hand out for a checkpoint, and take back. */
#include "running/chain.h"

static OptregTensor tensor = { .name = "w", .n = 0, .size = sizeof(float) };

/* a chain with a dynamic loss scale, accumulation and EMA */
static OptregChain *
new_chain(void)
{
  static OptregGroup group = { .label = (char *)"default" };
  const OptregConfig config = {
    .use_ema = true,
    .ema_momentum = 0.9,
    .loss_scale = 8.0,
    .is_loss_scale_dynamic = true,
    .dynamic_growth_steps = 3,
    .gradient_accumulation_steps = 4,
    .groups = &group,
    .n_groups = 1,
  };
  OptregChain *chain = optreg_chain_new(&tensor, 1, NULL);

  optreg_chain_build(chain, 0, OPTREG_N_LINKS, &config);
  g_assert_true(optreg_arena_fill(chain->builder.arena, NULL));
  g_assert_true(optreg_arena_fill(chain->builder.scratch, NULL));
  return chain;
}

static void
end_calls(OptregChain *chain, const OptregOutcome *outcomes, size_t n)
{
  const OptregCall call = { .tensors = &tensor, .n_tensors = 1 };

  for (size_t i = 0; i < n; i++) {
    optreg_chain_end(chain, &call, outcomes[i]);
  }
}

static size_t
serialize(const OptregChain *chain, OptregLink link, OptregCounter *counters)
{
  return chain->wrappers[link]->class->serialize(chain->wrappers[link], counters);
}

static const struct {
  OptregLink link;
  const char *path;
  OptregCounter expected[2];
  size_t n;
} wrappers[] = {
  { OPTREG_LINK_LOSS_SCALE,
    "loss-scale",
    { { .name = "loss_scale", .value = 2.0 }, { .name = "finite_calls", .value = 2 } },
    2 },
  { OPTREG_LINK_ACCUMULATE,
    "accumulate",
    { { .name = "accumulated", .value = 2 }, { .name = "window_is_lost", .value = 1 } },
    2 },
  { OPTREG_LINK_EMA, "ema", { { .name = "ema_is_started", .value = 1 } }, 1 },
};

static void
test_counters_survive(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  static const OptregOutcome outcomes[] = { OPTREG_OUTCOME_APPLIED,
                                            OPTREG_OUTCOME_NONFINITE,
                                            OPTREG_OUTCOME_OVERFLOW,
                                            OPTREG_OUTCOME_ACCUMULATED,
                                            OPTREG_OUTCOME_ACCUMULATED };
  g_autoptr(OptregChain) before = new_chain();
  g_autoptr(OptregChain) after = new_chain();
  OptregCounter saved[OPTREG_MAX_COUNTERS], loaded[OPTREG_MAX_COUNTERS];
  end_calls(before, outcomes, G_N_ELEMENTS(outcomes));

  g_assert_cmpuint(serialize(before, wrappers[i].link, saved), ==, wrappers[i].n);
  OptregWrapper *wrapper = after->wrappers[wrappers[i].link];
  wrapper->class->deserialize(wrapper, saved);
  g_assert_cmpuint(serialize(after, wrappers[i].link, loaded), ==, wrappers[i].n);
  for (size_t j = 0; j < wrappers[i].n; j++) {
    g_assert_cmpstr(saved[j].name, ==, wrappers[i].expected[j].name);
    g_assert_cmpfloat(saved[j].value, ==, wrappers[i].expected[j].value);
    g_assert_cmpfloat(loaded[j].value, ==, saved[j].value);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++) {
    g_autofree char *path = g_strdup_printf("/counters/%s", wrappers[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_counters_survive);
  }
  return g_test_run();
}
