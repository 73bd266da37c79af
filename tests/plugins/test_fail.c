/* SPDX-License-Identifier: MIT */
/* Fails where and when it is told to, for tests of what an error leaves behind. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, FAIL_IN, FAIL_AT };
enum { NOWHERE, IN_BUILD, IN_BUILD_TENSOR, IN_BEGIN_STEP, IN_UPDATE, IN_FINALIZE };
enum { COUNT, GROUP_COUNT, MODEL_COUNT };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.5, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
  OPTREG_CHOICE_ROW("fail_in", NOWHERE,
                    "nowhere|build|build_tensor|begin_step|update|finalize", NULL,
                    OPTREG_PER_GROUP, "the call that fails"),
  OPTREG_INTEGER_ROW("fail_at", 2, 1, 1000, 0, "the update in which it fails"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("count", NULL, 0, "updates of an element"),
  { "group_count", "updates of the group", NULL, NULL, 0.0, OPTREG_PER_GROUPS,
    OPTREG_INIT_ZERO, 0, 0 },
  { "model_count", "updates of the model", NULL, NULL, 0.0, OPTREG_PER_MODEL,
    OPTREG_INIT_ZERO, 0, 0 },
};

static int32_t
fail_if(const void *self, const double *hyperparameter, int call, int32_t code,
        const char *message)
{
  const optreg_host *host = self;
  const int is_meant = (int)hyperparameter[FAIL_IN] == call;
  return is_meant ? host->fail(host->context, code, message) : OPTREG_OK;
}

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  *self = (void *)(uintptr_t)host;
  return fail_if(host, hyperparameter, IN_BUILD, OPTREG_UNSUPPORTED,
                 "build was told to fail");
}

static int32_t
build_tensor(const void *self, const optreg_tensor *tensor, optreg_layout *layout)
{
  (void)layout;
  return fail_if(self, tensor->hyperparameter, IN_BUILD_TENSOR, OPTREG_BAD_ARGUMENT,
                 "this tensor was told to fail");
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  *step->slot[GROUP_COUNT] += 1.0;
  *step->slot[MODEL_COUNT] += step->is_first ? 1.0 : 0.0;
  scalar[0] = *step->slot[MODEL_COUNT];
  return step->step == (uint64_t)step->hyperparameter[FAIL_AT]
             ? fail_if(self, step->hyperparameter, IN_BEGIN_STEP, OPTREG_NUMERIC,
                       "begin_step was told to fail")
             : OPTREG_OK;
}

/* p ← p − αg / (updates of the model so far) */
OPTREG_TENSOR_KERNEL(update)
{
  float *restrict p = span->param, *restrict count = span->slot[COUNT];
  const float *restrict g = span->grad;
  const float step = (float)(span->hyperparameter[LEARNING_RATE] / span->scalar[0]);

  if ((double)count[0] + 1.0 == span->hyperparameter[FAIL_AT]) {
    const int32_t status = fail_if(self, span->hyperparameter, IN_UPDATE,
                                   OPTREG_NUMERIC, "the kernel was told to fail");
    if (status != OPTREG_OK) {
      return status;
    }
  }
  for (size_t i = 0; i < span->n; i++) {
    count[i] += 1.0f;
    p[i] = p[i] - step * g[i];
  }
  return OPTREG_OK;
}

static int32_t
finalize(const void *self, const optreg_span *span)
{
  return fail_if(self, span->hyperparameter, IN_FINALIZE, OPTREG_NUMERIC,
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
