/* SPDX-License-Identifier: MIT */
/* Bytes per parameter, as the options have them. */
#include "bench/demand.h"
#include "bench/model.h"
#include "bench/traffic.h"
#include "support/status.h"

typedef struct Case {
  const char *yaml;
  uint32_t bytes[N_CALLS];
} Case;

static const Case cases[] = {
  { "{optimizer: sgd, nonfinite: propagate}", { 0, 0, 12 } },
  { "{optimizer: sgd, momentum: 0.9}", { 0, 0, 24 } },
  { "{optimizer: adadelta, nonfinite: propagate}", { 0, 0, 28 } },
  { "{optimizer: adadelta}", { 0, 0, 32 } },
  { "{optimizer: adadelta, nonfinite: error}", { 0, 0, 32 } },
  { "{optimizer: adadelta, nonfinite: propagate, clipnorm: 1}", { 0, 0, 32 } },
  { "{optimizer: adadelta, nonfinite: propagate, use_ema: true, weight_decay: 0.1,"
    " clipvalue: 0.5}",
    { 0, 0, 36 } },
  { "{optimizer: adadelta, use_ema: true, weight_decay: 0.1, clipvalue: 0.5}",
    { 0, 0, 40 } },
  { "{optimizer: adadelta, global_clipnorm: 1, use_ema: true, loss_scale_factor: 8,"
    " gradient_accumulation_steps: 4}",
    { 12, 16, 48 } },
  { "{optimizer: adadelta, nonfinite: propagate, gradient_accumulation_steps: 2}",
    { 8, 0, 32 } },
};

static void
assert_bytes(const Case *it)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(Shapes) shapes = shapes_new_even(1000, 3);
  g_autoptr(Model) model = model_new(shapes, true, &error);
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_string(registry, it->yaml, "test", NULL);
  Features features;

  g_assert_nonnull(optimizer);
  model_build(model, optimizer, &error);
  g_assert_no_error(error);
  demand_read(&features, registry, optimizer, shapes, &error);
  g_assert_no_error(error);
  const Traffic traffic = traffic_of(&features);
  for (Call call = 0; call < N_CALLS; call++) {
    g_test_message("%s, call %d", it->yaml, call);
    g_assert_cmpuint(traffic_bytes(&traffic, call), ==, it->bytes[call]);
  }
}

static void
test_options_decide(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    assert_bytes(&cases[i]);
  }
}

static void
test_phases_look_again(void)
{
  const Features features = { .window = 1, .n_slots = 2, .n_phases = 1 };
  const Traffic traffic = traffic_of(&features);

  g_assert_cmpuint(traffic.n_passes[CALL_STEP], ==, 2);
  g_assert_cmpuint(traffic_pass_bytes(&traffic.passes[CALL_STEP][0]), ==, 16);
  g_assert_cmpuint(traffic_bytes(&traffic, CALL_STEP), ==, 16 + 28);
}

static void
test_order_of_a_window(void)
{
  const Traffic alone = { .window = 1 }, four = { .window = 4 };

  g_assert_cmpint(traffic_call(&alone, 0), ==, CALL_STEP);
  g_assert_cmpint(traffic_call(&four, 0), ==, CALL_FIRST);
  g_assert_cmpint(traffic_call(&four, 1), ==, CALL_MICRO);
  g_assert_cmpint(traffic_call(&four, 2), ==, CALL_MICRO);
  g_assert_cmpint(traffic_call(&four, 3), ==, CALL_STEP);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/traffic/options-decide", test_options_decide);
  g_test_add_func("/bench/traffic/phases-look-again", test_phases_look_again);
  g_test_add_func("/bench/traffic/order-of-a-window", test_order_of_a_window);
  return g_test_run();
}
