/* SPDX-License-Identifier: MIT */
/* cost.json. */
#include "cost.h"

#include "harness/identity.h"
#include "support/json_get.h"
#include "support/json_text.h"
#include "support/member.h"
#include "words.h"

#include <math.h>
#include <optreg/optreg.h>
#include <stddef.h>

/* raise it when costs are measured differently */
#define COST_VERSION "1"

/* a member and where it is kept */
typedef struct Member {
  const char *name;
  size_t offset;
} Member;

static const Member row_numbers[] = {
  { "step_ns", offsetof(CostRow, step_ns) },
  { "ns_per_parameter", offsetof(CostRow, ns) },
  { "state_bytes_per_parameter", offsetof(CostRow, state_bytes) },
  { "moved_bytes_per_parameter", offsetof(CostRow, bytes_moved) },
  { "gigabytes_per_s", offsetof(CostRow, gigabytes_per_s) },
  { "gradient_ns", offsetof(CostRow, gradient_ns) },
  { "share_of_training_step", offsetof(CostRow, share) },
  { "ratio", offsetof(CostRow, ratio) },
  { "ratio_low", offsetof(CostRow, interval.low) },
  { "ratio_high", offsetof(CostRow, interval.high) },
};

static const Member row_counts[] = {
  { "trained_steps", offsetof(CostRow, trained) },
  { "recorded_gradients", offsetof(CostRow, n_recorded) },
  { "calls_per_block", offsetof(CostRow, n_calls) },
};

static const Member task_numbers[] = {
  { "noise_ratio", offsetof(CostTask, noise) },
  { "noise_ratio_low", offsetof(CostTask, noise_interval.low) },
  { "noise_ratio_high", offsetof(CostTask, noise_interval.high) },
  { "noise_floor", offsetof(CostTask, noise_floor) },
  { "load_of_others", offsetof(CostTask, others) },
};

static double *
number_in(const void *base, const Member *member)
{
  return (double *)((char *)base + member->offset);
}

static uint64_t *
count_in(const void *base, const Member *member)
{
  return (uint64_t *)((char *)base + member->offset);
}

static char *
path_of(const Comparison *comparison)
{
  return g_build_filename(comparison->directory, "cost.json", NULL);
}

/* what a row holds for: all that a run of the arm depends on but its seed */
static char *
identify(const Comparison *comparison, size_t task, size_t arm)
{
  const Run run = { .task = task,
                    .arm = arm,
                    .trial = comparison_site(comparison, task, arm)->trial };
  char key[65];

  identity_of_run(comparison, &run, key);
  return g_strdup_printf("%s %s", COST_VERSION, key);
}

/* ---- writing ---- */

static void
add_numbers(JsonBuilder *builder, const void *base, const Member *members, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    member_add_number(builder, members[i].name, *number_in(base, &members[i]));
  }
}

static void
add_row(JsonBuilder *builder, const Comparison *comparison, size_t task, size_t arm,
        const CostTask *measured)
{
  const CostRow *row = &measured->rows[arm];
  g_autofree char *identity = identify(comparison, task, arm);
  g_autofree char *sentence = cost_words_arm(comparison, measured, arm);

  member_begin(builder, arm_name(experiment_arm(comparison->experiment, arm)));
  member_add_text(builder, "of", identity);
  if (row->reason != NULL) {
    member_add_text(builder, "reason", row->reason);
  }
  if (sentence != NULL) {
    member_add_text(builder, "sentence", sentence);
  }
  add_numbers(builder, row, row_numbers, G_N_ELEMENTS(row_numbers));
  for (size_t i = 0; i < G_N_ELEMENTS(row_counts); i++) {
    member_add_count(builder, row_counts[i].name, *count_in(row, &row_counts[i]));
  }
  json_builder_end_object(builder);
}

void
cost_add_task(JsonBuilder *builder, const Comparison *comparison, size_t index,
              const CostTask *task)
{
  g_autofree char *noise = cost_words_noise(comparison, task);
  g_autofree char *identity =
      identify(comparison, index, comparison->experiment->control);

  json_builder_begin_object(builder);
  member_add_text(builder, "of", identity);
  member_add_text(builder, "optreg", optreg_version());
  member_add_text(builder, "machine", task->machine != NULL ? task->machine : "");
  member_add_count(builder, "parameters", task->n_parameters);
  member_add_count(builder, "blocks", task->n_blocks);
  add_numbers(builder, task, task_numbers, G_N_ELEMENTS(task_numbers));
  member_add_text(builder, "sentence", noise);
  member_begin(builder, "arms");
  for (size_t arm = 0; arm < task->n_arms; arm++) {
    add_row(builder, comparison, index, arm, task);
  }
  json_builder_end_object(builder);
  json_builder_end_object(builder);
}

bool
cost_write(const Comparison *comparison, const Cost *cost, GError **error)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autofree char *path = path_of(comparison);

  json_builder_begin_object(builder);
  for (size_t i = 0; i < cost->n_tasks; i++) {
    if (cost->tasks[i] != NULL) {
      json_builder_set_member_name(builder,
                                   experiment_task(comparison->experiment, i)->name);
      cost_add_task(builder, comparison, i, cost->tasks[i]);
    }
  }
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_text_write_file(path, root, error);
}

/* ---- reading ---- */

/* null stands for what is not known */
static void
read_numbers(JsonObject *object, void *base, const Member *members, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    *number_in(base, &members[i]) = json_get_number(object, members[i].name, NAN);
  }
}

static void
read_row(JsonObject *arms, const Comparison *comparison, size_t task, size_t arm,
         CostRow *row)
{
  JsonObject *object =
      json_get_object(arms, arm_name(experiment_arm(comparison->experiment, arm)));
  g_autofree char *identity = identify(comparison, task, arm);

  if (object == NULL || !g_str_equal(json_get_text(object, "of"), identity)) {
    row->reason =
        g_strdup(object == NULL ? "not measured yet" : "changed since it was measured");
    return;
  }
  const char *reason = json_get_text(object, "reason");
  row->reason = reason[0] != '\0' ? g_strdup(reason) : NULL;
  read_numbers(object, row, row_numbers, G_N_ELEMENTS(row_numbers));
  for (size_t i = 0; i < G_N_ELEMENTS(row_counts); i++) {
    *count_in(row, &row_counts[i]) = json_get_count(object, row_counts[i].name);
  }
}

static CostTask *
read_task(JsonObject *root, const Comparison *comparison, size_t index)
{
  JsonObject *object =
      json_get_object(root, experiment_task(comparison->experiment, index)->name);
  g_autofree char *identity =
      identify(comparison, index, comparison->experiment->control);

  if (object == NULL || !g_str_equal(json_get_text(object, "of"), identity)) {
    return NULL;
  }
  CostTask *task = cost_task_new(comparison_n_arms(comparison));
  task->machine = g_strdup(json_get_text(object, "machine"));
  task->n_parameters = json_get_count(object, "parameters");
  task->n_blocks = (size_t)json_get_count(object, "blocks");
  read_numbers(object, task, task_numbers, G_N_ELEMENTS(task_numbers));
  for (size_t arm = 0; arm < task->n_arms; arm++) {
    read_row(json_get_object(object, "arms"), comparison, index, arm, &task->rows[arm]);
  }
  return task;
}

Cost *
cost_read(const Comparison *comparison)
{
  g_autofree char *path = path_of(comparison);
  g_autoptr(JsonObject) root = json_text_read_file_object(path);
  g_autoptr(Cost) cost = cost_new(comparison);
  bool is_there = false;

  for (size_t i = 0; root != NULL && i < cost->n_tasks; i++) {
    cost->tasks[i] = read_task(root, comparison, i);
    is_there = is_there || cost->tasks[i] != NULL;
  }
  return is_there ? g_steal_pointer(&cost) : NULL;
}
