/* SPDX-License-Identifier: MIT */
/* Wrappers of the gradient, which share one loop, leave the bits that they leave one by
 * one: here in plain loops, each over the whole model, before an optimizer without any.
 */
#include "running/reduce.h"
#include "running/tile.h"
#include "trees.h"

#include <math.h>
#include <string.h>

enum { N_CALLS = 6, MOST = 3000, N_ELEMENTS = 5 * MOST };

/* what a configuration asks for; 0: not that */
typedef struct Wrappers {
  const char *path, *yaml;
  double scale; /* 1: none */
  size_t window;
  double clipvalue, clipnorm, global_clipnorm, weight_decay;
  bool spares_c_and_e; /* the decay */
} Wrappers;

static const Wrappers configs[] = {
  {
      .path = "a-scale-alone",
      .yaml = "loss_scale_factor: 1024\n",
      .scale = 1024,
      .window = 1,
  },
  {
      .path = "a-scale-of-no-power-of-two-alone",
      .yaml = "loss_scale_factor: 1000\n",
      .scale = 1000,
      .window = 1,
  },
  {
      .path = "a-value-alone",
      .yaml = "clipvalue: 0.03\n",
      .clipvalue = 0.03,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-norm-alone",
      .yaml = "clipnorm: 0.1\n",
      .clipnorm = 0.1,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-norm-of-all-alone",
      .yaml = "global_clipnorm: 0.1\n",
      .global_clipnorm = 0.1,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-norm-of-all-that-nothing-exceeds",
      .yaml = "global_clipnorm: 1e4\n",
      .global_clipnorm = 1e4,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-sum-alone",
      .yaml = "gradient_accumulation_steps: 2\n",
      .window = 2,
      .scale = 1,
  },
  {
      .path = "a-decay-alone",
      .yaml = "learning_rate: 0.7\n"
              "weight_decay: 0.3\n",
      .weight_decay = 0.3,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-scale-of-no-power-of-two-and-value",
      .yaml = "loss_scale_factor: 1000\n"
              "clipvalue: 0.0001\n",
      .scale = 1000,
      .clipvalue = 0.0001,
      .window = 1,
  },
  {
      .path = "a-scale-and-value",
      .yaml = "loss_scale_factor: 8\n"
              "clipvalue: 0.03\n",
      .scale = 8,
      .clipvalue = 0.03,
      .window = 1,
  },
  {
      .path = "a-scale-and-norm",
      .yaml = "loss_scale_factor: 8\n"
              "global_clipnorm: 0.1\n",
      .scale = 8,
      .global_clipnorm = 0.1,
      .window = 1,
  },
  {
      .path = "a-sum-and-norm",
      .yaml = "gradient_accumulation_steps: 2\n"
              "global_clipnorm: 0.1\n"
              "clipvalue: 0.5\n",
      .window = 2,
      .global_clipnorm = 0.1,
      .clipvalue = 0.5,
      .scale = 1,
  },
  {
      .path = "a-sum-of-three",
      .yaml = "gradient_accumulation_steps: 3\n"
              "global_clipnorm: 0.1\n",
      .window = 3,
      .global_clipnorm = 0.1,
      .scale = 1,
  },
  {
      .path = "every-term",
      .yaml = "loss_scale_factor: 1024\n"
              "gradient_accumulation_steps: 2\n"
              "clipvalue: 0.0002\n"
              "global_clipnorm: 0.001\n",
      .scale = 1024,
      .window = 2,
      .clipvalue = 0.0002,
      .global_clipnorm = 0.001,
  },
  {
      .path = "a-value-and-decay",
      .yaml = "clipvalue: 0.5\n"
              "learning_rate: 0.7\n"
              "weight_decay: 0.3\n",
      .clipvalue = 0.5,
      .weight_decay = 0.3,
      .scale = 1,
      .window = 1,
  },
  {
      .path = "a-sum-and-decay",
      .yaml = "gradient_accumulation_steps: 2\n"
              "global_clipnorm: 0.1\n"
              "learning_rate: 0.7\n"
              "weight_decay: 0.3\n",
      .window = 2,
      .global_clipnorm = 0.1,
      .weight_decay = 0.3,
      .scale = 1,
  },
  {
      .path = "a-decay-in-one-group",
      .yaml = "loss_scale_factor: 8\n"
              "clipvalue: 0.05\n"
              "learning_rate: 0.7\n"
              "weight_decay: 0.3\n"
              "groups:\n"
              "- match: [c, e]\n"
              "  weight_decay: 0\n",
      .scale = 8,
      .clipvalue = 0.05,
      .weight_decay = 0.3,
      .spares_c_and_e = true,
      .window = 1,
  },
  {
      .path = "a-norm-and-decay",
      .yaml = "loss_scale_factor: 3\n"
              "gradient_accumulation_steps: 2\n"
              "clipnorm: 0.1\n"
              "learning_rate: 0.7\n"
              "weight_decay: 0.3\n",
      .scale = 3,
      .window = 2,
      .clipnorm = 0.1,
      .weight_decay = 0.3,
  },
  {
      .path = "a-norm-of-a-sum",
      .yaml = "gradient_accumulation_steps: 2\n"
              "clipnorm: 0.1\n",
      .window = 2,
      .clipnorm = 0.1,
      .scale = 1,
  },
  {
      .path = "every-clip",
      .yaml = "loss_scale_factor: 2\n"
              "clipvalue: 0.5\n"
              "clipnorm: 0.1\n"
              "global_clipnorm: 0.05\n",
      .scale = 2,
      .clipvalue = 0.5,
      .clipnorm = 0.1,
      .global_clipnorm = 0.05,
      .window = 1,
  },
  {
      .path = "without-a-check",
      .yaml = "nonfinite: propagate\n"
              "loss_scale_factor: 2\n"
              "clipvalue: 0.5\n"
              "global_clipnorm: 1\n",
      .scale = 2,
      .clipvalue = 0.5,
      .global_clipnorm = 1,
      .window = 1,
  },
};

enum { EVERY_TERM = 13 };

/* no length is a multiple of anything */
static const uint64_t lengths[] = { 1, 15, 127, 1025, 2999 };

G_STATIC_ASSERT(G_N_ELEMENTS(lengths) * MOST == N_ELEMENTS);

typedef struct Case {
  size_t config;
  uint32_t dtype;
} Case;

typedef struct Run {
  optreg_optimizer *optimizer;
  size_t size; /* of an element */
  char *weights, *gradients;
} Run;

static void
put(char *memory, size_t size, size_t i, double value)
{
  if (size == sizeof(float)) {
    ((float *)(void *)memory)[i] = (float)value;
  } else {
    ((double *)(void *)memory)[i] = value;
  }
}

/* of either sign, zeros of either sign among them */
static double
gradient_at(size_t call, size_t i)
{
  const double sign = (i * 7 + call) % 3 == 0 ? -1.0 : 1.0;
  return i % 11 == 0 ? sign * 0.0
                     : sign * (double)((i * 37 + call * 101) % 257) / 300.0;
}

static double
get(const char *memory, size_t size, size_t i)
{
  return size == sizeof(float) ? (double)((const float *)(const void *)memory)[i]
                               : ((const double *)(const void *)memory)[i];
}

static Run
begin(const char *options, uint32_t dtype)
{
  g_autofree char *yaml = g_strconcat("optimizer: adadelta\n", options, NULL);
  Run run = { .optimizer = optimizer_from_text(yaml),
              .size = dtype == OPTREG_F32 ? sizeof(float) : sizeof(double) };
  size_t at = 0;

  run.weights = g_malloc0(N_ELEMENTS * run.size);
  run.gradients = g_malloc0(N_ELEMENTS * run.size);
  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++, at += MOST * run.size) {
    const char name[] = { (char)('a' + i), '\0' };
    optreg_optimizer_add_parameter(run.optimizer, name, dtype, &lengths[i], 1,
                                   run.weights + at, run.gradients + at, NULL);
  }
  g_assert_true(optreg_optimizer_build(run.optimizer, NULL));
  return run;
}

static void
end(Run *run)
{
  optreg_optimizer_free(run->optimizer);
  g_free(run->weights);
  g_free(run->gradients);
}

/* ---- wrappers one by one, each operation in the type ---- */

typedef struct Plain {
  Run *run; /* its gradients become what the optimizer gets */
  const Wrappers *wrappers;
  double *sum; /* of the calls of a window */
} Plain;

/* each expression is rounded to the type: what is stored is what the type holds */
#define IN_TYPE(run, value) \
  ((run)->size == sizeof(float) ? (double)(float)(value) : (double)(value))

#define MAP(plain, i, x, value)                                           \
  for (size_t i = 0; i < N_ELEMENTS; i++) {                               \
    const double x = get((plain)->run->gradients, (plain)->run->size, i); \
    put((plain)->run->gradients, (plain)->run->size, i, (value));         \
  }

/* a quotient of floats, formed in double and rounded, is the float quotient: 53 digits
 * are more than twice 24 and two. Sums and products likewise. */
static void
unscale(const Plain *plain)
{
  const double scale = IN_TYPE(plain->run, plain->wrappers->scale);

  MAP(plain, i, x, x / scale)
}

/* true where the window is complete */
static bool
accumulate(const Plain *plain, size_t call)
{
  const size_t window = plain->wrappers->window;

  if ((call + 1) % window != 0) {
    MAP(plain, i, x,
        plain->sum[i] =
            IN_TYPE(plain->run, x + (call % window == 0 ? 0.0 : plain->sum[i])))
    return false;
  }
  if (window > 1) {
    MAP(plain, i, x, IN_TYPE(plain->run, x + plain->sum[i]) / (double)window)
  }
  return true;
}

static void
clip_value(const Plain *plain)
{
  const double c = IN_TYPE(plain->run, plain->wrappers->clipvalue);

  if (c != 0.0) {
    MAP(plain, i, x, x < -c ? -c : x > c ? c : x)
  }
}

/* in the fixed tree */
static double
square_sum(const Plain *plain, size_t tensor)
{
  double blocks[MOST / OPTREG_BLOCK + 1];
  size_t n_blocks = 0;

  for (size_t at = 0; at < lengths[tensor]; at += OPTREG_BLOCK) {
    double lanes[OPTREG_LANES] = { 0 };
    for (size_t i = at; i < MIN(at + OPTREG_BLOCK, lengths[tensor]); i++) {
      const double x = get(plain->run->gradients, plain->run->size, tensor * MOST + i);
      lanes[i % OPTREG_LANES] += x * x;
    }
    blocks[n_blocks++] = optreg_reduce_pairwise(lanes, OPTREG_LANES, OPTREG_SUM);
  }
  return optreg_reduce_pairwise(blocks, n_blocks, OPTREG_SUM);
}

/* the squares of the model behind it */
static double
clip_norms(const Plain *plain)
{
  const double clipnorm = plain->wrappers->clipnorm;
  double squares[G_N_ELEMENTS(lengths)];

  for (size_t tensor = 0; tensor < G_N_ELEMENTS(lengths); tensor++) {
    squares[tensor] = square_sum(plain, tensor);
    if (clipnorm == 0.0) {
      continue;
    }
    const double norm = sqrt(squares[tensor]);
    const double c = IN_TYPE(plain->run, clipnorm);
    const double longest = fmax(IN_TYPE(plain->run, norm), c);
    for (size_t i = tensor * MOST; i < tensor * MOST + lengths[tensor]; i++) {
      const double x = get(plain->run->gradients, plain->run->size, i);
      put(plain->run->gradients, plain->run->size, i,
          IN_TYPE(plain->run, x * c) / longest);
    }
    const double shorter = norm * (clipnorm / fmax(norm, clipnorm));
    squares[tensor] = shorter * shorter;
  }
  return optreg_reduce_pairwise(squares, G_N_ELEMENTS(lengths), OPTREG_SUM);
}

/* k = c min(1/N, 1/c) */
static void
clip_global(const Plain *plain, double squares)
{
  const double clipnorm = plain->wrappers->global_clipnorm;
  const double c = IN_TYPE(plain->run, clipnorm);
  const double norm = IN_TYPE(plain->run, sqrt(squares));

  if (clipnorm != 0.0) {
    const double k = IN_TYPE(
        plain->run,
        c * fmin(IN_TYPE(plain->run, 1.0 / norm), IN_TYPE(plain->run, 1.0 / clipnorm)));
    MAP(plain, i, x, x * k)
  }
}

static void
decay(const Plain *plain)
{
  Run *run = plain->run;
  const double decay = IN_TYPE(run, plain->wrappers->weight_decay);
  const double rate = IN_TYPE(run, 0.7);

  for (size_t i = 0; decay != 0.0 && i < N_ELEMENTS; i++) {
    const double p = get(run->weights, run->size, i);
    const bool is_spared = plain->wrappers->spares_c_and_e && (i / MOST) % 2 == 0
                           && i >= MOST;
    const double less = IN_TYPE(run, IN_TYPE(run, p * decay) * rate);
    put(run->weights, run->size, i, is_spared ? p : p - less);
  }
}

static void
plain_step(const Plain *plain, size_t call)
{
  unscale(plain);
  if (!accumulate(plain, call)) {
    return;
  }
  clip_value(plain);
  clip_global(plain, clip_norms(plain));
  decay(plain);
  g_assert_cmpint(optreg_optimizer_step(plain->run->optimizer, NULL), ==,
                  OPTREG_STEP_APPLIED);
}

static void
give_gradients(Run *run, size_t call)
{
  for (size_t i = 0; i < N_ELEMENTS; i++) {
    put(run->gradients, run->size, i, gradient_at(call, i));
  }
}

static void
test_one_loop_is_many(gconstpointer data)
{
  const Case *it = data;
  const Wrappers *wrappers = &configs[it->config];
  Run wrapped = begin(wrappers->yaml, it->dtype);
  Run bare = begin(wrappers->weight_decay != 0.0
                       ? "nonfinite: propagate\nlearning_rate: 0.7\n"
                       : "nonfinite: propagate\n",
                   it->dtype);
  g_autofree double *sum = g_new0(double, N_ELEMENTS);
  const Plain plain = { &bare, wrappers, sum };

  for (size_t call = 0; call < N_CALLS; call++) {
    give_gradients(&wrapped, call);
    g_assert_cmpint(optreg_optimizer_step(wrapped.optimizer, NULL), !=,
                    OPTREG_STEP_ERROR);
    give_gradients(&bare, call);
    plain_step(&plain, call);
    g_assert_cmpmem(wrapped.weights, N_ELEMENTS * wrapped.size, bare.weights,
                    N_ELEMENTS * bare.size);
  }
  g_assert_cmpuint(optreg_optimizer_last_step(wrapped.optimizer)->step, >, 0);
  end(&wrapped);
  end(&bare);
}

/* the first element that is not finite is found and named as ever */
static void
test_the_head_finds_a_nan(void)
{
  Run run = begin(configs[EVERY_TERM].yaml, OPTREG_F32);
  const size_t at = 4 * MOST + 2998;

  ((float *)(void *)run.gradients)[at] = NAN;
  g_assert_cmpint(optreg_optimizer_step(run.optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_step_report *report = optreg_optimizer_last_step(run.optimizer);
  g_assert_cmpstr(report->nonfinite_parameter, ==, "e");
  g_assert_cmpuint(report->nonfinite_index, ==, 2998);
  end(&run);
}

int
main(int argc, char **argv)
{
  static Case cases[G_N_ELEMENTS(configs)][2];

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    for (size_t type = 0; type < 2; type++) {
      g_autofree char *path = g_strdup_printf(
          "/head/one-loop-is-many/%s/%s", configs[i].path, type == 0 ? "f32" : "f64");
      cases[i][type] = (Case){ i, type == 0 ? OPTREG_F32 : OPTREG_F64 };
      g_test_add_data_func(path, &cases[i][type], test_one_loop_is_many);
    }
  }
  g_test_add_func("/head/finds-a-nan", test_the_head_finds_a_nan);
  return g_test_run();
}
