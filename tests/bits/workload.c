/* SPDX-License-Identifier: MIT */
/* A fixed piece of training, and the bytes that it leaves: weights, slots, averages. */
#include "workload.h"

#include "trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITH_EVERY_OPTION(name, optimizer, options) \
  { name "/plain", optimizer, options, false },     \
  {                                                 \
    name "/all", optimizer, options, true           \
  }

const Subject subjects[] = {
  WITH_EVERY_OPTION("adadelta", "adadelta", "learning_rate: 1\n"),
  WITH_EVERY_OPTION("sgd", "sgd", "momentum: 0.9\n"),
  WITH_EVERY_OPTION("nesterov", "sgd", "momentum: 0.9\nnesterov: true\n"),
  WITH_EVERY_OPTION("adagrad", "adagrad", ""),
  WITH_EVERY_OPTION("adam", "adam", ""),
  WITH_EVERY_OPTION("adamw", "adamw", "amsgrad: true\n"),
  WITH_EVERY_OPTION("rmsprop", "rmsprop", ""),
  WITH_EVERY_OPTION("rmsprop-centered", "rmsprop", "centered: true\n"),
  WITH_EVERY_OPTION("rmsprop-momentum", "rmsprop", "momentum: 0.9\n"),
  WITH_EVERY_OPTION("rmsprop-both", "rmsprop", "momentum: 0.9\ncentered: true\n"),
  WITH_EVERY_OPTION("test_adam", "test_adam", ""),
  WITH_EVERY_OPTION("lamb", "test_lamb", ""),
  WITH_EVERY_OPTION("nadam", "test_nadam", ""),
  WITH_EVERY_OPTION("adafactor", "test_adafactor", ""),
  WITH_EVERY_OPTION("test_adagrad", "test_adagrad", ""),
  WITH_EVERY_OPTION("schedulefree", "test_schedulefree", ""),
  WITH_EVERY_OPTION("blob", "test_blob", ""),
  WITH_EVERY_OPTION("phases", "test_phases", ""),
  WITH_EVERY_OPTION("shampoo", "test_shampoo", ""),
};
const size_t n_subjects = G_N_ELEMENTS(subjects);

static const char every_wrapper[] =
    "clipvalue: 0.9\nclipnorm: 40\nglobal_clipnorm: 30\n"
    "use_ema: true\nema_momentum: 0.75\nema_overwrite_frequency: 2\n"
    "gradient_accumulation_steps: 2\nweight_decay: 0.01\n"
    "loss_scale_factor: {dynamic: true, initial_scale: 8, dynamic_growth_steps: 3}\n"
    "groups:\n"
    "  - match: ['t?']\n"
    "    weight_decay: 0\n"
    "    learning_rate_multiplier: 0.5\n";

/* around the lengths of lanes, vectors, tiles and blocks */
static const struct {
  uint32_t ndim;
  uint64_t dims[3];
} shapes[] = {
  { 0, { 0 } },      { 1, { 0 } },       { 2, { 4, 0 } }, { 1, { 1 } },
  { 1, { 15 } },     { 1, { 16 } },      { 1, { 17 } },   { 1, { 1023 } },
  { 1, { 1024 } },   { 1, { 1025 } },    { 1, { 4097 } }, { 1, { 100003 } },
  { 2, { 17, 61 } }, { 3, { 3, 5, 7 } },
};

enum { N_TENSORS = G_N_ELEMENTS(shapes), N_CALLS = 8 };

typedef struct Workload {
  const Subject *subject;
  const Manner *manner;
  optreg_optimizer *optimizer;
  const optreg_optimizer_info *info;
  uint64_t n[N_TENSORS];
  char *weight[N_TENSORS], *gradient[N_TENSORS];
  uint64_t random;
  GByteArray *diagnostics; /* NULL: not wanted */
} Workload;

/* ---- numbers ---- */

/* Steele, Lea & Flood 2014: splitmix64 */
static uint64_t
next_random(Workload *workload)
{
  uint64_t z = workload->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* mostly in (-1, 1); a few zeros, denormals, tiny and huge numbers */
static float
next_number(Workload *workload)
{
  static const float factors[] = { 0.0f,   -0.0f,  1e-41f, 1e-38f,
                                   1e-20f, 1e-10f, 1e4f,   1e6f };
  const uint64_t bits = next_random(workload);
  const float unit = (float)((double)(bits >> 40) / 8388608.0 - 1.0);
  return bits % 16 == 0 ? unit * factors[bits / 16 % G_N_ELEMENTS(factors)] : unit;
}

static void
fill(Workload *workload, char *memory, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++) {
    const float number = next_number(workload);
    memcpy(memory + i * sizeof number, &number, sizeof number);
  }
}

/* ---- training ---- */

static char *
new_memory(const Workload *workload, size_t n)
{
  char *memory = g_malloc((n + 1) * sizeof(float));
  return workload->manner->is_misaligned ? memory + sizeof(float) : memory;
}

static void
free_memory(const Workload *workload, char *memory)
{
  g_free(workload->manner->is_misaligned ? memory - sizeof(float) : memory);
}

static void
add_tensor(Workload *workload, size_t index)
{
  g_autofree char *name = g_strdup_printf("t%zu", index);
  g_autoptr(optreg_error) error = NULL;
  workload->n[index] = 1;
  for (uint32_t i = 0; i < shapes[index].ndim; i++) {
    workload->n[index] *= shapes[index].dims[i];
  }
  workload->weight[index] = new_memory(workload, workload->n[index]);
  workload->gradient[index] = new_memory(workload, workload->n[index]);
  fill(workload, workload->weight[index], workload->n[index]);
  optreg_optimizer_add_parameter(
      workload->optimizer, name, OPTREG_F32, shapes[index].dims, shapes[index].ndim,
      workload->weight[index], workload->gradient[index], &error);
  assert_no_error(error);
}

/* the C library's functions: GLib's complain where threads have been started, as here
 */
static void
set_environment(const char *name, const char *value)
{
  if (value != NULL) {
    setenv(name, value, 1);
  } else {
    unsetenv(name);
  }
}

static void
enter_library(const Workload *workload)
{
  if (workload->manner->before_call != NULL) {
    workload->manner->before_call();
  }
}

static void
leave_library(const Workload *workload)
{
  if (workload->manner->after_call != NULL) {
    workload->manner->after_call();
  }
}

static void
begin(Workload *workload, optreg_registry *registry)
{
  const Subject *subject = workload->subject;
  const Manner *manner = workload->manner;
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *yaml = g_strdup_printf("optimizer: %s\n%s%s", subject->optimizer,
                                          subject->options,
                                          subject->is_wrapped ? every_wrapper : "");

  set_environment("OPTREG_TILE", manner->tile);
  set_environment("OPTREG_PREFETCH", manner->prefetch);
  set_environment("OPTREG_ISA", manner->simd);
  workload->info = optreg_registry_info(registry, subject->optimizer, &error);
  assert_no_error(error);
  workload->optimizer =
      optreg_optimizer_from_string(registry, yaml, "bits.yaml", &error);
  assert_no_error(error);
  for (size_t i = 0; i < N_TENSORS; i++) {
    add_tensor(workload, i);
  }
  optreg_optimizer_set_threads(workload->optimizer, manner->threads, &error);
  if (manner->parallel_for != NULL) {
    optreg_optimizer_set_parallel_for(workload->optimizer, manner->parallel_for, NULL,
                                      &error);
  }
  optreg_optimizer_set_diagnostics(workload->optimizer, manner->diagnose_every, &error);
  enter_library(workload);
  optreg_optimizer_build(workload->optimizer, &error);
  leave_library(workload);
  assert_no_error(error);
}

/* of every group and of the model */
static void
append_diagnostics(Workload *workload)
{
  const optreg_group_info *groups;
  const size_t n = optreg_optimizer_groups(workload->optimizer, &groups);

  for (size_t i = 0; i <= n; i++) {
    const optreg_diagnostics *seen = optreg_optimizer_diagnostics(
        workload->optimizer, i < n ? i : OPTREG_WHOLE_MODEL);
    g_byte_array_append(workload->diagnostics, (const guint8 *)seen, sizeof *seen);
  }
}

static void
train(Workload *workload, int n_calls)
{
  for (int call = 0; call < n_calls; call++) {
    g_autoptr(optreg_error) error = NULL;
    for (size_t i = 0; i < N_TENSORS; i++) {
      fill(workload, workload->gradient[i], workload->n[i]);
    }
    enter_library(workload);
    const optreg_status status = optreg_optimizer_step(workload->optimizer, &error);
    leave_library(workload);
    assert_no_error(error);
    g_assert_true(status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED);
    if (workload->diagnostics != NULL) {
      append_diagnostics(workload);
    }
  }
}

/* ---- what is left ---- */

static void
append_weights(const Workload *workload, GByteArray *bytes)
{
  for (size_t i = 0; i < N_TENSORS; i++) {
    const float *weights = (const float *)(const void *)workload->weight[i];
    for (uint64_t j = 0; j < workload->n[i]; j++) {
      g_assert_true(isfinite(weights[j]));
    }
    g_byte_array_append(bytes, (const guint8 *)workload->weight[i],
                        (guint)(workload->n[i] * sizeof(float)));
  }
}

static void
append_state(const Workload *workload, const char *role, GByteArray *bytes)
{
  for (size_t i = 0; i < N_TENSORS; i++) {
    uint64_t n = 0;
    const void *state = optreg_optimizer_state(workload->optimizer, i, role, &n);
    if (state != NULL && n > 0) {
      g_byte_array_append(bytes, state, (guint)(n * sizeof(float)));
    }
  }
}

static GByteArray *
finish(Workload *workload)
{
  GByteArray *bytes = g_byte_array_new();
  g_autoptr(optreg_error) error = NULL;
  append_weights(workload, bytes);
  append_state(workload, "ema", bytes);
  append_state(workload, "gradient_accumulator", bytes);
  for (size_t i = 0; i < workload->info->n_slots; i++) {
    const optreg_slot_info *slot = &workload->info->slots[i];
    if (g_str_equal(slot->scope, "element") && !slot->is_transient) {
      append_state(workload, slot->name, bytes);
    }
  }
  enter_library(workload);
  optreg_optimizer_finalize(workload->optimizer, &error);
  leave_library(workload);
  assert_no_error(error);
  append_weights(workload, bytes);
  return bytes;
}

/* the second half in a child, which sends its bytes through a pipe */
static GByteArray *
finish_in_child(Workload *workload)
{
  int ends[2];
  g_assert_cmpint(pipe(ends), ==, 0);
  const pid_t child = fork();
  g_assert_cmpint(child, >=, 0);
  if (child == 0) {
    train(workload, N_CALLS / 2);
    g_autoptr(GByteArray) bytes = finish(workload);
    for (gssize sent = 0, n = 1; n > 0 && (guint)sent < bytes->len; sent += n) {
      n = write(ends[1], bytes->data + sent, bytes->len - (guint)sent);
    }
    _exit(0);
  }
  close(ends[1]);
  GByteArray *bytes = g_byte_array_new();
  guint8 buffer[65536];
  for (gssize n = read(ends[0], buffer, sizeof buffer); n > 0;
       n = read(ends[0], buffer, sizeof buffer)) {
    g_byte_array_append(bytes, buffer, (guint)n);
  }
  close(ends[0]);
  int status = 0;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return bytes;
}

bool
workload_machine_runs(const char *level)
{
  unsetenv("OPTREG_ISA");
  g_autoptr(optreg_registry) registry = built_plugins();
  const optreg_optimizer_info *info = optreg_registry_info(registry, "adadelta", NULL);
  for (size_t i = 0; i < info->n_kernels; i++) {
    if (g_str_equal(info->kernels[i].level, level)) {
      return info->kernels[i].is_usable;
    }
  }
  return false;
}

static void
clear(Workload *workload)
{
  optreg_optimizer_free(workload->optimizer);
  for (size_t i = 0; i < N_TENSORS; i++) {
    free_memory(workload, workload->weight[i]);
    free_memory(workload, workload->gradient[i]);
  }
}

GByteArray *
workload_diagnose(const Subject *subject, const Manner *manner,
                  optreg_registry *registry)
{
  Workload workload = { .subject = subject, .manner = manner, .random = 20260801 };
  workload.diagnostics = g_byte_array_new();
  begin(&workload, registry);
  train(&workload, N_CALLS);
  clear(&workload);
  return workload.diagnostics;
}

GByteArray *
workload_run(const Subject *subject, const Manner *manner, optreg_registry *registry)
{
  Workload workload = { .subject = subject, .manner = manner, .random = 20260801 };
  begin(&workload, registry);
  train(&workload, N_CALLS / 2);
  if (!manner->is_forked) {
    train(&workload, N_CALLS / 2);
  }
  GByteArray *bytes = manner->is_forked ? finish_in_child(&workload)
                                        : finish(&workload);
  clear(&workload);
  return bytes;
}
