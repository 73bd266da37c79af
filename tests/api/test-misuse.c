/* SPDX-License-Identifier: MIT */
/* Every public function with NULL, behind an earlier error, and on a broken optimizer.
 */
#include "trees.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 3

/* what the calls below are made on; all NULL, or all there */
typedef struct Objects {
  optreg_registry *registry;
  optreg_optimizer *optimizer;
  optreg_checkpoint *checkpoint;
  optreg_shadow *shadow;
  const char *name, *text, *path;
  const optreg_allocator *allocator;
  const void *memory;
  size_t size;
  float *w, *g;
} Objects;

/* ---- every public function ---- */

/* Each call says whether it has failed; one that returns nothing always says so. */
#define FAILS(function, has_failed)                                    \
  static bool function##_fails(const Objects *o, optreg_error **error) \
  {                                                                    \
    (void)o;                                                           \
    (void)error;                                                       \
    return has_failed;                                                 \
  }

FAILS(optreg_version, optreg_version() != NULL)
FAILS(optreg_error_free, (optreg_error_free(NULL), true))
FAILS(optreg_registry_new, optreg_registry_new(NULL, error) == NULL)
FAILS(optreg_registry_free, (optreg_registry_free(NULL), true))
FAILS(optreg_registry_add_plugin, !optreg_registry_add_plugin(o->registry, NULL, error))
FAILS(optreg_names_free, (optreg_names_free(NULL), true))
FAILS(optreg_registry_directories, optreg_registry_directories(o->registry)[0] == NULL)
FAILS(optreg_registry_summary,
      optreg_registry_summary(o->registry, o->name, error) == NULL)
FAILS(optreg_plugin_summary_free, (optreg_plugin_summary_free(NULL), true))
FAILS(optreg_registry_info, optreg_registry_info(o->registry, o->name, error) == NULL)
FAILS(optreg_schedules, optreg_schedules(NULL) > 0)
FAILS(optreg_optimizer_from_file,
      optreg_optimizer_from_file(o->registry, o->path, error) == NULL)
FAILS(optreg_optimizer_from_string,
      optreg_optimizer_from_string(o->registry, o->text, NULL, error) == NULL)
FAILS(optreg_optimizer_free, (optreg_optimizer_free(NULL), true))
FAILS(optreg_optimizer_add_parameter,
      !optreg_optimizer_add_parameter(o->optimizer, o->name, OPTREG_F32, NULL, 0, o->w,
                                      o->g, error))
FAILS(optreg_optimizer_set_gradient,
      !optreg_optimizer_set_gradient(o->optimizer, 0, o->g, error))
FAILS(optreg_optimizer_set_data,
      !optreg_optimizer_set_data(o->optimizer, 0, o->w, error))
FAILS(optreg_optimizer_report_gradient_norm,
      !optreg_optimizer_report_gradient_norm(o->optimizer, true, error))
FAILS(optreg_optimizer_name, optreg_optimizer_name(o->optimizer) == NULL)
FAILS(optreg_optimizer_accumulation_steps,
      optreg_optimizer_accumulation_steps(o->optimizer) == 0)
FAILS(optreg_optimizer_needs_total_steps,
      !optreg_optimizer_needs_total_steps(o->optimizer, NULL))
FAILS(optreg_optimizer_set_overwrite,
      !optreg_optimizer_set_overwrite(o->optimizer, 0, error))
FAILS(optreg_optimizer_set_non_neg,
      !optreg_optimizer_set_non_neg(o->optimizer, 0, error))
FAILS(optreg_optimizer_set_constraint,
      !optreg_optimizer_set_constraint(o->optimizer, 0, NULL, NULL, error))
FAILS(optreg_optimizer_set_allocator,
      !optreg_optimizer_set_allocator(o->optimizer, o->allocator, error))
FAILS(optreg_optimizer_set_log,
      !optreg_optimizer_set_log(o->optimizer, NULL, NULL, error))
FAILS(optreg_optimizer_set_threads,
      !optreg_optimizer_set_threads(o->optimizer, 1, error))
FAILS(optreg_optimizer_set_parallel_for,
      !optreg_optimizer_set_parallel_for(o->optimizer, NULL, NULL, error))
FAILS(optreg_optimizer_set_total_steps,
      !optreg_optimizer_set_total_steps(o->optimizer, 10, error))
FAILS(optreg_optimizer_set_diagnostics,
      !optreg_optimizer_set_diagnostics(o->optimizer, 1, error))
FAILS(optreg_optimizer_build, !optreg_optimizer_build(o->optimizer, error))
FAILS(optreg_optimizer_step,
      optreg_optimizer_step(o->optimizer, error) == OPTREG_STEP_ERROR)
FAILS(optreg_optimizer_last_step,
      optreg_optimizer_last_step(o->optimizer)->status == OPTREG_STEP_ERROR)
FAILS(optreg_optimizer_diagnostics,
      optreg_optimizer_diagnostics(o->optimizer, 0) == NULL)
FAILS(optreg_optimizer_scale_loss,
      optreg_optimizer_scale_loss(o->optimizer, 2.0) == 2.0)
FAILS(optreg_optimizer_learning_rate,
      isnan(optreg_optimizer_learning_rate(o->optimizer)))
FAILS(optreg_optimizer_set_learning_rate,
      !optreg_optimizer_set_learning_rate(o->optimizer, 0.5, error))
FAILS(optreg_optimizer_set_learning_rate_function,
      !optreg_optimizer_set_learning_rate_function(o->optimizer, NULL, NULL, error))
FAILS(optreg_optimizer_set_hyperparameter,
      !optreg_optimizer_set_hyperparameter(o->optimizer, 0, "learning_rate", 0.5,
                                           error))
FAILS(optreg_optimizer_hyperparameter,
      isnan(optreg_optimizer_hyperparameter(o->optimizer, 0, "learning_rate")))
FAILS(optreg_optimizer_scheduled_value,
      isnan(optreg_optimizer_scheduled_value(o->optimizer, 0, "learning_rate", 0)))
FAILS(optreg_optimizer_parameters_changed,
      !optreg_optimizer_parameters_changed(o->optimizer, error))
FAILS(optreg_optimizer_eval_view,
      optreg_optimizer_eval_view(o->optimizer, 0, error) == NULL)
FAILS(optreg_optimizer_finalize, !optreg_optimizer_finalize(o->optimizer, error))
FAILS(optreg_optimizer_save, !optreg_optimizer_save(o->optimizer, o->path, NULL, error))
FAILS(optreg_memory_free, (optreg_memory_free(NULL), true))
FAILS(optreg_optimizer_load, !optreg_optimizer_load(o->optimizer, o->path, NULL, error))
FAILS(optreg_optimizer_load_from_memory,
      !optreg_optimizer_load_from_memory(o->optimizer, o->memory, o->size, NULL, error))
FAILS(optreg_optimizer_load_report,
      optreg_optimizer_load_report(o->optimizer, NULL) == 0)
FAILS(optreg_optimizer_states, optreg_optimizer_states(o->optimizer, NULL) == 0)
FAILS(optreg_checkpoint_open, optreg_checkpoint_open(o->path, error) == NULL)
FAILS(optreg_checkpoint_free, (optreg_checkpoint_free(NULL), true))
FAILS(optreg_checkpoint_states, optreg_checkpoint_states(o->checkpoint, NULL) == 0)
FAILS(optreg_checkpoint_metadata, optreg_checkpoint_metadata(o->checkpoint, NULL) == 0)
FAILS(optreg_checkpoint_verify, !optreg_checkpoint_verify(o->checkpoint, error))
FAILS(optreg_optimizer_state_bytes, optreg_optimizer_state_bytes(o->optimizer) == 0)
FAILS(optreg_optimizer_state,
      optreg_optimizer_state(o->optimizer, 0, "count", NULL) == NULL)
FAILS(optreg_optimizer_options, optreg_optimizer_options(o->optimizer, NULL) == 0)
FAILS(optreg_optimizer_groups, optreg_optimizer_groups(o->optimizer, NULL) == 0)
FAILS(optreg_optimizer_parameter_group,
      optreg_optimizer_parameter_group(o->optimizer, 0) == 0)
FAILS(optreg_optimizer_sweeps, optreg_optimizer_sweeps(o->optimizer, NULL) == 0)
FAILS(optreg_shadow_new, optreg_shadow_new(o->optimizer, error) == NULL)
FAILS(optreg_shadow_free, (optreg_shadow_free(NULL), true))
FAILS(optreg_shadow_add, !optreg_shadow_add(o->shadow, o->name, o->optimizer, error))
FAILS(optreg_shadow_step, optreg_shadow_step(o->shadow, error) == OPTREG_STEP_ERROR)
FAILS(optreg_shadow_last_step, optreg_shadow_last_step(o->shadow, 0) == NULL)
FAILS(optreg_shadow_candidate, optreg_shadow_candidate(o->shadow, 0) == NULL)

static bool
optreg_registry_names_fails(const Objects *o, optreg_error **error)
{
  (void)error;
  g_auto(GStrv) names = optreg_registry_names(o->registry);
  return names[0] == NULL;
}

static bool
optreg_optimizer_save_to_memory_fails(const Objects *o, optreg_error **error)
{
  size_t size = 1;
  void *memory = optreg_optimizer_save_to_memory(o->optimizer, NULL, &size, error);
  const bool has_failed = memory == NULL && size == 0;

  optreg_memory_free(memory);
  return has_failed;
}

typedef struct Call {
  const char *function;
  bool (*fails)(const Objects *objects, optreg_error **error);
  enum { SAYS_NOTHING, NEEDS_NOTHING, SAYS_WHY } kind; /* without an object */
  const char *broken; /* what it says on a broken optimizer; "": it shows nothing; NULL:
                         it works */
} Call;

#define CALL(name, kind, broken)      \
  {                                   \
#name, name##_fails, kind, broken \
  }

static const char is_built[] = "the optimizer is built: this call comes before build";
static const char is_broken[] =
    "the optimizer is broken: an earlier step failed half-way; "
    "load the last checkpoint";

static const Call calls[] = {
  CALL(optreg_version, SAYS_NOTHING, NULL),
  CALL(optreg_error_free, SAYS_NOTHING, NULL),
  CALL(optreg_registry_new, NEEDS_NOTHING, NULL),
  CALL(optreg_registry_free, SAYS_NOTHING, NULL),
  CALL(optreg_registry_add_plugin, SAYS_WHY, NULL),
  CALL(optreg_registry_names, SAYS_NOTHING, NULL),
  CALL(optreg_names_free, SAYS_NOTHING, NULL),
  CALL(optreg_registry_directories, SAYS_NOTHING, NULL),
  CALL(optreg_registry_summary, SAYS_WHY, NULL),
  CALL(optreg_plugin_summary_free, SAYS_NOTHING, NULL),
  CALL(optreg_registry_info, SAYS_WHY, NULL),
  CALL(optreg_schedules, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_from_file, SAYS_WHY, NULL),
  CALL(optreg_optimizer_from_string, SAYS_WHY, NULL),
  CALL(optreg_optimizer_free, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_add_parameter, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_gradient, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_set_data, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_report_gradient_norm, SAYS_WHY, is_built),
  CALL(optreg_optimizer_name, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_accumulation_steps, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_needs_total_steps, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_set_overwrite, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_non_neg, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_constraint, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_allocator, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_log, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_threads, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_parallel_for, SAYS_WHY, is_built),
  CALL(optreg_optimizer_set_total_steps, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_set_diagnostics, SAYS_WHY, is_built),
  CALL(optreg_optimizer_build, SAYS_WHY, is_built),
  CALL(optreg_optimizer_step, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_last_step, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_diagnostics, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_scale_loss, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_learning_rate, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_set_learning_rate, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_set_learning_rate_function, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_set_hyperparameter, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_hyperparameter, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_scheduled_value, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_parameters_changed, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_eval_view, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_finalize, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_save, SAYS_WHY, is_broken),
  CALL(optreg_optimizer_save_to_memory, SAYS_WHY, is_broken),
  CALL(optreg_memory_free, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_load, SAYS_WHY, NULL),
  CALL(optreg_optimizer_load_from_memory, SAYS_WHY, NULL),
  CALL(optreg_optimizer_load_report, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_states, SAYS_NOTHING, ""),
  CALL(optreg_checkpoint_open, SAYS_WHY, NULL),
  CALL(optreg_checkpoint_free, SAYS_NOTHING, NULL),
  CALL(optreg_checkpoint_states, SAYS_NOTHING, NULL),
  CALL(optreg_checkpoint_metadata, SAYS_NOTHING, NULL),
  CALL(optreg_checkpoint_verify, SAYS_WHY, NULL),
  CALL(optreg_optimizer_state_bytes, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_state, SAYS_NOTHING, ""),
  CALL(optreg_optimizer_options, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_groups, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_parameter_group, SAYS_NOTHING, NULL),
  CALL(optreg_optimizer_sweeps, SAYS_NOTHING, NULL),
  CALL(optreg_shadow_new, SAYS_WHY, is_broken),
  CALL(optreg_shadow_free, SAYS_NOTHING, NULL),
  CALL(optreg_shadow_add, SAYS_WHY, is_broken),
  CALL(optreg_shadow_step, SAYS_WHY, is_broken),
  CALL(optreg_shadow_last_step, SAYS_NOTHING, NULL),
  CALL(optreg_shadow_candidate, SAYS_NOTHING, NULL),
};

static bool
is_in_the_table(const char *function)
{
  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    if (g_str_equal(calls[i].function, function)) {
      return true;
    }
  }
  return false;
}

static void
test_every_public_function_is_in_the_table(void)
{
  g_autofree char *path = source_path("../include/optreg/optreg.h");
  g_autofree char *header = NULL;
  g_autoptr(GRegex)
      declaration = g_regex_new("OPTREG_API [^;(]*\\b(optreg_\\w+)\\(", 0, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  size_t n = 0;

  g_assert_true(g_file_get_contents(path, &header, NULL, NULL));
  for (g_regex_match(declaration, header, 0, &match); g_match_info_matches(match);
       g_match_info_next(match, NULL)) {
    g_autofree char *function = g_match_info_fetch(match, 1);
    if (!is_in_the_table(function)) {
      g_error("%s is public: add it to the table of this test", function);
    }
    n++;
  }
  g_assert_cmpuint(n, ==, G_N_ELEMENTS(calls));
}

/* ---- NULL ---- */

static void
assert_says_why(const Call *call, const Objects *objects)
{
  g_autoptr(optreg_error) error = NULL;

  g_test_message("%s", call->function);
  g_assert_true(call->fails(objects, &error));
  if (call->kind == SAYS_WHY) {
    g_assert_nonnull(error);
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, " is NULL: "));
  }
}

static void
test_without_objects_every_function_fails_and_none_crashes(void)
{
  static const Objects none = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    if (calls[i].kind != NEEDS_NOTHING) {
      assert_says_why(&calls[i], &none);
      g_assert_true(calls[i].fails(&none, NULL));
    }
  }
}

static void *
give_memory(void *context, size_t size, size_t alignment)
{
  (void)context;
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void
take_memory(void *context, void *memory)
{
  (void)context;
  free(memory);
}

/* all objects, with an optimizer that is built or not */
typedef struct World {
  Objects objects;
  optreg_allocator allocator;
  char *folder, *path;
  void *memory;
  float w[N], g[N];
} World;

static void
world_init(World *world, bool builds)
{
  static const char yaml[] = "optimizer: test_fail\nfail_in: update\n";
  const uint64_t n = N;
  Objects *o = &world->objects;

  *world = (World){ .g = { 1.0f, 2.0f, 3.0f } };
  world->folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  world->path = g_build_filename(world->folder, "state.safetensors", NULL);
  o->registry = built_plugins();
  o->optimizer = optimizer_from_text(yaml);
  o->name = "w", o->text = yaml, o->path = world->path;
  world->allocator.allocate = give_memory;
  world->allocator.release = take_memory;
  o->allocator = &world->allocator;
  o->w = world->w, o->g = world->g;
  optreg_optimizer_add_parameter(o->optimizer, "w", OPTREG_F32, &n, 1, world->w,
                                 world->g, NULL);
  if (builds) {
    g_assert_true(optreg_optimizer_build(o->optimizer, NULL));
    g_assert_true(optreg_optimizer_save(o->optimizer, world->path, NULL, NULL));
    world->memory = optreg_optimizer_save_to_memory(o->optimizer, NULL, &o->size, NULL);
    o->memory = world->memory;
    o->checkpoint = optreg_checkpoint_open(world->path, NULL);
    o->shadow = optreg_shadow_new(o->optimizer, NULL);
    g_assert_nonnull(o->shadow);
  }
}

static void
world_clear(World *world)
{
  optreg_shadow_free(world->objects.shadow);
  optreg_optimizer_free(world->objects.optimizer);
  optreg_checkpoint_free(world->objects.checkpoint);
  optreg_registry_free(world->objects.registry);
  optreg_memory_free(world->memory);
  g_remove(world->path);
  g_rmdir(world->folder);
  g_free(world->path);
  g_free(world->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

/* arguments that may not be NULL where the object is there */
static void
test_arguments_that_are_needed_are_refused_when_null(void)
{
  g_auto(World) open = { 0 }, world = { 0 };
  const optreg_allocator half = { .allocate = give_memory };
  const optreg_rename no_name = { "w", NULL };
  const optreg_load_options no_renames = { .n_renames = 1 },
                            half_rename = { .renames = &no_name, .n_renames = 1 };
  world_init(&open, false);
  world_init(&world, true);
  const Objects *o = &world.objects, *p = &open.objects;
  size_t size;

#define REFUSES(call, text)                                  \
  {                                                          \
    g_autoptr(optreg_error) error = NULL;                    \
    g_assert_true(call);                                     \
    g_assert_nonnull(error);                                 \
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT); \
    g_assert_nonnull(strstr(error->message, text));          \
  }
  REFUSES(!optreg_registry_add_plugin(o->registry, NULL, &error), "plugin is NULL")
  REFUSES(!optreg_registry_summary(o->registry, NULL, &error), "name is NULL")
  REFUSES(!optreg_registry_info(o->registry, NULL, &error), "name is NULL")
  REFUSES(!optreg_optimizer_from_file(o->registry, NULL, &error), "path is NULL")
  REFUSES(!optreg_optimizer_from_string(o->registry, NULL, "x", &error), "yaml is NULL")
  REFUSES(!optreg_optimizer_add_parameter(p->optimizer, NULL, OPTREG_F32, NULL, 0, o->w,
                                          o->g, &error),
          "needs a name")
  REFUSES(!optreg_optimizer_add_parameter(p->optimizer, "b", OPTREG_F32, NULL, 1, o->w,
                                          o->g, &error),
          "is NULL")
  REFUSES(!optreg_optimizer_add_parameter(p->optimizer, "b", OPTREG_F32, NULL, 0, NULL,
                                          o->g, &error),
          "data is NULL")
  REFUSES(!optreg_optimizer_set_allocator(p->optimizer, NULL, &error),
          "allocator is NULL")
  REFUSES(!optreg_optimizer_set_allocator(p->optimizer, &half, &error),
          "allocate and release")
  REFUSES(!optreg_optimizer_set_hyperparameter(o->optimizer, 0, NULL, 0.5, &error),
          "name is NULL")
  REFUSES(!optreg_optimizer_save(o->optimizer, NULL, NULL, &error), "path is NULL")
  REFUSES(!optreg_optimizer_save_to_memory(o->optimizer, NULL, NULL, &error),
          "size is NULL")
  REFUSES(!optreg_optimizer_load(o->optimizer, NULL, NULL, &error), "path is NULL")
  REFUSES(!optreg_optimizer_load(o->optimizer, o->path, &no_renames, &error),
          "renames is NULL")
  REFUSES(!optreg_optimizer_load(o->optimizer, o->path, &half_rename, &error),
          "to of a rename is NULL")
  REFUSES(!optreg_optimizer_load_from_memory(o->optimizer, NULL, 0, NULL, &error),
          "data is NULL")
  REFUSES(!optreg_checkpoint_open(NULL, &error), "path is NULL")
  REFUSES(!optreg_shadow_add(o->shadow, "a", NULL, &error), "candidate is NULL")
  REFUSES(!optreg_shadow_add(o->shadow, NULL, p->optimizer, &error), "needs a name")
#undef REFUSES

  g_assert_null(optreg_optimizer_state(o->optimizer, 0, NULL, &(uint64_t){ 0 }));
  g_assert_nonnull(optreg_optimizer_state(o->optimizer, 0, "count", NULL));
  g_assert_true(isnan(optreg_optimizer_scheduled_value(o->optimizer, 0, NULL, 0)));
  g_assert_true(isnan(optreg_optimizer_hyperparameter(o->optimizer, 0, NULL)));
  optreg_memory_free(optreg_optimizer_save_to_memory(o->optimizer, NULL, &size, NULL));
  g_assert_cmpuint(size, >, 0);
}

static void
test_lists_of_nothing_are_null(void)
{
  const void *list;

#define EMPTY(function, object)                             \
  list = "";                                                \
  g_assert_cmpuint(function(object, (void *)&list), ==, 0); \
  g_assert_null(list);
  EMPTY(optreg_optimizer_load_report, NULL)
  EMPTY(optreg_optimizer_states, NULL)
  EMPTY(optreg_checkpoint_states, NULL)
  EMPTY(optreg_checkpoint_metadata, NULL)
  EMPTY(optreg_optimizer_options, NULL)
  EMPTY(optreg_optimizer_groups, NULL)
  EMPTY(optreg_optimizer_sweeps, NULL)
#undef EMPTY
}

/* ---- chains ---- */

static optreg_error *
make_error(void)
{
  optreg_error *error = NULL;

  g_assert_null(optreg_registry_info(NULL, "adam", &error));
  g_assert_nonnull(error);
  return error;
}

static void
assert_keeps_first_error(const Objects *objects)
{
  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    if (calls[i].kind == SAYS_NOTHING) {
      continue;
    }
    g_autoptr(optreg_error) error = make_error();
    optreg_error *const first = error;
    g_autofree char *message = g_strdup(error->message);
    g_test_message("%s", calls[i].function);
    g_assert_true(calls[i].fails(objects, &error));
    g_assert_true(error == first);
    g_assert_cmpstr(error->message, ==, message);
  }
}

static void
test_a_call_behind_an_error_does_nothing_and_keeps_the_error(void)
{
  g_auto(World) open = { 0 }, world = { 0 };
  world_init(&open, false);
  world_init(&world, true);
  const float before = world.w[0];
  static const Objects none = { 0 };

  assert_keeps_first_error(&none);
  assert_keeps_first_error(&open.objects);
  assert_keeps_first_error(&world.objects);

  g_assert_cmpfloat(world.w[0], ==, before);
  g_assert_cmpuint(optreg_optimizer_last_step(world.objects.optimizer)->step, ==, 0);
  g_assert_true(optreg_optimizer_build(open.objects.optimizer, NULL));
}

/* the example of README.md and optreg.h, as it stands there */
static optreg_status
run_the_example(const char *yaml, uint32_t bias_type, optreg_error **error)
{
  float w[4] = { 0 }, dw[4] = { 1, 1, 1, 1 }, b[2] = { 0 }, db[2] = { 1, 1 };
  const uint64_t shape[2] = { 2, 2 };
  optreg_status status = OPTREG_STEP_APPLIED;
  g_autoptr(optreg_registry) registry = built_plugins();
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_string(registry, yaml, "typo.yaml", error);

  optreg_optimizer_add_parameter(optimizer, "dense/kernel", OPTREG_F32, shape, 2, w, dw,
                                 error);
  optreg_optimizer_add_parameter(optimizer, "dense/bias", bias_type, shape + 1, 1, b,
                                 db, error);
  optreg_optimizer_build(optimizer, error);
  for (int i = 0; i < 3 && status != OPTREG_STEP_ERROR; i++) {
    status = optreg_optimizer_step(optimizer, error);
  }
  optreg_optimizer_finalize(optimizer, error);
  return status;
}

static void
test_the_example_stops_at_a_typo_and_says_so(void)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(run_the_example("optimizer: adadleta\n", OPTREG_F32, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_true(g_str_has_prefix(
      error->message, "typo.yaml:1:12: unknown optimizer 'adadleta': did you mean "
                      "'adadelta'?"));
}

/* half of the model is not trained behind the application's back */
static void
test_the_example_stops_at_a_parameter_that_is_refused(void)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(run_the_example("optimizer: adadelta\n", OPTREG_BF16, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_nonnull(strstr(error->message, "parameter 'dense/bias'"));
}

static void
test_the_example_without_a_mistake_trains(void)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(run_the_example("optimizer: adadelta\n", OPTREG_F32, &error), ==,
                  OPTREG_STEP_APPLIED);
  g_assert_null(error);
}

/* ---- a broken optimizer ---- */

static void
break_half_way(World *world)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(
      optreg_optimizer_set_learning_rate(world->objects.optimizer, 0.0, NULL));
  g_assert_cmpint(optreg_optimizer_step(world->objects.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_nonnull(strstr(error->message, "broken until a checkpoint is loaded"));
}

static void
assert_is_refused(const Call *call, const Objects *objects)
{
  g_autoptr(optreg_error) error = NULL;

  g_test_message("%s", call->function);
  g_assert_true(call->fails(objects, &error));
  if (call->kind == SAYS_WHY) {
    g_assert_nonnull(error);
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
    g_assert_cmpstr(error->message, ==, call->broken);
  }
}

static void
test_a_broken_optimizer_gives_nothing_away(void)
{
  g_auto(World) world = { 0 };
  world_init(&world, true);
  break_half_way(&world);

  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    if (calls[i].broken != NULL) {
      assert_is_refused(&calls[i], &world.objects);
    }
  }
}

static void
test_a_load_opens_what_was_refused(void)
{
  g_auto(World) world = { 0 };
  world_init(&world, true);
  break_half_way(&world);
  const Objects *o = &world.objects;

  g_assert_false(optreg_optimizer_load_from_memory(o->optimizer, "x", 1, NULL, NULL));
  g_assert_false(optreg_optimizer_finalize(o->optimizer, NULL));
  g_assert_true(optreg_optimizer_load(o->optimizer, o->path, NULL, NULL));
  g_assert_true(optreg_optimizer_set_learning_rate(o->optimizer, 0.5, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    g_autoptr(optreg_error) error = NULL;
    if (calls[i].broken == is_broken && calls[i].fails != optreg_shadow_new_fails
        && calls[i].fails != optreg_shadow_add_fails) {
      g_test_message("%s", calls[i].function);
      g_assert_false(calls[i].fails(o, &error));
      assert_no_error(error);
    }
  }
  g_assert_nonnull(optreg_optimizer_state(o->optimizer, 0, "count", NULL));
}

/* ---- inside a callback ---- */

/* what the calls within a step have said */
typedef struct Inside {
  World *world;
  size_t n_calls;
} Inside;

static bool
may_be_called_inside(const Call *call)
{
  return call->kind != SAYS_WHY || call->broken == NULL
         || g_str_has_prefix(call->function, "optreg_shadow");
}

static void
call_everything(void *context, size_t index, void *data)
{
  Inside *inside = context;
  (void)index;
  (void)data;

  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    g_autoptr(optreg_error) error = NULL;
    if (may_be_called_inside(&calls[i])) {
      continue;
    }
    g_test_message("%s", calls[i].function);
    inside->n_calls++;
    g_assert_true(calls[i].fails(&inside->world->objects, &error));
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
    g_assert_cmpstr(error->message, ==,
                    "a step is under way: a function that it calls must not call the "
                    "optimizer");
  }
}

static void
test_inside_a_callback_every_change_is_refused(void)
{
  g_auto(World) world = { 0 };
  Inside inside = { .world = &world };
  g_autoptr(optreg_error) error = NULL;
  world_init(&world, false);
  optreg_optimizer_set_constraint(world.objects.optimizer, 0, call_everything, &inside,
                                  &error);
  optreg_optimizer_build(world.objects.optimizer, &error);
  assert_no_error(error);

  for (int i = 0; i < 2; i++) {
    g_assert_cmpint(optreg_optimizer_step(world.objects.optimizer, &error), ==,
                    OPTREG_STEP_APPLIED);
  }
  g_assert_cmpuint(inside.n_calls, >, 20);
  g_assert_true(optreg_optimizer_set_data(world.objects.optimizer, 0, world.w, &error));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/api/null/every-function-is-tried",
                  test_every_public_function_is_in_the_table);
  g_test_add_func("/api/null/objects-are-refused",
                  test_without_objects_every_function_fails_and_none_crashes);
  g_test_add_func("/api/null/arguments-are-refused",
                  test_arguments_that_are_needed_are_refused_when_null);
  g_test_add_func("/api/null/lists-are-empty", test_lists_of_nothing_are_null);
  g_test_add_func("/api/chain/the-first-error-stays",
                  test_a_call_behind_an_error_does_nothing_and_keeps_the_error);
  g_test_add_func("/api/chain/the-example-stops-at-a-typo",
                  test_the_example_stops_at_a_typo_and_says_so);
  g_test_add_func("/api/chain/the-example-stops-at-a-refused-parameter",
                  test_the_example_stops_at_a_parameter_that_is_refused);
  g_test_add_func("/api/chain/the-example-trains",
                  test_the_example_without_a_mistake_trains);
  g_test_add_func("/api/broken/gives-nothing-away",
                  test_a_broken_optimizer_gives_nothing_away);
  g_test_add_func("/api/broken/a-load-mends-it", test_a_load_opens_what_was_refused);
  g_test_add_func("/api/callbacks/every-change-is-refused",
                  test_inside_a_callback_every_change_is_refused);
  return g_test_run();
}
