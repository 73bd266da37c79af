/* SPDX-License-Identifier: MIT */
/* Tests of every arm against the control. */
#include "analysis_private.h"

#include "identity.h"
#include "statistics/bootstrap.h"
#include "statistics/correction.h"
#include "statistics/plan.h"
#include "statistics/ranks.h"
#include "statistics/sample.h"

#include <math.h>
#include <string.h>

/* scores of an arm and the control, by seed */
typedef struct Scores {
  double *arm, *control;
  size_t n;
} Scores;

static void
scores_clear(Scores *scores)
{
  g_free(scores->arm);
  g_free(scores->control);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scores, scores_clear)

static bool
have_equal_weights(const Run *a, const Run *b)
{
  return a->last.weights[0] != '\0' && strcmp(a->last.weights, b->last.weights) == 0;
}

/* true when the weights of every seed are the same bits */
static bool
collect(const Comparison *comparison, Pair *pair, double worst, Scores *scores)
{
  const Experiment *experiment = comparison->experiment;
  const double direction = analysis_direction(experiment_task(experiment, pair->task));
  size_t n_identical = 0;

  for (size_t i = 0; i < experiment->n_seeds; i++) {
    const Run *a = comparison_run(comparison, pair->task, pair->arm, i);
    const Run *b = comparison_run(comparison, pair->task, experiment->control, i);
    pair->differences[i] = NAN;
    if (a == NULL || b == NULL || !run_is_complete(a) || !run_is_complete(b)) {
      continue;
    }
    scores->arm[scores->n] = direction * analysis_finite_score(comparison, a, worst);
    scores->control[scores->n] = direction
                                 * analysis_finite_score(comparison, b, worst);
    pair->differences[i] = scores->arm[scores->n] - scores->control[scores->n];
    scores->n++;
    n_identical += have_equal_weights(a, b);
  }
  return scores->n > 0 && n_identical == scores->n;
}

static double
variance(const double *values, size_t n)
{
  const double deviation = statistics_deviation(values, n);
  return deviation * deviation;
}

/* all of a pair but what depends on the other arms */
static void
test_pair(Pair *pair, const Scores *scores, double alpha)
{
  const size_t n = scores->n;
  g_autofree double *differences = g_new(double, MAX(n, 1));

  for (size_t i = 0; i < n; i++) {
    differences[i] = scores->arm[i] - scores->control[i];
  }
  const PairedDifference counts = statistics_pair(scores->control, scores->arm, n);
  pair->n = n;
  pair->n_better = counts.n_larger;
  pair->n_worse = counts.n_smaller;
  pair->n_equal = counts.n_equal;
  pair->estimate = counts.mean;
  pair->deviation = statistics_deviation(differences, n);
  pair->variance_ratio = pair->deviation * pair->deviation
                         / (variance(scores->arm, n) + variance(scores->control, n));
  if (n == 0) {
    return;
  }
  g_autoptr(SignFlip) test = sign_flip_new(differences, n);
  pair->p = pair->p_arms = sign_flip_p(test, 0.0);
  pair->is_exact = sign_flip_is_exact(test);
  pair->interval = sign_flip_interval(test, alpha);
  pair->equivalent = sign_flip_interval(test, 2.0 * alpha);
  pair->bca = bootstrap_bca(differences, n, alpha);
  pair->hodges_lehmann = ranks_hodges_lehmann(differences, n);
  pair->wilcoxon_p = ranks_wilcoxon_p(differences, n);
}

static void
correct(const Comparison *comparison, Pair *pairs, size_t n_pairs)
{
  const size_t n_seeds = comparison->experiment->n_seeds;
  g_autofree double *p = g_new(double, MAX(n_pairs, 1));
  g_autofree double *table = g_new(double, MAX(n_pairs * n_seeds, 1));

  for (size_t i = 0; i < n_pairs; i++) {
    p[i] = pairs[i].p;
    memcpy(table + i * n_seeds, pairs[i].differences, n_seeds * sizeof(double));
  }
  if (comparison->experiment->is_holm) {
    correction_holm(p, n_pairs, p);
  } else if (n_pairs > 1) {
    correction_max_t(table, n_pairs, n_seeds, p);
  }
  for (size_t i = 0; i < n_pairs; i++) {
    pairs[i].p_arms = pairs[i].n > 0 ? p[i] : NAN;
  }
}

static void
judge(const Comparison *comparison, Analysis *analysis, Pair *pair, size_t n_pairs,
      bool is_identical)
{
  const Experiment *experiment = comparison->experiment;
  const Evidence evidence = {
    .n = pair->n,
    .is_identical = is_identical,
    .estimate = pair->estimate,
    .deviation = pair->deviation,
    .p = pair->p_arms,
    .equivalent = pair->equivalent,
    .alpha = analysis->alpha,
    .least_seeds = plan_least_seeds(analysis->alpha, experiment->is_holm ? n_pairs : 1),
    .least_effect = experiment_task(experiment, pair->task)->least_effect,
  };

  pair->p_looks = fmin(1.0, ldexp(pair->p_arms, (int)analysis->look));
  pair->is_tuned = arm_is_tuned(experiment_arm(experiment, pair->arm))
                   && arm_is_tuned(experiment_arm(experiment, experiment->control));
  pair->verdict = verdict_of(&evidence);
}

static void
analyse_task(const Comparison *comparison, Analysis *analysis, size_t task)
{
  const Experiment *experiment = comparison->experiment;
  const size_t n_pairs = comparison_n_arms(comparison) - 1;
  const double worst = analysis_worst_seen(comparison, task);
  Pair *pairs = analysis->pairs + task * n_pairs;
  g_autofree bool *is_identical = g_new0(bool, MAX(n_pairs, 1));
  size_t k = 0;

  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    if (arm == experiment->control) {
      continue;
    }
    g_auto(Scores) scores = { g_new(double, experiment->n_seeds),
                              g_new(double, experiment->n_seeds), 0 };
    pairs[k] = (Pair){ .task = task, .arm = arm, .estimate = NAN, .p = NAN };
    pairs[k].differences = g_new(double, experiment->n_seeds);
    is_identical[k] = collect(comparison, &pairs[k], worst, &scores);
    test_pair(&pairs[k], &scores, analysis->alpha);
    k++;
  }
  correct(comparison, pairs, n_pairs);
  for (k = 0; k < n_pairs; k++) {
    judge(comparison, analysis, &pairs[k], n_pairs, is_identical[k]);
  }
}

/* ---- everything ---- */

static int
compare_keys(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *
analysis_data(const Comparison *comparison)
{
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    if (run->purpose == RUN_EVALUATION && run_is_complete(run)) {
      char key[65];
      identity_of_result(comparison, run, key);
      g_ptr_array_add(keys, g_strdup(key));
    }
  }
  g_ptr_array_sort(keys, compare_keys);
  for (guint i = 0; i < keys->len; i++) {
    g_checksum_update(sum, g_ptr_array_index(keys, i), -1);
  }
  return g_strdup(g_checksum_get_string(sum));
}

Analysis *
analysis_new(const Comparison *comparison, unsigned look)
{
  const size_t n_tasks = comparison_n_tasks(comparison);
  const size_t n_arms = comparison_n_arms(comparison);
  Analysis *analysis = g_new0(Analysis, 1);

  analysis->look = look;
  analysis->alpha = plan_alpha_of_look(comparison->experiment->alpha, look);
  analysis->n_pairs = n_tasks * (n_arms - 1);
  analysis->pairs = g_new0(Pair, MAX(analysis->n_pairs, 1));
  for (size_t task = 0; task < n_tasks; task++) {
    analyse_task(comparison, analysis, task);
  }
  analysis_time(comparison, analysis);
  return analysis;
}

void
analysis_free(Analysis *analysis)
{
  if (analysis != NULL) {
    for (size_t i = 0; i < analysis->n_pairs; i++) {
      g_free(analysis->pairs[i].differences);
    }
    g_free(analysis->pairs);
    g_free(analysis->times);
    g_free(analysis->steps);
    g_free(analysis->targets);
    g_free(analysis);
  }
}
