/* SPDX-License-Identifier: MIT */
/* The control against itself. */
#include "calibration.h"

#include "analysis.h"
#include "identity.h"
#include "random.h"
#include "statistics/sample.h"
#include "statistics/sign_flip.h"
#include "support/json_get.h"
#include "support/json_text.h"
#include "support/member.h"

#include <math.h>

#define FLOOR_LEVEL 0.95

/* differences of one pairing: 10 of the shuffled scores minus the 10 behind them */
static void
draw_pairing(const double *scores, size_t n, uint32_t pairing, double *differences)
{
  g_autofree uint32_t *order = g_new(uint32_t, n);
  RandomStream stream = random_stream(RANDOM_ROOT, "calibration", (uint32_t)n,
                                      RANDOM_STATISTICS, pairing);

  for (size_t i = 0; i < n; i++) {
    order[i] = (uint32_t)i;
  }
  random_shuffle(&stream, order, n);
  for (size_t i = 0; i < CALIBRATION_SIDE; i++) {
    differences[i] = scores[order[i]] - scores[order[CALIBRATION_SIDE + i]];
  }
}

Calibration
calibration_of(const double *scores, size_t n, double alpha)
{
  const double smallest = sign_flip_smallest_p(CALIBRATION_SIDE);
  Calibration calibration = { .n_streams = n, .alpha = alpha, .noise_floor = NAN };
  double means[CALIBRATION_PAIRINGS];

  calibration.expected_share = (ceil(alpha / smallest) - 1.0) * smallest;
  if (n < 2 * CALIBRATION_SIDE) {
    return calibration;
  }
  for (uint32_t i = 0; i < CALIBRATION_PAIRINGS; i++) {
    double differences[CALIBRATION_SIDE];
    draw_pairing(scores, n, i, differences);
    g_autoptr(SignFlip) test = sign_flip_new(differences, CALIBRATION_SIDE);
    calibration.n_false += sign_flip_p(test, 0.0) < alpha;
    means[i] = fabs(statistics_mean(differences, CALIBRATION_SIDE));
  }
  calibration.n_pairings = CALIBRATION_PAIRINGS;
  calibration.false_share = (double)calibration.n_false / CALIBRATION_PAIRINGS;
  calibration.noise_floor = statistics_select(
      means, CALIBRATION_PAIRINGS, (size_t)(FLOOR_LEVEL * CALIBRATION_PAIRINGS) - 1);
  return calibration;
}

Calibration
calibration_of_task(const Comparison *comparison, const GPtrArray *runs, size_t task)
{
  g_autofree double *scores = g_new(double, MAX(runs->len, 1));
  const Split split = experiment_task(comparison->experiment, task)->split;
  size_t n = 0;

  for (guint i = 0; i < runs->len; i++) {
    const Run *run = g_ptr_array_index(runs, i);
    if (run->task != task || !run_is_complete(run)) {
      continue;
    }
    const double score = comparison_score(comparison, run, split);
    if (isfinite(score)) {
      scores[n++] = score;
    }
  }
  return calibration_of(scores, n, comparison->experiment->alpha);
}

/* ---- the file ---- */

/* what it holds for: the problem, the metric, the control as it runs */
static char *
identify(const Comparison *comparison, size_t task)
{
  const Run run = {
    .task = task,
    .arm = comparison->experiment->control,
    .trial = comparison_site(comparison, task, comparison->experiment->control)->trial
  };
  const Task *row = experiment_task(comparison->experiment, task);
  char key[65];

  identity_of_run(comparison, &run, key);
  return g_strdup_printf("%s %s %s", key, task_metric(row)->name,
                         split_name(row->split));
}

static char *
path_of(const Comparison *comparison)
{
  return g_build_filename(comparison->directory, "calibration.json", NULL);
}

bool
calibration_write(const Comparison *comparison, const Calibration *calibrations,
                  GError **error)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autofree char *path = path_of(comparison);

  json_builder_begin_object(builder);
  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    const Calibration *row = &calibrations[i];
    g_autofree char *identity = identify(comparison, i);
    member_begin(builder, experiment_task(comparison->experiment, i)->name);
    member_add_text(builder, "of", identity);
    member_add_count(builder, "streams", row->n_streams);
    member_add_count(builder, "pairings", row->n_pairings);
    member_add_number(builder, "alpha", row->alpha);
    member_add_count(builder, "false_positives", row->n_false);
    member_add_number(builder, "false_positive_rate", row->false_share);
    member_add_number(builder, "expected_rate", row->expected_share);
    member_add_number(builder, "noise_floor", row->noise_floor);
    json_builder_end_object(builder);
  }
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  return json_text_write_file(path, root, error);
}

bool
calibration_read(const Comparison *comparison, size_t task, Calibration *calibration)
{
  g_autofree char *path = path_of(comparison);
  g_autofree char *identity = identify(comparison, task);
  g_autoptr(JsonObject) object = json_text_read_file_object(path);
  const char *name = experiment_task(comparison->experiment, task)->name;

  JsonObject *row = json_get_object(object, name);
  if (!g_str_equal(json_get_text(row, "of"), identity)) {
    return false;
  }
  *calibration = (Calibration){
    .n_streams = (size_t)json_get_count(row, "streams"),
    .n_pairings = (size_t)json_get_count(row, "pairings"),
    .n_false = (size_t)json_get_count(row, "false_positives"),
    .alpha = json_get_number(row, "alpha", NAN),
    .false_share = json_get_number(row, "false_positive_rate", NAN),
    .expected_share = json_get_number(row, "expected_rate", NAN),
    .noise_floor = json_get_number(row, "noise_floor", NAN),
  };
  return calibration->n_pairings > 0;
}
