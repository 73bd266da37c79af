/* SPDX-License-Identifier: MIT */
/* EMA: a running average of the parameters, advanced by updates, not by micro-steps. */
#include "wrappers/non_neg.h"
#include "wrappers/wrapper.h"

#include <string.h>

typedef struct Ema {
  OptregWrapper base;
  double momentum;
  uint64_t overwrite_frequency; /* 0: never */
  void **average;
  bool is_overwriting;
  bool is_started; /* the first update copies */
} Ema;

/* a ← m a + (1 − m) p ; what the application constrains waits for that */
#define AVERAGE                                                                \
  const Ema *ema = self;                                                       \
  const real momentum = ema->is_started ? (real)ema->momentum : (real)0.0;     \
  const real one_minus_momentum = (real)1.0 - momentum;                        \
  real *restrict a = (real *)ema->average[tile->tensor->index] + tile->offset; \
                                                                               \
  if (tile->tensor->is_hooked != (tile->kind == OPTREG_SWEEP_HOOKED)) {        \
    return;                                                                    \
  }                                                                            \
  for (size_t i = 0; i < tile->n; i++) {                                       \
    a[i] = momentum * a[i] + one_minus_momentum * p[i];                        \
  }                                                                            \
  if (ema->is_overwriting) {                                                   \
    memcpy(p, a, tile->n * sizeof(real));                                      \
  }

OPTREG_STAGE(average, {
  real *restrict p = tile->param;

  AVERAGE
})

/* the same, where parameters must not be negative: p ← max(p, 0) before it */
OPTREG_STAGE(bounded_average, {
  const OptregTensor *tensor = tile->tensor;
  real *restrict p = tile->param;

  if (tensor->is_non_neg && tensor->is_active && tile->kind == OPTREG_SWEEP_UPDATE) {
    for (size_t i = 0; i < tile->n; i++) {
      p[i] = OPTREG_NON_NEG(p[i]);
    }
  }
  AVERAGE
})

static const OptregStage average_stage = {
  .name = "ema",
  .sweeps = OPTREG_IN(UPDATE) | OPTREG_IN(HOOKED),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WITHOUT_GRADIENT,
  .reads = 1,
  .writes = 1,
  .run = OPTREG_STAGE_FUNCTIONS(average),
};

static const OptregStage overwriting_stage = {
  .name = "ema",
  .sweeps = OPTREG_IN(UPDATE) | OPTREG_IN(HOOKED),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM
           | OPTREG_STAGE_WITHOUT_GRADIENT,
  .reads = 1,
  .writes = 1,
  .run = OPTREG_STAGE_FUNCTIONS(average),
};

static const OptregStage bounded_stage = {
  .name = "non_neg and ema",
  .sweeps = OPTREG_IN(UPDATE) | OPTREG_IN(HOOKED),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM
           | OPTREG_STAGE_WITHOUT_GRADIENT,
  .reads = 1,
  .writes = 1,
  .run = OPTREG_STAGE_FUNCTIONS(bounded_average),
};

static const OptregStage *
choose_stage(const Ema *ema, const OptregBuilder *builder)
{
  size_t n;
  const OptregTensor *tensors = optreg_builder_tensors(builder, &n);

  for (size_t i = 0; i < n; i++) {
    if (tensors[i].is_non_neg) {
      return &bounded_stage;
    }
  }
  return ema->overwrite_frequency == 0 ? &average_stage : &overwriting_stage;
}

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Ema *ema = (Ema *)self;

  if (!config->use_ema) {
    return;
  }
  ema->momentum = config->ema_momentum;
  ema->overwrite_frequency = config->ema_overwrite_frequency;
  optreg_builder_add_state(builder, "ema", false, OPTREG_INIT_PARAMETER,
                           average_stage.sweeps, &ema->average);
  optreg_builder_add_stage(builder, choose_stage(ema, builder), self);
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  Ema *ema = (Ema *)self;
  const uint64_t frequency = ema->overwrite_frequency;

  ema->is_overwriting = frequency != 0 && (call->step + 1) % frequency == 0;
}

static void
end(OptregWrapper *self, const OptregCall *call, OptregOutcome outcome)
{
  (void)call;
  ((Ema *)self)->is_started |= outcome == OPTREG_OUTCOME_APPLIED;
}

static size_t
serialize(const OptregWrapper *self, OptregCounter *counters)
{
  counters[0] = (OptregCounter){
    .name = "ema_is_started",
    .value = ((const Ema *)self)->is_started,
    .maximum = 1.0,
    .is_whole = true,
  };
  return 1;
}

static void
deserialize(OptregWrapper *self, const OptregCounter *counters)
{
  ((Ema *)self)->is_started = counters[0].value != 0.0;
}

const void *
optreg_ema_average(const OptregWrapper *self, size_t tensor)
{
  const Ema *ema = (const Ema *)self;
  return ema->is_started && ema->average != NULL ? ema->average[tensor] : NULL;
}

const OptregWrapperClass optreg_ema = {
  .name = "ema",
  .size = sizeof(Ema),
  .build = build,
  .begin = begin,
  .end = end,
  .serialize = serialize,
  .deserialize = deserialize,
};
