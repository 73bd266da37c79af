/* SPDX-License-Identifier: MIT */
/* Building an optimizer. */
#include "engine.h"

#include "cpu.h"
#include "error.h"
#include "running/bundle.h"
#include "running/groups.h"
#include "running/limits.h"
#include "running/streams.h"
#include "running/values.h"

#include <math.h>

static bool
build_chain(OptregEngine *engine, const OptregRunOptions *options, GError **error)
{
  const OptregConfig *config = engine->config;
  const optreg_allocator *allocator = &options->hooks.allocator;

  optreg_instances_assign(config, engine->tensors, engine->n_tensors);
  optreg_bundles_mark(engine->tensors, engine->n_tensors);
  engine->chain = optreg_chain_new(engine->tensors, engine->n_tensors,
                                   allocator->allocate != NULL ? allocator : NULL);
  engine->chain->builder.wants_norm = options->reports_norm;
  optreg_chain_build(engine->chain, 0, OPTREG_LINK_OVERWRITE, config);
  optreg_diagnosis_add_before(&engine->diagnosis, engine->chain);
  if (!optreg_instances_build(&engine->instances, config, engine->tensors,
                              engine->chain, &options->hooks, error)) {
    return false;
  }
  optreg_diagnosis_add_after(&engine->diagnosis, engine->chain);
  optreg_chain_build(engine->chain, OPTREG_LINK_OVERWRITE, OPTREG_N_LINKS, config);
  engine->plan =
      optreg_plan_new(engine->chain, &engine->instances, engine->diagnosis.every > 0);
  return true;
}

static bool
is_diagnosing(const OptregEngine *engine)
{
  return engine->diagnosis.every > 0;
}

/* the most that any sweep makes */
static size_t
count_rows(const OptregEngine *engine)
{
  return MAX(engine->instances.n_rows,
             is_diagnosing(engine) ? (size_t)OPTREG_N_DIAGNOSED : 1);
}

static void
request_diagnosis(OptregEngine *engine)
{
  OptregArena *arena = engine->chain->builder.scratch;
  OptregWorkspace *workspace = &engine->workspace;
  const size_t n_workers = optreg_executor_n_threads(engine->executor);

  optreg_diagnosis_request(&engine->diagnosis, engine->config->n_groups,
                           engine->n_tensors, n_workers, arena);
  if (is_diagnosing(engine)) {
    optreg_arena_add(arena, n_workers * workspace->whole_stride,
                     (void **)&workspace->whole_before);
  }
}

/* the state has its memory already: a model that is too large ends before it is cut */
static void
request_workspace(OptregEngine *engine)
{
  OptregArena *arena = engine->chain->builder.scratch;
  OptregWorkspace *workspace = &engine->workspace;
  const size_t n = engine->n_tensors;
  const size_t n_rows = count_rows(engine);
  const size_t n_lane_rows = n_rows * optreg_executor_n_threads(engine->executor);

  optreg_worklist_init(&engine->worklist, engine->tensors, n);
  optreg_bundles_form(&engine->worklist, &engine->instances);
  workspace->worklist = &engine->worklist;
  workspace->n_blocks = engine->worklist.first_block[n];
  workspace->whole_stride = engine->worklist.largest_whole;
  optreg_arena_add(arena, n_rows * workspace->n_blocks * sizeof(double),
                   (void **)&workspace->blocks);
  workspace->most_rows = n_rows;
  optreg_arena_add(arena, n_lane_rows * sizeof workspace->lanes[0],
                   (void **)&workspace->lanes);
  optreg_arena_add(arena, n_lane_rows * sizeof workspace->lane_rows[0],
                   (void **)&workspace->lane_rows);
  optreg_arena_add(arena, engine->worklist.n_chunks * sizeof(uint64_t),
                   (void **)&workspace->magnitudes);
  optreg_arena_add(
      arena, optreg_executor_n_threads(engine->executor) * workspace->whole_stride,
      (void **)&workspace->whole_gradient);
  optreg_arena_add(arena, n * sizeof(OptregSquares), (void **)&engine->squares);
  optreg_arena_add(arena, n * sizeof(bool), (void **)&engine->tree.is_counted);
  optreg_arena_add(arena, n * sizeof(double), (void **)&engine->tree.scratch);
  optreg_arena_add(arena, n * sizeof(double), (void **)&engine->per_tensor);
  optreg_arena_add(arena, engine->config->n_groups * sizeof(double),
                   (void **)&engine->learning_rates);
  optreg_arena_add(arena,
                   OPTREG_N_TYPES * (engine->instances.n_slots + 1) * sizeof(double),
                   (void **)&engine->headroom.bounds);
  optreg_arena_add(arena, (engine->chain->builder.states->len + 1) * sizeof(double),
                   (void **)&engine->headroom.largest);
  optreg_instances_request_copies(&engine->instances,
                                  optreg_executor_n_threads(engine->executor), arena);
  request_diagnosis(engine);
}

static void
log_message(const OptregHooks *hooks, uint32_t level, const char *message)
{
  if (hooks->log != NULL) {
    hooks->log(hooks->log_context, level, message);
  }
}

/* fewer threads are slower and give the same bits: no error, but not silence either */
static void
tell_of_missing_threads(const OptregExecutor *executor, const OptregThreads *threads,
                        const OptregHooks *hooks)
{
  const size_t n = optreg_executor_n_threads(executor);
  const int failure = optreg_executor_failure(executor);
  g_autofree char *text = optreg_threads_explain(threads);

  if (text != NULL) {
    log_message(hooks, OPTREG_LOG_INFO, text);
  }
  if (failure != 0) {
    g_autofree char *warning = g_strdup_printf(
        "steps run on %zu of %zu threads: no more can be started: %s: raise the limit "
        "on processes or ask for fewer threads",
        n, threads->n, g_strerror(failure));
    log_message(hooks, OPTREG_LOG_WARNING, warning);
  }
}

static bool
start_executor(OptregEngine *engine, const OptregRunOptions *options, GError **error)
{
  OptregThreads threads;

  if (!optreg_threads_choose(options->n_threads, &threads, error)) {
    return false;
  }
  engine->executor = optreg_executor_new(&threads, options->parallel_for,
                                         options->parallel_for_context);
  if (engine->executor == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY, "out of memory for threads");
    return false;
  }
  if (options->parallel_for == NULL) {
    tell_of_missing_threads(engine->executor, &threads, &options->hooks);
  }
  return true;
}

/* before the plugin and its slots see a value */
static bool
check_limits(OptregEngine *engine, GError **error)
{
  engine->examples =
      optreg_limits_examples(engine->config, engine->tensors, engine->n_tensors);
  return optreg_limits_check(engine, error);
}

static bool
build(OptregEngine *engine, const OptregRunOptions *options, GError **error)
{
  if (!optreg_values_check(engine->config, error)
      || !optreg_cpu_check_environment(error)
      || !optreg_tuning_read(&engine->workspace.tuning, error)
      || !optreg_groups_assign(engine->config, engine->tensors, engine->n_tensors,
                               error)
      || !check_limits(engine, error) || !build_chain(engine, options, error)
      || !start_executor(engine, options, error)) {
    return false;
  }
  if (!optreg_arena_fill(engine->chain->builder.arena, error)) {
    return false;
  }
  engine->streams = optreg_streams_gather(engine->chain->builder.states,
                                          engine->tensors, engine->n_tensors);
  request_workspace(engine);
  if (!optreg_arena_fill(engine->chain->builder.scratch, error)) {
    return false;
  }
  optreg_instances_start(&engine->instances, engine->executor, engine->tree.by_name);
  if (optreg_instances_can_finalize(&engine->instances)) {
    engine->views = g_new0(OptregView, engine->n_tensors);
  }
  optreg_fresh_init(&engine->fresh, engine->chain);
  return true;
}

OptregEngine *
optreg_engine_new(const OptregConfig *config, const OptregDescriptor *descriptor,
                  OptregModel *model, const OptregRunOptions *options, GError **error)
{
  g_autoptr(OptregEngine) engine = g_new0(OptregEngine, 1);

  engine->options = options;
  engine->generation = 1;
  engine->diagnosis.every = options->diagnose_every;
  engine->config = config;
  engine->descriptor = descriptor;
  engine->learning_rate_rows = g_new(gssize, config->n_groups);
  for (size_t i = 0; i < config->n_groups; i++) {
    engine->learning_rate_rows[i] =
        optreg_descriptor_find(config->groups[i].descriptor, "learning_rate");
  }
  engine->tensors = optreg_model_tensors(model, &engine->n_tensors);
  engine->tree = (OptregTree){ .worklist = &engine->worklist,
                               .workspace = &engine->workspace,
                               .by_name = optreg_model_by_name(model),
                               .n_tensors = engine->n_tensors };
  engine->model = model;
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->has_hooks |= engine->tensors[i].is_hooked
                         && !engine->tensors[i].is_overwritten;
  }
  return build(engine, options, error) ? g_steal_pointer(&engine) : NULL;
}

void
optreg_engine_free(OptregEngine *engine)
{
  if (engine == NULL) {
    return;
  }
  optreg_instances_clear(&engine->instances);
  g_free(engine->learning_rate_rows);
  optreg_plan_free(engine->plan);
  optreg_executor_free(engine->executor);
  optreg_worklist_clear(&engine->worklist);
  g_free(engine->streams);
  g_free(engine->examples);
  optreg_arena_free(engine->view_arena);
  g_free(engine->views);
  optreg_fresh_clear(&engine->fresh);
  optreg_chain_free(engine->chain);
  g_free(engine);
}
