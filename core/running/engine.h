/* SPDX-License-Identifier: MIT */
/* A built optimizer: all that a step needs. */
#ifndef OPTREG_CORE_ENGINE_H
#define OPTREG_CORE_ENGINE_H

#include "config/config.h"
#include "running/diagnosis.h"
#include "running/fresh.h"
#include "running/instances.h"
#include "running/model.h"
#include "running/plan.h"
#include "running/tree.h"

/* How the application wants it run. */
typedef struct OptregRunOptions {
  OptregHooks hooks;
  uint32_t n_threads; /* 0: the default */
  optreg_parallel_for parallel_for;
  void *parallel_for_context;
  optreg_learning_rate_function learning_rate_function; /* NULL: the configuration */
  void *learning_rate_context;
  uint32_t diagnose_every; /* updates; 0: no diagnostics */
  bool reports_norm;       /* of the gradient, also where nothing is clipped */
} OptregRunOptions;

/* What bounds the state's growth; see headroom.c. */
typedef struct OptregHeadroom {
  double *bounds;  /* by type and slot row of all optimizers, of all parameters */
  double *largest; /* by state, as it was last looked at */
  double
      gradient; /* the largest of this call, before clipping; where the guard is on */
  double sum;   /* of a window's largest gradients so far */
  const char *role; /* of what would overflow */
  bool is_known;    /* false: the state came from elsewhere */
} OptregHeadroom;

/* Weights to deploy, outside the parameter. */
typedef struct OptregView {
  void *data;
  uint64_t generation; /* of the weights that it is of; 0: of none */
} OptregView;

typedef struct OptregEngine {
  const OptregRunOptions *options;
  const OptregConfig *config;
  const OptregDescriptor *descriptor; /* of the model's own optimizer */
  OptregTensor *tensors;
  size_t n_tensors;
  OptregModel *model;
  OptregChain *chain;
  OptregInstances instances;
  OptregPlan *plan;
  OptregExecutor *executor;
  OptregWorklist worklist;
  OptregWorkspace workspace;
  OptregTree tree; /* of what a sweep has left in it */
  OptregDiagnosis diagnosis;
  OptregFresh fresh;
  OptregHeadroom headroom;
  OptregStream *streams;         /* all state of the parameters' shapes, by tensor */
  OptregSquares *squares;        /* by tensor, of the gradients of this call */
  double *per_tensor;            /* scratch */
  double *learning_rates;        /* by group, of this call */
  const OptregTensor **examples; /* of groups and types, see limits.h */
  OptregView *views;   /* by tensor, once asked for; NULL: the optimizer makes none */
  uint64_t generation; /* of the weights: one for all that views may show together */
  OptregArena *view_arena; /* of the views, or NULL */
  uint64_t deployed_at;    /* updates at the last finalize, and 1; 0: there was none */
  gssize *learning_rate_rows; /* by group, of its optimizer; -1: that has none */
  bool has_current_values;    /* of the hyperparameters; they are constant */
  bool has_hooks;             /* of the application, on some parameter */
  bool is_all_active;         /* each tensor is marked as active */
  bool is_stepping; /* a function of the application may be running */
  bool is_broken;             /* a tensor kernel failed half-way */
  optreg_step_report report;
} OptregEngine;

/* Everything given must outlive the engine. */
OptregEngine *optreg_engine_new(const OptregConfig *config,
                                const OptregDescriptor *descriptor, OptregModel *model,
                                const OptregRunOptions *options, GError **error);
void optreg_engine_free(OptregEngine *engine);

/* One call of step, a transaction. */
optreg_status optreg_engine_step(OptregEngine *engine, GError **error);

/* Parameters are the weights to deploy: no update since finalize. */
static inline bool
optreg_engine_is_deployed(const OptregEngine *engine)
{
  return engine->deployed_at == engine->report.step + 1;
}

/* What views show may be another thing from here on. */
static inline void
optreg_engine_renew_views(OptregEngine *engine)
{
  engine->generation++;
}

/* Parameters become the weights to deploy. On failure nothing has changed. */
bool optreg_engine_finalize(OptregEngine *engine, GError **error);
const void *optreg_engine_eval_view(OptregEngine *engine, size_t index, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregEngine, optreg_engine_free)

#endif
