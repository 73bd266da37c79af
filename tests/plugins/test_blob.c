/* SPDX-License-Identifier: MIT */
/* Gradient descent with a table of gains, for tests: an instance and its blob. */
#include <math.h>
#include <optreg/plugin.h>
#include <string.h>

enum { LEARNING_RATE, FIRST_GAIN };
enum { N_GAINS = 4 };

typedef struct Instance {
  const optreg_host *host;
  double gain[N_GAINS];
} Instance;

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("first_gain", 1.0, 0.0, INFINITY, 0,
                  "factor of every fourth element"),
};

static void
spread(double first, double *gain)
{
  for (size_t i = 0; i < N_GAINS; i++) {
    gain[i] = first / (double)(i + 1);
  }
}

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  Instance *instance = host->alloc(host->context, sizeof *instance, sizeof(double));
  if (instance == NULL) {
    return host->fail(host->context, OPTREG_NO_MEMORY, "no memory for the gains");
  }
  instance->host = host;
  spread(hyperparameter[FIRST_GAIN], instance->gain);
  *self = instance;
  return OPTREG_OK;
}

static int32_t
serialize(const void *self, const optreg_stream *out)
{
  Instance copy = *(const Instance *)self;
  return out->transfer(out->context, copy.gain, sizeof copy.gain);
}

/* version 0 wrote the first gain alone */
static int32_t
read_gains(uint32_t state_version, const optreg_stream *in, double *gain)
{
  if (state_version > 1) {
    return OPTREG_UNSUPPORTED;
  }
  const size_t n = state_version == 0 ? 1 : N_GAINS;
  const int32_t status = in->transfer(in->context, gain, n * sizeof *gain);
  if (status == OPTREG_OK && state_version == 0) {
    spread(gain[0], gain);
  }
  return status;
}

static int32_t
deserialize(void *self, uint32_t state_version, const optreg_stream *in)
{
  Instance *instance = self;
  double gain[N_GAINS];
  const int32_t status = read_gains(state_version, in, gain);
  if (status != OPTREG_OK) {
    return status;
  }
  for (size_t i = 0; i < N_GAINS; i++) {
    if (!isfinite(gain[i])) {
      return instance->host->fail(instance->host->context, OPTREG_BAD_STATE,
                                  "a gain is not finite");
    }
  }
  memcpy(instance->gain, gain, sizeof gain);
  return OPTREG_OK;
}

static void
release(void *self)
{
  Instance *instance = self;
  instance->host->free(instance->host->context, instance);
}

/* p ← p − αγg, where γ depends on the element's index in its tensor */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  const float *restrict g = span->grad;
  const Instance *instance = self;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - lr * (float)instance->gain[(span->offset + i) % N_GAINS] * g[i];
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_blob = {
  OPTREG_OPTIMIZER,
  .name = "test_blob",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradient descent with gains, for tests of the instance and its blob",
  .granularity = OPTREG_ELEMENT,
  .state_version = 1,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .build = build,
  .serialize = serialize,
  .deserialize = deserialize,
  .release = release,
};

OPTREG_PLUGIN(&test_blob);
