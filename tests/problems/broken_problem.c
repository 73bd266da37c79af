/* SPDX-License-Identifier: MIT */
/* A problem that is sound but for what its build defines. */
#include "hostile.h"

#include <fenv.h>
#include <optreg/problem.h>
#include <stdlib.h>

#ifndef NAME
#define NAME "sound"
#endif
#ifndef DOC
#define DOC "for tests"
#endif
#ifndef TENSOR
#define TENSOR "x"
#endif
#ifndef DIMS
#define DIMS \
  {          \
    2        \
  }
#endif
#ifndef DIMS_POINTER
#define DIMS_POINTER dims
#endif
#ifndef NDIM
#define NDIM 1
#endif
#ifndef TENSORS
#define TENSORS 1
#endif
#ifndef FIRST_METRIC
#define FIRST_METRIC "loss"
#endif
#ifndef EFFECT
#define EFFECT 0.01
#endif
#ifndef DEFAULT
#define DEFAULT 2
#endif
#ifndef SIZE
#define SIZE sizeof(newer_class)
#endif
#ifndef BATCH
#define BATCH 1
#endif
#ifndef INIT
#define INIT init
#endif
#ifndef SLOPE
#define SLOPE 1
#endif
#ifndef EXAMPLES
#define EXAMPLES 10
#endif
#ifndef STATUS
#define STATUS OPTREG_PROBLEM_OK
#endif

/* rows and a class of a later version, with fields that nobody here knows */
typedef struct newer_option {
  optreg_problem_option row;
  double later;
} newer_option;

typedef struct newer_class {
  optreg_problem_class class;
  void (*later)(void);
} newer_class;

static const newer_option options[] = {
  { OPTREG_PROBLEM_INTEGER_ROW("first", DEFAULT, 1, 3, "a number"), 7.0 },
  { OPTREG_PROBLEM_CHOICE_ROW("second", 1, "red|green", "a word"), 7.0 },
};

static const optreg_problem_metric metrics[] = {
  { FIRST_METRIC, DOC, 1e30, EFFECT, 0, 0 },
};

static const uint64_t dims[9] = DIMS;
static const optreg_problem_tensor rows_of_tensors[] = {
  { TENSOR, DIMS_POINTER, NDIM, 0 },
  { TENSOR, DIMS_POINTER, NDIM, 0 },
};

typedef struct Instance {
  const optreg_problem_host *host;
  double first, second;
} Instance;

static int32_t
open_it(const optreg_problem_host *host, const double *values, uint32_t batch_size,
        void **self)
{
  Instance *instance = malloc(sizeof *instance);

  (void)batch_size;
  *instance = (Instance){ host, values[0], values[1] };
  *self = instance;
  return STATUS == OPTREG_PROBLEM_OK
             ? STATUS
             : host->fail(host->context, STATUS, "there is no more of it");
}

static size_t
tensors(const void *self, const optreg_problem_tensor **rows)
{
  (void)self;
  *rows = rows_of_tensors;
  return TENSORS;
}

static size_t
examples(const void *self)
{
  (void)self;
  return EXAMPLES;
}

__attribute__((unused)) static void
init(void *self, uint32_t seed, float *const *weights)
{
  const Instance *instance = self;
  instance->host->uniform(instance->host->context, seed, 16, 0, 2, weights[0]);
}

/* says what it was given */
static double
gradient(void *self, const optreg_problem_batch *batch, const float *const *weights,
         float *const *gradients)
{
  const Instance *instance = self;

  gradients[0][0] = SLOPE * (float)(batch->scale * (double)weights[0][0]);
  gradients[0][1] = SLOPE * (float)batch->step;
  return instance->first * 10.0 + instance->second;
}

static void
evaluate(void *self, uint32_t split, const float *const *weights, double *values)
{
  (void)self;
  values[0] = (double)(weights[0][0] + (float)split);
}

static const newer_class sound = {
  {
      .struct_size = SIZE,
      .name = NAME,
      .version = "1",
      .doc = DOC,
      .batch_size = BATCH,
      .epochs = 1,
      .options = { options, 2, sizeof(newer_option) },
      .metrics = OPTREG_PROBLEM_TABLE(metrics),
      .open = open_it,
      .close = free,
      .tensors = tensors,
      .examples = examples,
      .init = INIT,
      .gradient = gradient,
      .evaluate = evaluate,
  },
  NULL,
};

#ifdef ROUNDS_UP
__attribute__((constructor)) static void
round_up(void)
{
  fesetround(FE_UPWARD);
}
#endif

#ifdef FILE_ABI
extern __attribute__((visibility("default")))
const optreg_problem_file optreg_problem_abi1;
static const optreg_problem_class *const classes[] = { &sound.class };
const optreg_problem_file optreg_problem_abi1 = {
  OPTREG_PROBLEM_MAGIC, FILE_ABI, 0, sizeof(optreg_problem_file), 1, classes,
};
#elif !defined(NO_SYMBOL)
OPTREG_PROBLEMS(&sound.class);
#else
__attribute__((visibility("default"))) const void *some_symbol = &sound;
#endif
