/* SPDX-License-Identifier: MIT */
/* Fails where and when it is told to, for tests of what an error leaves behind. */
#include <math.h>
#include <optreg/plugin.h>
#include <stdbool.h>

enum { LEARNING_RATE, FAIL_IN };
enum { NOWHERE, IN_BUILD, IN_BUILD_TENSOR, IN_BEGIN_STEP, IN_UPDATE, IN_FINALIZE };
enum { COUNT, GROUP_COUNT, MODEL_COUNT };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.5, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
  OPTREG_CHOICE_ROW("fail_in", NOWHERE,
                    "nowhere|build|build_tensor|begin_step|update|finalize", NULL,
                    OPTREG_PER_GROUP, "the call that fails"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("count", NULL, 0, "updates of an element"),
  { "group_count", "updates of the group", NULL, NULL, 0.0, OPTREG_PER_GROUPS,
    OPTREG_INIT_ZERO, 0, 0 },
  { "model_count", "updates of the model", NULL, NULL, 0.0, OPTREG_PER_MODEL,
    OPTREG_INIT_ZERO, 0, 0 },
};

static int32_t
fail_if(bool is_meant, const void *self, int32_t code, const char *message)
{
  const optreg_host *host = self;
  return is_meant ? host->fail(host->context, code, message) : OPTREG_OK;
}

static bool
fails_in(int call, const double *hyperparameter)
{
  return (int)hyperparameter[FAIL_IN] == call;
}

/* a learning rate of 0 is how a test fails one step and not the next */
static bool
fails_now(int call, const double *hyperparameter)
{
  return fails_in(call, hyperparameter) && hyperparameter[LEARNING_RATE] == 0.0;
}

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  *self = (void *)(uintptr_t)host;
  return fail_if(fails_in(IN_BUILD, hyperparameter), host, OPTREG_UNSUPPORTED,
                 "build was told to fail");
}

static int32_t
build_tensor(const void *self, const optreg_tensor *tensor, optreg_layout *layout)
{
  (void)layout;
  return fail_if(fails_in(IN_BUILD_TENSOR, tensor->hyperparameter), self,
                 OPTREG_BAD_ARGUMENT, "build_tensor was told to fail");
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  *step->slot[GROUP_COUNT] += 1.0;
  *step->slot[MODEL_COUNT] += step->is_first ? 1.0 : 0.0;
  scalar[0] = *step->slot[GROUP_COUNT] * *step->slot[MODEL_COUNT];
  return fail_if(fails_now(IN_BEGIN_STEP, step->hyperparameter), self, OPTREG_NUMERIC,
                 "begin_step was told to fail");
}

/* p ← p − αg / (updates of the group × updates of the model) */
OPTREG_TENSOR_KERNEL(update)
{
  float *restrict p = span->param, *restrict count = span->slot[COUNT];
  const float *restrict g = span->grad;
  const float step = (float)(span->hyperparameter[LEARNING_RATE] / span->scalar[0]);

  for (size_t i = 0; i < span->n; i++) {
    count[i] += 1.0f;
    p[i] = p[i] - step * g[i];
  }
  return fail_if(fails_now(IN_UPDATE, span->hyperparameter), self, OPTREG_NUMERIC,
                 "update was told to fail");
}

static int32_t
finalize(const void *self, const optreg_span *span)
{
  return fail_if(fails_in(IN_FINALIZE, span->hyperparameter), self, OPTREG_NUMERIC,
                 "finalize was told to fail");
}

static const optreg_kernel kernels[] = { OPTREG_TENSOR_KERNEL_ROWS(0, OPTREG_F32,
                                                                   update) };

static const optreg_optimizer_class test_fail = {
  OPTREG_OPTIMIZER,
  .name = "test_fail",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "fails where it is told to, for tests of errors",
  .granularity = OPTREG_TENSOR,
  .n_scalars = 1,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .build = build,
  .build_tensor = build_tensor,
  .begin_step = begin_step,
  .finalize = finalize,
};

OPTREG_PLUGIN(&test_fail);
