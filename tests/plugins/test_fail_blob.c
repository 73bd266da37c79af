/* SPDX-License-Identifier: MIT */
/* Gradient descent whose blob, one mark, fails as it is told to, for tests of what a
 * plugin's failure leaves of a checkpoint. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, MARK, FAIL_IN };
enum {
  NOWHERE,
  SAVE_SILENTLY,
  SAVE_WITH_WORDS,
  SAVE_TOO_MUCH,
  SAVE_TOO_MUCH_UNNOTICED,
  LOAD_HALF_WAY,
  LOAD_TOO_MUCH_UNNOTICED
};

typedef struct Instance {
  const optreg_host *host;
  double mark;
  int fail_in;
} Instance;

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
  OPTREG_REAL_ROW("mark", 1.0, 0.0, INFINITY, 0, "what the blob holds"),
  OPTREG_CHOICE_ROW("fail_in", NOWHERE,
                    "nowhere|save_silently|save_with_words|save_too_much|"
                    "save_too_much_unnoticed|load_half_way|load_too_much_unnoticed",
                    NULL, 0, "the transfer that fails, and how"),
};

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  Instance *instance = host->alloc(host->context, sizeof *instance, sizeof(double));
  if (instance == NULL) {
    return host->fail(host->context, OPTREG_NO_MEMORY, "no memory for the mark");
  }
  *instance = (Instance){ host, hyperparameter[MARK], (int)hyperparameter[FAIL_IN] };
  *self = instance;
  return OPTREG_OK;
}

static int32_t
serialize(const void *self, const optreg_stream *out)
{
  Instance copy = *(const Instance *)self;
  const int32_t status = out->transfer(out->context, &copy.mark, sizeof copy.mark);

  switch (copy.fail_in) {
  case SAVE_SILENTLY:
    return OPTREG_UNSUPPORTED;
  case SAVE_WITH_WORDS:
    return copy.host->fail(copy.host->context, OPTREG_NUMERIC, "the mark has worn off");
  case SAVE_TOO_MUCH:
    return out->transfer(out->context, &copy.mark, (size_t)1 << 30);
  case SAVE_TOO_MUCH_UNNOTICED:
    out->transfer(out->context, &copy.mark, (size_t)1 << 30);
    return OPTREG_OK;
  default:
    return status;
  }
}

static int32_t
deserialize(void *self, uint32_t state_version, const optreg_stream *in)
{
  Instance *instance = self;
  const int32_t status =
      in->transfer(in->context, &instance->mark, sizeof instance->mark);
  double more;

  (void)state_version;
  switch (instance->fail_in) {
  case LOAD_HALF_WAY:
    return instance->host->fail(instance->host->context, OPTREG_BAD_STATE,
                                "the mark is of another maker");
  case LOAD_TOO_MUCH_UNNOTICED:
    in->transfer(in->context, &more, sizeof more);
    return OPTREG_OK;
  default:
    return status;
  }
}

static void
release(void *self)
{
  Instance *instance = self;
  instance->host->free(instance->host->context, instance);
}

/* p ← p − αg */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  const float *restrict g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - lr * g[i];
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_fail_blob = {
  OPTREG_OPTIMIZER,
  .name = "test_fail_blob",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "fails to write or read its blob as it is told to, for tests of errors",
  .granularity = OPTREG_ELEMENT,
  .state_version = 3,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .build = build,
  .serialize = serialize,
  .deserialize = deserialize,
  .release = release,
};

OPTREG_PLUGIN(&test_fail_blob);
