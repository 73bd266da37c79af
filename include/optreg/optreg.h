/* SPDX-License-Identifier: MIT */
/* The application API: name an optimizer in YAML, hand over parameters, call step.
 *
 *   optreg_registry *registry = optreg_registry_new(NULL, &error);
 *   optreg_optimizer *opt = optreg_optimizer_from_file(registry, "mine.yaml", &error);
 *   optreg_optimizer_add_parameter(opt, "kernel", OPTREG_F32, shape, 2, w, g, &error);
 *   optreg_optimizer_build(opt, &error);
 *   while (training) {
 *     scale = optreg_optimizer_scale_loss(opt, 1.0);   // multiply the loss by it
 *     status = optreg_optimizer_step(opt, &error);
 *   }
 *   optreg_optimizer_finalize(opt, &error);            // the weights to deploy
 *
 * Errors: functions that can fail return false, NULL or OPTREG_STEP_ERROR and, when
 * `error` is not NULL, store an error there that the caller frees with
 * optreg_error_free(). Nothing is printed. Set *error to NULL before the first call.
 * When it holds the error of an earlier call, a call does nothing and fails, and that
 * error stays: calls may be chained, as above, and the error be looked at once behind
 * them. Before the chain goes on, free the error and set it to NULL.
 *
 * NULL in the place of an object, or of an argument that may not be NULL, is an error
 * of code ARGUMENT; functions without `error` return NULL, 0, NaN or an empty list.
 * What a function hands out through a pointer is optional in those that return a number
 * of elements.
 *
 * A broken optimizer: when an optimizer's kernel for whole tensors fails, a step has
 * written a part of the weights and of the state. From then on everything but looking
 * at settings and reports is an error of code STATE, until a load has succeeded. The
 * weights are the application's to restore, or those of the checkpoint with
 * `with_parameters`.
 *
 * Callbacks: a function of the application that a step calls (a constraint, a learning
 * rate) must not call the optimizer that steps. Functions that change it, or what it
 * trains, refuse that with STATE; getters tell of a moment in the midst of the step.
 *
 * Threads: there is no global state but the threads that wait for work. A registry may
 * be shared by threads; an optimizer is used by one thread at a time, different
 * optimizers at the same time. The threads that help with steps belong to the process:
 * a step takes those that are idle, up to its own limit, and waits for none that helps
 * another step. A step that is called within another, by a log function on a thread
 * that helps, has that thread alone. Freeing the last optimizer ends them. A thread
 * that is cancelled (pthread_cancel) during a call ends after it, and so it is in
 * functions of the application that the call runs. A step needs 64 KiB of stack with
 * optreg's own plugins, every other call 256 KiB.
 *
 * Processes: a child after fork() may go on with what it inherited between two steps,
 * and has threads of its own, in whatever way and namespace it was made. The library
 * stays in the process that has loaded it: dlclose() does not take it away.
 *
 * Environment: OPTREG_PLUGIN_PATH, OPTREG_NUM_THREADS and, for experiments, OPTREG_ISA
 * (baseline, x86-64-v3, x86-64-v4), OPTREG_TILE (a power of two, 16 to 1024) and
 * OPTREG_PREFETCH (0 to 65536). A value that is not permitted is an ARGUMENT error of
 * the call that reads it, optreg_registry_new or optreg_optimizer_build. An empty one
 * counts as none; set-id programs ignore them all.
 *
 * Floating point: every function computes with rounding to nearest, denormals on and
 * traps off, whatever the caller's mode, which is as before when it returns. A step
 * leaves the same bits for any number of threads, tile size and SIMD level, with one
 * exception: of a NaN, which only `nonfinite: propagate` lets in, the place is the
 * same, but its sign and payload are the processor's, and so are they in a checkpoint.
 *
 * Text is UTF-8. Pointers returned as const belong to the object that returned them.
 */
#ifndef OPTREG_H
#define OPTREG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define OPTREG_API __attribute__((visibility("default")))
#else
#define OPTREG_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Element types of parameters; the same numbers as in plugin.h. */
#ifndef OPTREG_F32
#define OPTREG_F32 1u
#define OPTREG_F64 2u
#define OPTREG_F16 3u
#define OPTREG_BF16 4u
#endif

typedef struct optreg_registry optreg_registry;
typedef struct optreg_optimizer optreg_optimizer;
typedef struct optreg_checkpoint optreg_checkpoint;
struct optreg_plugin;

/* Version of the library, e.g. "0.1.0". [any thread] */
OPTREG_API const char *optreg_version(void);

/* ---- errors ---- */

typedef enum optreg_error_code {
  OPTREG_ERROR_ARGUMENT = 1, /* a call that makes no sense: the caller's mistake */
  OPTREG_ERROR_CONFIG, /* YAML: file:line:column, what is wrong, what would be right */
  OPTREG_ERROR_NOT_FOUND,  /* no plugin of that name, no such file */
  OPTREG_ERROR_PERMISSION, /* a plugin file or directory that others may write */
  OPTREG_ERROR_ABI,        /* not a plugin, or one that this library cannot speak to */
  OPTREG_ERROR_PLUGIN, /* the plugin breaks the rules of plugin.h or reported failure */
  OPTREG_ERROR_MEMORY,
  OPTREG_ERROR_NONFINITE, /* nonfinite: error, or too many skipped steps in a row */
  OPTREG_ERROR_STATE,     /* not in this state, e.g. step before build */
  OPTREG_ERROR_IO,
  OPTREG_ERROR_DAMAGED,   /* a checkpoint that is cut off, corrupted or none at all */
  OPTREG_ERROR_MISMATCH,  /* a checkpoint of another model, optimizer or set of options
                           */
  OPTREG_ERROR_UNREADABLE /* a plugin that says what it is only when its code runs */
} optreg_error_code;

typedef struct optreg_error {
  optreg_error_code code;
  char *message; /* one line, no full stop, names the thing and the remedy */
} optreg_error;

/* NULL is permitted. */
OPTREG_API void optreg_error_free(optreg_error *error);

/* ---- registry ---- */

/* Where optimizers are found by name: first `directories` (absolute paths,
 * NULL-terminated, may be NULL), then OPTREG_PLUGIN_PATH (absolute paths separated by
 * ':', ignored in set-id programs), then optreg/1/ beside the library. NAME is looked
 * for as NAME.so; nothing is opened before it is asked for. Directories that do not
 * exist are passed over except those given here. The first directory that has a name
 * wins; the information about an optimizer, and a message of level INFO to its log when
 * it is built, name the files that are hidden so. */
OPTREG_API optreg_registry *optreg_registry_new(const char *const *directories,
                                                optreg_error **error);

/* Optimizers built from it keep what they need; NULL is permitted. */
OPTREG_API void optreg_registry_free(optreg_registry *registry);

/* Add the optimizers of a plugin that is linked statically (compiled with
 * -DOPTREG_ENTRY=name); they come before those in directories. */
OPTREG_API bool optreg_registry_add_plugin(optreg_registry *registry,
                                           const struct optreg_plugin *plugin,
                                           optreg_error **error);

/* Names that can be asked for, sorted, NULL-terminated: a look at the directories as
 * they are now, without opening a plugin. Free each name and the array with
 * optreg_names_free(). */
OPTREG_API char **optreg_registry_names(optreg_registry *registry);
OPTREG_API void optreg_names_free(char **names);

/* The directories searched, in order, NULL-terminated; owned by the registry. */
OPTREG_API const char *const *
optreg_registry_directories(const optreg_registry *registry);

typedef struct optreg_plugin_summary {
  char *name, *version, *doc;
  char *path;   /* of the plugin file, or NULL when linked statically */
  char **hides; /* other files of that name, in later directories, which are not used;
                   NULL-terminated, perhaps empty */
} optreg_plugin_summary;

/* What the optimizer's plugin says about itself in its file, which is not opened: none
 * of its code runs, and a fault that only opening shows is not found. Free it with
 * optreg_plugin_summary_free(). Errors: as optreg_registry_info, and UNREADABLE. */
OPTREG_API optreg_plugin_summary *optreg_registry_summary(optreg_registry *registry,
                                                          const char *name,
                                                          optreg_error **error);

/* NULL is permitted. */
OPTREG_API void optreg_plugin_summary_free(optreg_plugin_summary *summary);

typedef struct optreg_hyperparameter_info {
  const char *name, *doc;
  const char *type;          /* "real", "integer", "boolean" or "choice" */
  const char *default_value; /* as one would write it in YAML */
  const char *range;         /* "[0, 1]", "(0, inf)", "false | true", "sum | mean" */
  const char *needs;         /* a hyperparameter that must be on, or NULL */
  bool is_schedulable, is_per_group;
} optreg_hyperparameter_info;

typedef struct optreg_slot_info {
  const char *name, *doc;
  const char *scope; /* "element", "tensor", "group" or "model" */
  const char *init;  /* "zero", "0.1", "initial_accumulator_value", "parameter" */
  const char *needs; /* a hyperparameter that must be on, or NULL */
  bool is_transient;
} optreg_slot_info;

typedef struct optreg_kernel_info {
  const char *variant;     /* "" when the optimizer has one variant */
  const char *granularity; /* "element" or "tensor" */
  const char *dtype;       /* "f32" or "f64" */
  const char *level;       /* "baseline", "x86-64-v3" or "x86-64-v4" */
  bool is_usable;          /* this machine runs it */
} optreg_kernel_info;

/* What the optimizer does to one kind of tensor; its build_tensor chooses. */
typedef struct optreg_variant_info {
  const char *name, *doc;
  const char *granularity; /* "element" or "tensor" */
} optreg_variant_info;

/* A value that is known before the update. */
typedef struct optreg_reduction_info {
  const char *name, *doc;
  const char *scope; /* "tensor" or "model" */
  const char *op;    /* "sum" or "max" */
  uint32_t phase;    /* a later phase sees the results of the earlier ones */
} optreg_reduction_info;

typedef struct optreg_optimizer_info {
  const char *name, *version, *license, *doc;
  const char *reference; /* or NULL */
  const char *path;      /* of the plugin file, or NULL when linked statically */
  double weight_decay;   /* default of the weight_decay option */
  size_t n_hyperparameters, n_slots, n_kernels;
  const optreg_hyperparameter_info *hyperparameters;
  const optreg_slot_info *slots;
  const optreg_kernel_info *kernels;
  size_t n_variants, n_reductions; /* no variants: one, without a name */
  const optreg_variant_info *variants;
  const optreg_reduction_info *reductions;
  const char *const *hides; /* as in the summary, when it was opened; NULL-terminated */
} optreg_optimizer_info;

/* Open the optimizer's plugin and describe it; owned by the registry. Errors: NOT_FOUND
 * with near names and the directories searched, PERMISSION, ABI, PLUGIN. */
OPTREG_API const optreg_optimizer_info *optreg_registry_info(optreg_registry *registry,
                                                             const char *name,
                                                             optreg_error **error);

typedef struct optreg_schedule_parameter_info {
  const char *name;
  const char *type; /* "value" of the hyperparameter, "steps", "number", "boolean",
                       "choice", "values", "list of steps", "value or schedule" */
  const char
      *default_value; /* as one would write it in YAML, or NULL: must be written */
  const char *range;         /* "[1, inf)", "false | true", "cos | linear" */
  const char *needs;         /* a parameter that must be written, or NULL */
  const char *doc;
} optreg_schedule_parameter_info;

typedef struct optreg_schedule_info {
  const char *name, *doc;
  const optreg_schedule_parameter_info *parameters;
  size_t n_parameters;
} optreg_schedule_info;

/* Every schedule that a schedulable hyperparameter can follow (docs/schedules.md);
 * constant data. Returns how many there are. [any thread] */
OPTREG_API size_t optreg_schedules(const optreg_schedule_info *const **schedules);

/* ---- making an optimizer ---- */

/* Read a configuration (docs/configuration.md). Errors: CONFIG, IO, and those of
 * optreg_registry_info. The registry may be freed before the optimizer. */
OPTREG_API optreg_optimizer *optreg_optimizer_from_file(optreg_registry *registry,
                                                        const char *path,
                                                        optreg_error **error);

/* The same from text; `source` stands where errors name the file. */
OPTREG_API optreg_optimizer *optreg_optimizer_from_string(optreg_registry *registry,
                                                          const char *yaml,
                                                          const char *source,
                                                          optreg_error **error);

/* NULL is permitted. Parameters and gradients stay with the application. */
OPTREG_API void optreg_optimizer_free(optreg_optimizer *optimizer);

/* Name a tensor to be trained. Before build; the index of a parameter is its place in
 * the order of these calls.
 *
 * name   unique, valid UTF-8 (else refused); what `match` patterns, by code points, and
 *        checkpoints see, e.g. "encoder/dense_1/bias"
 * dtype  OPTREG_F32 or OPTREG_F64; state has the same type
 * shape  ndim extents, row-major; ndim 0 is a scalar; an extent may be 0
 * data   the elements, read at build and read and written by step; aligned to the
 *        element type; must not overlap another parameter's; stays with the application
 * grad   the gradient, same shape, read by step and never written; must not overlap any
 *        parameter (gradients may overlap each other); may be NULL and may be changed
 *        later by optreg_optimizer_set_gradient */
OPTREG_API bool optreg_optimizer_add_parameter(optreg_optimizer *optimizer,
                                               const char *name, uint32_t dtype,
                                               const uint64_t *shape, uint32_t ndim,
                                               void *data, const void *grad,
                                               optreg_error **error);

/* Where the next steps find the gradient. One that overlaps a parameter is refused,
 * here or, before build, by build; the one that was there stays. Costs a binary search
 * over the parameters, and nothing where the pointer is the same as before. NULL: there
 * is none; the optimizer, decay and constraints leave the parameter untouched and the
 * step counts it as missing. An EMA reads it all the same, and where
 * `ema_overwrite_frequency` is due the average overwrites it, as in Keras. A first
 * gradient after many updates of the model finds the model's count of updates: see
 * optreg_load_options. */
OPTREG_API bool optreg_optimizer_set_gradient(optreg_optimizer *optimizer, size_t index,
                                              const void *grad, optreg_error **error);

/* The parameter has moved (realloc, another arena): from now on its elements are at
 * `data`, with the shape and type that it was added with. The application has moved the
 * values; state stays as it is. Before build or between steps.
 *
 * data  as in optreg_optimizer_add_parameter; stays with the application. An
 *       optreg_optimizer_eval_view that is the parameter itself has to be taken again
 *
 * Several parameters may move one after the other, also into each other's old memory:
 * whether they share memory, or a gradient does with one of them, is looked at by the
 * next call of step or finalize, which refuses it with ARGUMENT, changes nothing, and
 * allocates for this look. Errors: ARGUMENT (no such parameter, NULL with elements, not
 * aligned), STATE (broken). */
OPTREG_API bool optreg_optimizer_set_data(optreg_optimizer *optimizer, size_t index,
                                          void *data, optreg_error **error);

/* The gradient of this parameter becomes its value, as it is given: no scaling,
 * clipping, decay, slots or EMA. Under accumulation the largest of the window's, from
 * 0, elementwise. As overwrite_with_gradient in Keras. Before build. */
OPTREG_API bool optreg_optimizer_set_overwrite(optreg_optimizer *optimizer,
                                               size_t index, optreg_error **error);

/* Keep a parameter from becoming negative: after each call with a gradient that is
 * taken, also one that only accumulates, negative elements become zero, in the same
 * sweep. Before build. */
OPTREG_API bool optreg_optimizer_set_non_neg(optreg_optimizer *optimizer, size_t index,
                                             optreg_error **error);

/* Any other constraint: called after each call with a gradient of that parameter that
 * is taken, also one that only accumulates, on the thread that called step, in the
 * order of parameters, with the elements to be changed in place; before the EMA reads
 * them. Called, too, on the copy of a parameter that an optimizer's finalize has made
 * for a view or for deployment. It runs in the floating-point mode of a step and must
 * not call the optimizer. NULL takes it away. Before build. */
typedef void (*optreg_constraint)(void *context, size_t index, void *data);
OPTREG_API bool optreg_optimizer_set_constraint(optreg_optimizer *optimizer,
                                                size_t index,
                                                optreg_constraint constraint,
                                                void *context, optreg_error **error);

/* Memory for state and scratch, aligned to 64 bytes; copied. Before build. `allocate`
 * returns NULL when there is none. Both functions, or neither for the default: the C
 * library's aligned_alloc. */
typedef struct optreg_allocator {
  void *context;
  void *(*allocate)(void *context, size_t size, size_t alignment);
  void (*release)(void *context, void *memory);
} optreg_allocator;
OPTREG_API bool optreg_optimizer_set_allocator(optreg_optimizer *optimizer,
                                               const optreg_allocator *allocator,
                                               optreg_error **error);

/* Where messages go: those of plugins, and what build says of hidden files and of
 * threads that it does not get. By default nowhere. level is OPTREG_LOG_* of plugin.h.
 * Must be callable from any thread. Before build. */
typedef void (*optreg_log)(void *context, uint32_t level, const char *message);
OPTREG_API bool optreg_optimizer_set_log(optreg_optimizer *optimizer, optreg_log log,
                                         void *context, optreg_error **error);

/* Threads of a step, including the caller's: 1 to 1024, or 0, the default:
 * OPTREG_NUM_THREADS (1 to 1024), else one for each processor. Before build. The result
 * has the same bits for any number. Errors: ARGUMENT (too many), STATE.
 *
 * There are never more threads than processors, those of the process: all that it had
 * when it loaded the library, that its threads have, and that its OpenMP runtime binds
 * threads to, whatever the thread which calls build is bound to (OMP_PROC_BIND,
 * sched_setaffinity). A process that was started on one processor (taskset, a cpuset)
 * has that one.
 *
 * All optimizers of the process share its threads: there are as many as the optimizer
 * with the largest limit asks for, and they end with the last optimizer. They may run
 * on all of these processors; they have 1 MiB of stack each and take no signals.
 *
 * Build tells the log when there are fewer threads than asked for: OPTREG_LOG_INFO for
 * want of processors, OPTREG_LOG_WARNING when the system starts no more. Steps then run
 * on those that there are. */
OPTREG_API bool optreg_optimizer_set_threads(optreg_optimizer *optimizer,
                                             uint32_t n_threads, optreg_error **error);

/* Run steps on the application's own threads: `parallel_for` calls task(argument, i)
 * once for each i in 0..n-1, in any order and on any threads, and returns when all are
 * done. n is at most the number of threads set above, whatever processors there are; no
 * task waits for another, so that fewer threads may run them. The optimizer then takes
 * no part in the threads of the process. examples/openmp.c runs steps on those of
 * OpenMP. Before build. */
typedef void (*optreg_parallel_for)(void *context, size_t n,
                                    void (*task)(void *argument, size_t index),
                                    void *argument);
OPTREG_API bool optreg_optimizer_set_parallel_for(optreg_optimizer *optimizer,
                                                  optreg_parallel_for parallel_for,
                                                  void *context, optreg_error **error);

/* How many updates are planned, which percentages in schedules are of (`decay_steps:
 * 80%`); where a schedule counts micro-steps, of that number times
 * gradient_accumulation_steps. Without it a configuration with percentages cannot be
 * built. May be called again; the next step follows it. Errors: ARGUMENT, CONFIG (too
 * few steps for a percentage), after which everything is as before. */
OPTREG_API bool optreg_optimizer_set_total_steps(optreg_optimizer *optimizer,
                                                 uint64_t total_steps,
                                                 optreg_error **error);

/* Look at the first update and at every `every`-th one after it, for
 * optreg_optimizer_diagnostics. Nothing that is trained changes by a bit, and the
 * updates in between cost nothing more; docs/diagnostics.md says what the others cost.
 * 0, the default: none. Before build. */
OPTREG_API bool optreg_optimizer_set_diagnostics(optreg_optimizer *optimizer,
                                                 uint32_t every, optreg_error **error);

/* Whether each update measures the norm of the gradient for `gradient_norm` of its
 * report, also where no option clips by a norm; by default not. Where one does, it is
 * measured anyway. No bit of what is trained changes. The sums are made in the pass
 * that looks for what is not finite; under `nonfinite: propagate` there is none, and
 * the norm costs a pass that reads the gradients. Before build. Errors: STATE (built).
 */
OPTREG_API bool optreg_optimizer_report_gradient_norm(optreg_optimizer *optimizer,
                                                      bool reports,
                                                      optreg_error **error);

/* Allocate and initialise state, compile the plan, start threads. Afterwards step
 * allocates nothing. Refuses duplicate names, parameters that overlap and gradients
 * that overlap a parameter, naming both, and values that the type of a parameter cannot
 * hold, such as a learning rate of 1e39 for f32 (CONFIG, at their place). A failed
 * build may be repeated after its cause is mended. */
OPTREG_API bool optreg_optimizer_build(optreg_optimizer *optimizer,
                                       optreg_error **error);

/* ---- training ---- */

typedef enum optreg_status {
  OPTREG_STEP_ERROR = -1,
  OPTREG_STEP_APPLIED = 0, /* parameters and state have moved */
  OPTREG_STEP_ACCUMULATED, /* the gradient was added up; no update: parameters change
                              by set_non_neg and constraints only */
  OPTREG_STEP_SKIPPED_NONFINITE, /* a gradient, or what would become of it, was not
                                    finite; nothing has changed but the dynamic loss
                                    scale and the counters of skips. A sum that
                                    overflowed is given up with the window's gradients
                                  */
  OPTREG_STEP_NEED_GRADIENT      /* reserved: compute another gradient and call again */
} optreg_status;

/* Use the gradients as they are now. A step is a transaction: when it returns an error,
 * parameters and state are as before, unless the message says that the optimizer is
 * broken (see above). The n-th skip in a row (max_consecutive_skips) is an error, and a
 * skip like those before it: it is counted, lowers a dynamic loss scale, and ends a
 * window whose sum overflowed. Finite gradients that would make the optimizer's state
 * or a weight overflow are skipped or refused like those that are not finite. Where a
 * plugin does not say how its state grows, that is found behind the step, which is an
 * error that leaves the optimizer broken. Errors: STATE, NONFINITE, PLUGIN, ARGUMENT
 * (no parameter has a gradient). [no allocation] */
OPTREG_API optreg_status optreg_optimizer_step(optreg_optimizer *optimizer,
                                               optreg_error **error);

typedef struct optreg_step_report {
  optreg_status status;
  uint64_t step;       /* updates applied so far */
  uint64_t micro_step; /* calls that took gradients so far: `step` times the window, and
                          those in the window's sum. Not counted: skipped calls, and
                          calls whose sum was given up */
  double learning_rate; /* of parameters outside groups, in this call; NaN without it */
  double loss_scale;    /* that the gradients of this call carried */
  double gradient_norm; /* after unscaling and accumulation and value clipping, before
                           other clipping; infinite where it does not fit a double,
                           though it is clipped; NaN when no norm was needed
                           or asked for (optreg_optimizer_report_gradient_norm) */
  double clip_factor;   /* the smallest factor that norm clipping applied; 1: nothing
                           clipped */
  uint64_t missing;     /* parameters without a gradient in this call */
  uint64_t skipped;     /* skipped calls so far; a lost window is one */
  uint64_t consecutive_skips; /* in a row: since the last update, or since the last call
                          that took a gradient where no window has been lost since then.
                          At max_consecutive_skips the call is an error */
  const char *nonfinite_parameter; /* why the call was skipped or refused: the first one
                          whose gradient is not finite, or not when unscaled,
                          accumulated or squared, or whose state or value the update
                          would have made infinite; NULL: it was not */
  uint64_t nonfinite_index;        /* first such element in it */
} optreg_step_report;

/* What the last call of step did; all zero before. Valid until the next step. For NULL:
 * a report with the status ERROR. */
OPTREG_API const optreg_step_report *
optreg_optimizer_last_step(const optreg_optimizer *optimizer);

/* What an update did, of the parameters that had a gradient and are trained by the
 * optimizer. The gradient is the one that the optimizer got: unscaled, accumulated,
 * clipped. The update is what the optimizer added to a parameter, without weight decay,
 * constraints and averages. The same bits for any threads, tile and SIMD level. */
typedef struct optreg_diagnostics {
  uint64_t step; /* the update that it is of, from 1; 0: none has been looked at */
  uint64_t elements;       /* that were looked at */
  uint64_t zero_gradients; /* elements whose gradient was 0 */
  uint64_t unmoved;        /* elements that kept their value */
  uint64_t clipped; /* elements whose gradient was cut by clipvalue, or made shorter by
                       clipnorm or global_clipnorm with all of their tensor */
  double clip_rate;        /* clipped / elements */
  double learning_rate;    /* of the group; of the whole model: of parameters outside
                              groups; NaN without one */
  double gradient_norm, update_norm, weight_norm; /* the latter: before the update; of
                              f64 infinite or 0 where the squares do not fit a double,
                              about beyond 1e154 and below 1e-154 */
  double update_ratio;     /* update_norm / weight_norm; NaN where the weights are 0 */
  /* Effective learning rate of an element, |update| / |gradient| where that is not 0:
   * below these are 5, 50 and 95 % of the elements. From all elements of tensors up to
   * 1,024, from 64 of each 1,024 up to 16,384, from 16 of larger ones; to 3.2 %, and 0
   * below 2^-64. NaN when every gradient is 0. */
  double rate_5, rate_50, rate_95;
} optreg_diagnostics;

#define OPTREG_WHOLE_MODEL ((size_t)-1)

/* What the last update that was looked at did to a group (an index into
 * optreg_optimizer_groups) or to the OPTREG_WHOLE_MODEL; a skipped call is no update.
 * Loss scale and skipped calls are in optreg_step_report. NULL: no diagnostics, or no
 * such group. Valid until the next step. */
OPTREG_API const optreg_diagnostics *
optreg_optimizer_diagnostics(const optreg_optimizer *optimizer, size_t group);

/* loss times the current loss scale; for NULL the loss. */
OPTREG_API double optreg_optimizer_scale_loss(const optreg_optimizer *optimizer,
                                              double loss);

/* The learning rate of parameters outside groups, and of groups without one of their
 * own, has one source at a time:
 *
 *  - a schedule in the configuration, which nothing replaces: both functions below that
 *    set are refused with ARGUMENT;
 *  - else the application's function, while there is one: setting a number is refused
 *    with STATE, since no step would use it;
 *  - else the number of the configuration, or the one that was set last.
 *
 * Groups with a learning rate or a schedule of their own keep it, and multipliers
 * count, whatever the source. A checkpoint brings back the counters that schedules
 * follow, but neither number nor function: they are as this optimizer has them.
 *
 * What the next call of step uses is told by this function, by optreg_optimizer_groups
 * and by optreg_optimizer_scheduled_value, at any time; what the last call used stands
 * in its report. NaN without a learning rate.
 *
 * Refused with ARGUMENT, after which everything is as before: a number out of range,
 * and one that the type of a parameter would hold as infinite (1e39 in f32), alone or
 * times a multiplier or weight_decay. Before build the types are not known: build looks
 * then. */
OPTREG_API double optreg_optimizer_learning_rate(const optreg_optimizer *optimizer);
OPTREG_API bool optreg_optimizer_set_learning_rate(optreg_optimizer *optimizer,
                                                   double learning_rate,
                                                   optreg_error **error);

/* Ask the application for that learning rate: once in each call of step, and once in
 * each call of a function above that tells it, on the thread of the call and in the
 * floating-point mode of a step. The function must not call the optimizer, and its
 * answer must not depend on how often it is asked. A value out of range is an error of
 * that step, which changes nothing. NULL takes the function away: the number counts
 * again. */
typedef double (*optreg_learning_rate_function)(void *context);
OPTREG_API bool
optreg_optimizer_set_learning_rate_function(optreg_optimizer *optimizer,
                                            optreg_learning_rate_function function,
                                            void *context, optreg_error **error);

/* Give a hyperparameter another value from the next call of step on: a cooled epsilon,
 * a momentum that grows, a rate for one group.
 *
 * group  an index into optreg_optimizer_groups, or OPTREG_WHOLE_MODEL: every group
 *        whose optimizer has this hyperparameter
 * name   "learning_rate", or another that may change between steps (`is_schedulable` of
 *        optreg_hyperparameter_info), e.g. "beta_1"
 * value  as the configuration could have it: in range, whole where the type is integer,
 *        0 or 1 for a boolean, the index of a choice; a learning rate without the
 *        group's multiplier. -0 counts as 0
 *
 * The rules of the learning rate hold for all: what follows a schedule in a group, and
 * a rate that comes from the application's function, is refused there. The rate of a
 * group (other than the last, "default") that is set here by its index is the group's
 * own from then on, and neither optreg_optimizer_set_learning_rate nor the function
 * reaches it. OPTREG_WHOLE_MODEL sets the rates of all groups, own ones, too, and
 * leaves them own or not.
 *
 * A checkpoint notes the value among its options, but does not bring it back: after a
 * load hyperparameters are as this optimizer has them, and a difference is in the
 * report of the load. To go on from a restart, set it again.
 *
 * Before build or between steps. When it fails, nothing has changed in any group.
 * Errors: ARGUMENT (no such group or hyperparameter; it cannot change between steps;
 * the plugin wants it the same in all groups; a value out of range, or beyond the type
 * of a parameter; it was 0 at build, and a slot that needs it was left out), STATE (the
 * application's function gives the rate; broken). [one thread] */
OPTREG_API bool optreg_optimizer_set_hyperparameter(optreg_optimizer *optimizer,
                                                    size_t group, const char *name,
                                                    double value, optreg_error **error);

/* What the next call of step uses in a group, whatever the source: configuration,
 * schedule, function, or what was set. A learning rate includes the group's multiplier.
 * OPTREG_WHOLE_MODEL: what parameters outside groups get. Booleans are 0 or 1, choices
 * an index. NaN: no such group or hyperparameter. [no allocation] */
OPTREG_API double optreg_optimizer_hyperparameter(const optreg_optimizer *optimizer,
                                                  size_t group, const char *name);

/* The value that parameters of a group get when the counter of the hyperparameter's
 * schedule (updates, or gradients with `counter: micro_step`) stands at `counter`: for
 * plots. A learning rate includes the group's multiplier; what follows no schedule is
 * the same at every counter (a learning rate from the application's function: what it
 * says now). NaN: no such group or hyperparameter, or a percentage that waits for
 * optreg_optimizer_set_total_steps. [no allocation] */
OPTREG_API double optreg_optimizer_scheduled_value(const optreg_optimizer *optimizer,
                                                   size_t group,
                                                   const char *hyperparameter,
                                                   uint64_t counter);

/* Tell the optimizer that the application wrote to parameters (loaded weights, pruned).
 * State that began as a copy of the parameter and has not been used since is copied
 * again: an EMA that a load began anew, until the next update; a slot, until the first
 * update with a gradient for its parameter. What has been used goes on, and so does
 * what a checkpoint of a later moment held. */
OPTREG_API bool optreg_optimizer_parameters_changed(optreg_optimizer *optimizer,
                                                    optreg_error **error);

/* The weights of one parameter that would be deployed now: the EMA when it is on and
 * has begun, else what the optimizer's finalize gives, else the parameter itself, and
 * this, too, between finalize and the next update. Nothing that is trained changes.
 *
 * Any number of views may be held together. They stay valid, and show the same values,
 * until the next call of step (also of optreg_shadow_step), whatever is called in
 * between: other views, settings, saves, finalize. Only what gives the model other
 * weights, a load, parameters_changed or the application's own writing, changes them:
 * take them again after it. A view that is taken again is not made again. The first
 * view that a plugin makes takes memory for a copy of all parameters, from the
 * allocator. Errors: STATE, ARGUMENT (no such parameter), PLUGIN (its finalize failed),
 * MEMORY. NULL also for a parameter without elements and data. */
OPTREG_API const void *optreg_optimizer_eval_view(optreg_optimizer *optimizer,
                                                  size_t index, optreg_error **error);

/* End of training: parameters become the weights to deploy, those that
 * optreg_optimizer_eval_view shows. When it fails, nothing has changed. A second call
 * before the next update changes nothing.
 *
 * Training may go on, from these weights: they are the training weights now, and state
 * that began as a copy of the parameters (slots, the EMA) is a copy of them again,
 * which optreg_optimizer_parameters_changed renews until the next update. Other state,
 * counters and schedules go on. The training weights from before are not kept: to look
 * at the weights to deploy and to train on as if nothing had been, take eval_view, or a
 * checkpoint with `with_parameters`. A checkpoint knows whether its weights were
 * finalised. Errors: as above. */
OPTREG_API bool optreg_optimizer_finalize(optreg_optimizer *optimizer,
                                          optreg_error **error);

/* ---- checkpoints (docs/checkpoints.md) ----
 *
 * A checkpoint is a safetensors file: every state tensor by the name of its parameter
 * and its role, counters, and what they belong to. What the application owns, the
 * values of the parameters, is in it only when asked for. The same state gives the same
 * bytes. */

typedef struct optreg_save_options {
  bool with_parameters; /* the values of the parameters, too: as NAME/param */
} optreg_save_options;

/* Write the state to a file, whole or not at all: when this fails or the process is
 * killed, the file that was there before is still there. A symbolic link is followed
 * and stays; a path to something else than a regular file (a device, a named pipe, a
 * socket, a folder) is refused. Temporary files of killed saves in the same folder,
 * which are called .optreg-XXXXXXXX.tmp, are removed. The optimizer is not changed.
 * `options` may be NULL. After build, between steps. Errors: IO (the file), STATE (not
 * built, or broken), ARGUMENT (too many parameters for a header), PLUGIN, MEMORY. */
OPTREG_API bool optreg_optimizer_save(const optreg_optimizer *optimizer,
                                      const char *path,
                                      const optreg_save_options *options,
                                      optreg_error **error);

/* The same bytes in memory; free with optreg_memory_free(). NULL on failure, with *size
 * 0. */
OPTREG_API void *optreg_optimizer_save_to_memory(const optreg_optimizer *optimizer,
                                                 const optreg_save_options *options,
                                                 size_t *size, optreg_error **error);
OPTREG_API void optreg_memory_free(void *memory);

/* What to do with state that the checkpoint lacks, and with state that nobody asks for.
 */
typedef enum optreg_missing {
  OPTREG_MISSING_ERROR,
  OPTREG_MISSING_INIT
} optreg_missing;
typedef enum optreg_unexpected {
  OPTREG_UNEXPECTED_ERROR,
  OPTREG_UNEXPECTED_IGNORE
} optreg_unexpected;

/* A parameter that has another name now. */
typedef struct optreg_rename {
  const char *from, *to; /* in the checkpoint, in the model */
} optreg_rename;

/* A parameter whose state begins anew (OPTREG_MISSING_INIT) shares the model's count of
 * updates: optimizers that correct the start of their averages by it (adam, adamw) take
 * the state for old, and the parameter's first updates are up to several times too
 * large. The report of the load says so. */
typedef struct optreg_load_options {
  optreg_missing missing;
  optreg_unexpected unexpected;
  const optreg_rename *renames;
  size_t n_renames;
  bool with_parameters; /* write the saved values into the parameters, too */
} optreg_load_options;

/* Go on where the optimizer that was saved stood: the next step gives the same bits.
 * State, counters, skip counts and a dynamic loss scale come from the checkpoint;
 * values of hyperparameters from this optimizer's configuration and what has been set.
 * Tensors are matched by name, in whatever order they were added. `options` NULL:
 * everything must fit. Never accepted are values that the next step would turn into
 * NaN: state or sums that are not finite (unless nonfinite: propagate), negative where
 * the plugin says OPTREG_NON_NEGATIVE; and counters beyond 2^52, which could not go on
 * exactly. A load is a transaction: when it fails, optimizer and parameters are as
 * before. It mends a broken optimizer. After build, between steps. Errors: NOT_FOUND,
 * IO, DAMAGED, MEMORY, STATE (not built), PLUGIN (its own part of the state), MISMATCH:
 * the message lists what does not fit, optreg_optimizer_load_report all of it, too. */
OPTREG_API bool optreg_optimizer_load(optreg_optimizer *optimizer, const char *path,
                                      const optreg_load_options *options,
                                      optreg_error **error);
OPTREG_API bool optreg_optimizer_load_from_memory(optreg_optimizer *optimizer,
                                                  const void *data, size_t size,
                                                  const optreg_load_options *options,
                                                  optreg_error **error);

typedef enum optreg_difference_kind {
  OPTREG_DIFFERENCE_MISSING,    /* not in the checkpoint; begins anew */
  OPTREG_DIFFERENCE_UNEXPECTED, /* in the checkpoint only; left out */
  OPTREG_DIFFERENCE_SHAPE,      /* another shape or type */
  OPTREG_DIFFERENCE_OPTIMIZER,  /* another optimizer or version of its state */
  OPTREG_DIFFERENCE_GROUP,      /* state of a group that its members do not agree on */
  OPTREG_DIFFERENCE_RENAME,     /* renamed as asked, or in vain */
  OPTREG_DIFFERENCE_OPTION,     /* the configuration's value counts */
  OPTREG_DIFFERENCE_VALUE /* state that is negative where it never is, or not finite;
                             with nonfinite: propagate the latter is taken as it is */
} optreg_difference_kind;

typedef struct optreg_difference {
  optreg_difference_kind kind;
  bool is_refused;  /* a reason why the load failed */
  const char *name; /* of the parameter, tensor, counter or option */
  const char *text; /* the whole sentence, e.g. "parameter 'head/bias' is not in the
                       checkpoint: its state begins anew" */
} optreg_difference;

/* What the last load found different, also when it failed; valid until the next load.
 */
OPTREG_API size_t optreg_optimizer_load_report(const optreg_optimizer *optimizer,
                                               const optreg_difference **differences);

/* A tensor of state, of an optimizer or in a checkpoint. */
typedef struct optreg_state_info {
  const char *name;  /* "dense/kernel/ema", "optimizer/blob" */
  const char *role;  /* the part behind the last '/' */
  const char *dtype; /* as in safetensors: "F32", "F64", "U8" */
  const uint64_t *shape;
  uint32_t ndim;
  uint64_t bytes;
  const void *data; /* little-endian; in a checkpoint perhaps not aligned */
} optreg_state_info;

/* What a save would write now, without the values of the parameters; in the order of
 * the file. Valid until the next call on the optimizer. 0 before build and when broken.
 */
OPTREG_API size_t optreg_optimizer_states(const optreg_optimizer *optimizer,
                                          const optreg_state_info **states);

/* Open a checkpoint, or any other safetensors file, to look into it. Lengths, offsets
 * and types are checked before memory is taken; checksums are not. Errors: NOT_FOUND,
 * IO, MEMORY, DAMAGED. */
OPTREG_API optreg_checkpoint *optreg_checkpoint_open(const char *path,
                                                     optreg_error **error);
OPTREG_API void optreg_checkpoint_free(optreg_checkpoint *checkpoint);
OPTREG_API size_t optreg_checkpoint_states(const optreg_checkpoint *checkpoint,
                                           const optreg_state_info **states);

typedef struct optreg_metadata {
  const char *key, *value;
} optreg_metadata;

/* Sorted by key. */
OPTREG_API size_t optreg_checkpoint_metadata(const optreg_checkpoint *checkpoint,
                                             const optreg_metadata **metadata);

/* Whether it is a checkpoint of optreg and all its checksums are right. DAMAGED names
 * the tensors that are not. */
OPTREG_API bool optreg_checkpoint_verify(const optreg_checkpoint *checkpoint,
                                         optreg_error **error);

/* ---- looking inside ---- */

/* Bytes of state that the optimizer and its wrappers keep between steps. After build.
 */
OPTREG_API uint64_t optreg_optimizer_state_bytes(const optreg_optimizer *optimizer);

/* A state tensor by parameter and role (a slot's name, "ema", "gradient_accumulator"),
 * or NULL when the parameter has none. *n receives the number of elements: the
 * parameter's type for shapes that follow it, a double for a slot of tensor, group or
 * model scope. NULL, with *n 0, before build and when broken. `n` may be NULL. */
OPTREG_API const void *optreg_optimizer_state(const optreg_optimizer *optimizer,
                                              size_t index, const char *role,
                                              uint64_t *n);

/* One option with its effective value in the configuration. What the application set
 * later is told by optreg_optimizer_hyperparameter and optreg_optimizer_groups. */
typedef struct optreg_option_info {
  const char *name;
  const char *value;  /* as one would write it in YAML, quoted where that is needed: it
                         reads back as the same value; "null" when off; a schedule is
                         "{schedule: NAME, ..., counter: step}" */
  const char *origin; /* "default", "default of adadelta" or file:line:column */
  const char *group;  /* NULL: everywhere; else the group's label */
  const char *doc;
} optreg_option_info;
OPTREG_API size_t optreg_optimizer_options(const optreg_optimizer *optimizer,
                                           const optreg_option_info **options);

/* The name of the optimizer, as a registry finds it: "adam". Where groups name others
 * (optreg_optimizer_groups), that of parameters outside groups. NULL for NULL. Valid as
 * long as the optimizer. */
OPTREG_API const char *optreg_optimizer_name(const optreg_optimizer *optimizer);

/* The window of accumulation: how many calls of step with a gradient make one update
 * (gradient_accumulation_steps), from 1. 0 for NULL. */
OPTREG_API uint64_t
optreg_optimizer_accumulation_steps(const optreg_optimizer *optimizer);

/* Whether a schedule waits for optreg_optimizer_set_total_steps, because it has a
 * percentage of the planned steps, so that build would refuse it. `option`, which may
 * be NULL, receives the first option that has one, for messages, or NULL; it belongs to
 * the optimizer. False for NULL. */
OPTREG_API bool optreg_optimizer_needs_total_steps(const optreg_optimizer *optimizer,
                                                   const optreg_option_info **option);

/* A group of parameters; the last one, "default", takes what no other selects. */
typedef struct optreg_group_info {
  const char *label; /* "groups[0]" or "default" */
  const char *match; /* what it selects: "norm?, encoder*; ndim 0, 1" */
  double learning_rate, weight_decay; /* of the next update, with the multiplier; a
                                         rate of NaN: its optimizer has none */
  const char *optimizer; /* the name of the optimizer that trains it */
} optreg_group_info;
OPTREG_API size_t optreg_optimizer_groups(const optreg_optimizer *optimizer,
                                          const optreg_group_info **groups);

/* The group of a parameter, as an index into the above. After build. */
OPTREG_API size_t optreg_optimizer_parameter_group(const optreg_optimizer *optimizer,
                                                   size_t index);

/* One pass over memory that a call of step makes. */
typedef struct optreg_sweep_info {
  const char *call;   /* "micro-step", "step" or "diagnosed step": what differs there */
  const char *name;   /* "measure", "reduce 0", "accumulate", "update" */
  const char *stages; /* "unscale, clipvalue, adadelta, ema" */
  uint32_t bytes_read, bytes_written; /* per f32 parameter */
} optreg_sweep_info;
OPTREG_API size_t optreg_optimizer_sweeps(const optreg_optimizer *optimizer,
                                          const optreg_sweep_info **sweeps);

/* ---- shadows (docs/shadows.md) ----
 *
 * Other optimizers on the gradients of one that trains, without touching its weights
 * and without another backward pass: what would they have done with each gradient?
 *
 *   optreg_shadow *shadow = optreg_shadow_new(live, &error); // after live's build
 *   optreg_shadow_add(shadow, "adam", candidate, &error); // not built yet
 *   while (training) {
 *     status = optreg_shadow_step(shadow, &error);      // instead of live's step
 *     report = optreg_shadow_last_step(shadow, 0);
 *   }
 *   optreg_shadow_free(shadow);                       // before live
 *
 * In each step a candidate begins with the weights that the live optimizer begins with,
 * and updates a copy of them with the same gradients. Both updates, weights after minus
 * weights before, are compared, and the copy is given up; the candidate keeps its
 * state. What the live optimizer does has the same bits with and without candidates.
 *
 * Threads: those of the live optimizer do all the work. A shadow, its live optimizer
 * and its candidates are used by one thread at a time. */

typedef struct optreg_shadow optreg_shadow;

/* The live optimizer is built, stays the caller's and must outlive the shadow. Takes
 * memory for two copies of the parameters, whatever the number of candidates, from the
 * live optimizer's allocator. Errors: STATE (not built, or broken), MEMORY. */
OPTREG_API optreg_shadow *optreg_shadow_new(optreg_optimizer *live,
                                            optreg_error **error);

/* Frees the candidates, too. NULL is permitted. */
OPTREG_API void optreg_shadow_free(optreg_shadow *shadow);

/* Build a candidate with the live optimizer's parameters; its index is its place in the
 * order of these calls. Between steps, also in the midst of training.
 *
 * name       unique in the shadow, for reports and errors; copied
 * candidate made from a configuration, without parameters, not built. It belongs to the
 *            shadow from here on; when this fails it is the caller's, to be freed
 *
 * The candidate keeps its options, groups, schedules and wrappers, but what belongs to
 * the gradients and the parameters comes from the live optimizer: its loss scale, which
 * the gradients carry (the candidate's own has no effect), overwriting, non_neg and
 * constraints (each is called for every candidate, too, and must depend on the elements
 * only), threads, and total_steps unless it has been set. Updates can be compared only
 * when both are made from the same gradients, so gradient_accumulation_steps must be
 * equal and, above 1, nonfinite be `propagate` for both or for none. Errors: ARGUMENT
 * (naming the option), STATE (the candidate is built or has parameters), and those of
 * optreg_optimizer_build. */
OPTREG_API bool optreg_shadow_add(optreg_shadow *shadow, const char *name,
                                  optreg_optimizer *candidate, optreg_error **error);

/* Step the live optimizer, then every candidate with the same gradients. Status, errors
 * and report (optreg_optimizer_last_step) are the live optimizer's; a candidate that
 * fails only says so in its own report. When the live step fails, candidates are not
 * stepped. [no allocation, but for the message of a candidate that fails] */
OPTREG_API optreg_status optreg_shadow_step(optreg_shadow *shadow,
                                            optreg_error **error);

/* Two updates of the same weights by the same gradients. Sums are made in double in a
 * fixed order: the same bits for any number of threads; of f64 they are infinite, NaN
 * or 0 where products do not fit a double. Parameters without a gradient in the step
 * and overwritten ones are left out. All NaN, and n 0, when there was nothing to
 * compare. */
typedef struct optreg_contrast {
  uint64_t n;              /* elements that were compared */
  double cosine;           /* of both updates, -1 to 1; NaN where one of them is zero */
  double rms_ratio;     /* rms / live_rms; NaN where the latter is 0. Exactly 1, as the
                           cosine, for equal updates */
  double rms, live_rms; /* of the elements of an update, in the unit of the weights */
  double decrease; /* -g·update: what the loss would lose to first order, in its */
  double
      live_decrease; /* unit. g: unscaled, mean of the accumulated, before clipping */
} optreg_contrast;

typedef struct optreg_shadow_report {
  const char *name;
  optreg_status status;      /* of the candidate's step; ERROR: see message */
  optreg_status live_status; /* nothing is compared unless both are APPLIED */
  optreg_contrast model;     /* all parameters together */
  const optreg_contrast *groups;     /* by group of the live optimizer */
  const optreg_contrast *parameters; /* by index */
  size_t n_groups, n_parameters;
  uint64_t ns, live_ns; /* that the steps took, on one clock; copying and comparing are
                           not counted. The candidate comes after the live one and finds
                           the gradients in the caches: an indication */
  const char *message;  /* why the candidate's last step failed, or NULL */
} optreg_shadow_report;

/* What a candidate did in the last step of the shadow; before any, statuses are
 * ACCUMULATED and contrasts NaN. NULL: there is no such candidate. Valid until the
 * shadow is freed; its values change with the next step. */
OPTREG_API const optreg_shadow_report *
optreg_shadow_last_step(const optreg_shadow *shadow, size_t candidate);

/* The candidate itself, to look inside, to save and to load, or NULL; it stays the
 * shadow's and must not be stepped. A run that goes on from a checkpoint loads the
 * candidates' states along with the live one's. */
OPTREG_API optreg_optimizer *optreg_shadow_candidate(optreg_shadow *shadow,
                                                     size_t candidate);

#ifdef __cplusplus
}
#endif

#endif
