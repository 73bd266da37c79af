/* SPDX-License-Identifier: MIT */
/* What holds of NaN under `nonfinite: propagate`: it is at the same places at any SIMD
 * level, tile size and number of threads, and everything else has the same bits. Its
 * sign and payload are the processor's. */
#include "trees.h"
#include "workload.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 2003, N_STEPS = 3 };

static const char *const configurations[] = {
  "optimizer: adadelta\n",
  "optimizer: adadelta\nclipnorm: 1\n",
  "optimizer: adadelta\nweight_decay: 0.1\nuse_ema: true\n",
  "optimizer: adagrad\nclipvalue: 0.2\n",
  "optimizer: adam\nweight_decay: 0.1\n",
  "optimizer: rmsprop\nmomentum: 0.5\ncentered: true\n",
  "optimizer: sgd\nmomentum: 0.9\nglobal_clipnorm: 1\n",
  "optimizer: sgd\ngradient_accumulation_steps: 2\nloss_scale_factor: 3\n",
};

static const struct {
  const char *simd, *tile;
  uint32_t threads;
} manners[] = {
  { "baseline", NULL, 1 },  { "baseline", "16", 2 },  { "x86-64-v3", NULL, 1 },
  { "x86-64-v3", "16", 2 }, { "x86-64-v4", NULL, 1 }, { "x86-64-v4", "64", 2 },
};

static void
fill(float *weights, float *gradients, size_t step)
{
  for (size_t i = 0; i < N; i++) {
    weights[i] = step == 0 ? 1.0f : weights[i];
    gradients[i] = (float)((int)(i * 7 % 31) - 15) * 0.01f;
  }
  gradients[5] = step == 0 ? NAN : 0.5f;
  gradients[700 + step] = -NAN;
  gradients[1500] = step == 1 ? INFINITY : 0.25f;
  gradients[N - 1] = step == 2 ? NAN : 1.0f;
}

/* the numbers, with one NaN in the place of each */
static void
say(GByteArray *said, const void *data, size_t size)
{
  for (size_t i = 0; i + sizeof(float) <= size; i += sizeof(float)) {
    float number;
    memcpy(&number, (const char *)data + i, sizeof number);
    const float plain = isnan(number) ? NAN : number;
    g_byte_array_append(said, (const guint8 *)&plain, sizeof plain);
  }
}

static GByteArray *
run(const char *yaml, size_t manner)
{
  g_autofree char *text = g_strconcat(yaml, "nonfinite: propagate\n", NULL);
  g_autofree float *weights = g_new0(float, N), *gradients = g_new0(float, N);
  GByteArray *said = g_byte_array_new();
  const uint64_t n = N;
  const optreg_state_info *states;

  setenv("OPTREG_ISA", manners[manner].simd, 1);
  if (manners[manner].tile != NULL) {
    setenv("OPTREG_TILE", manners[manner].tile, 1);
  } else {
    unsetenv("OPTREG_TILE");
  }
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(text);
  optreg_optimizer_set_threads(optimizer, manners[manner].threads, NULL);
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, weights, gradients,
                                 NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  for (size_t step = 0; step < N_STEPS; step++) {
    fill(weights, gradients, step);
    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), !=, OPTREG_STEP_ERROR);
  }
  say(said, weights, N * sizeof(float));
  const size_t n_states = optreg_optimizer_states(optimizer, &states);
  for (size_t i = 0; i < n_states; i++) {
    g_assert_cmpstr(states[i].dtype, ==, "F32");
    say(said, states[i].data, states[i].bytes);
  }
  return said;
}

static size_t
count_nan(const GByteArray *said)
{
  size_t n_nan = 0;

  for (size_t i = 0; i < N; i++) {
    float weight;
    memcpy(&weight, said->data + i * sizeof weight, sizeof weight);
    n_nan += isnan(weight);
  }
  return n_nan;
}

static void
test_configuration(gconstpointer data)
{
  g_autoptr(GByteArray) expected = run(data, 0);

  g_assert_cmpuint(count_nan(expected), >=, 3);
  for (size_t i = 1; i < G_N_ELEMENTS(manners); i++) {
    if (workload_machine_runs(manners[i].simd)) {
      g_autoptr(GByteArray) said = run(data, i);
      g_assert_cmpmem(said->data, said->len, expected->data, expected->len);
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configurations); i++) {
    g_autofree char *path = g_strdup_printf("/nan/is-at-the-same-places/%zu", i);
    g_test_add_data_func(path, configurations[i], test_configuration);
  }
  return g_test_run();
}
