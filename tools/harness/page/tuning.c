/* SPDX-License-Identifier: MIT */
/* Section: what the trials of tuning say. */
#include "page_private.h"

#include "harness/statistics/expected_best.h"
#include "harness/wording.h"

#include <math.h>

/* mean validation scores of an arm's trials */
typedef struct Trials {
  size_t arm, n;
  double *scores; /* NaN where a run is missing */
} Trials;

static void
trials_clear(void *data)
{
  g_free(((Trials *)data)->scores);
}

static Trials
read_trials(const Page *page, size_t task, size_t arm)
{
  const Experiment *experiment = page->comparison->experiment;
  const GPtrArray *runs = page->comparison->runs;
  Trials trials = { arm, experiment->n_trials,
                    g_new0(double, MAX(experiment->n_trials, 1)) };

  for (guint i = 0; i < runs->len; i++) {
    const Run *run = g_ptr_array_index(runs, i);
    if (run->purpose == RUN_TUNING && run->task == task && run->arm == arm) {
      trials.scores[run->trial] += (run_is_complete(run) ? comparison_score(
                                        page->comparison, run, SPLIT_VALIDATION)
                                                         : NAN)
                                   / experiment->n_tuning_seeds;
    }
  }
  return trials;
}

static GArray *
read_all(const Page *page, size_t task)
{
  const Experiment *experiment = page->comparison->experiment;
  GArray *all = g_array_new(FALSE, FALSE, sizeof(Trials));

  g_array_set_clear_func(all, trials_clear);
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    if (arm_is_tuned(experiment_arm(experiment, arm))) {
      const Trials trials = read_trials(page, task, arm);
      g_array_append_val(all, trials);
    }
  }
  return all;
}

/* "validation accuracy (%)" and the factor to it */
static char *
name_score(const Page *page, size_t task, double *factor)
{
  const ProblemMetric *metric =
      task_metric(experiment_task(page->comparison->experiment, task));
  const bool is_share = (metric->flags & OPTREG_PROBLEM_SHARE) != 0;

  *factor = is_share ? 100.0 : 1.0;
  return g_strdup_printf("%s %s%s", split_name(SPLIT_VALIDATION), metric->name,
                         is_share ? " (%)" : "");
}

/* ---- sensitivity ---- */

static double
value_at(const Arm *arm, const char *key, uint32_t trial)
{
  g_autoptr(GArray) settings = arm_settings(arm, trial);
  const char *text = settings_find(settings, key);
  char *end = NULL;
  const double value = text != NULL ? g_ascii_strtod(text, &end) : NAN;

  return end != NULL && end != text && *end == '\0' ? value : NAN;
}

static int
compare_points(const void *a, const void *b)
{
  const double x = ((const double *)a)[0], y = ((const double *)b)[0];
  return (x > y) - (x < y);
}

/* the trials by rising value of the key; those that do not say it are left out */
static Trace
make_sensitivity(const Page *page, const Trials *trials, const char *key,
                 TraceKind kind, double factor)
{
  const Arm *arm = experiment_arm(page->comparison->experiment, trials->arm);
  g_autofree double *points = g_new(double, 2 * MAX(trials->n, 1));
  size_t n = 0;

  for (uint32_t trial = 0; trial < trials->n; trial++) {
    const double value = value_at(arm, key, trial);
    if (isfinite(value) && isfinite(trials->scores[trial])) {
      points[2 * n] = value;
      points[2 * n++ + 1] = factor * trials->scores[trial];
    }
  }
  qsort(points, n, 2 * sizeof(double), compare_points);
  Trace trace = trace_new(kind, trials->arm, "", n, false);
  for (size_t i = 0; i < n; i++) {
    trace.x[i] = points[2 * i];
    trace.y[i] = points[2 * i + 1];
  }
  return trace;
}

/* -1 when the arm does not tune it */
static int
find_dimension(const Arm *arm, const char *key)
{
  for (size_t i = 0; arm_tuned_key(arm, i) != NULL; i++) {
    if (g_str_equal(arm_tuned_key(arm, i), key)) {
      return (int)i;
    }
  }
  return -1;
}

static void
add_view_of_key(const Page *page, Figure *figure, const GArray *all, const char *key,
                const char *score, double factor)
{
  View *view = figure_add_view(figure, key, score);

  view->is_log_x = true;
  for (guint i = 0; i < all->len; i++) {
    const Trials *trials = &g_array_index(all, Trials, i);
    const Arm *arm = experiment_arm(page->comparison->experiment, trials->arm);
    const int dimension = find_dimension(arm, key);
    if (dimension < 0) {
      continue;
    }
    view->is_log_x = view->is_log_x && !arm_is_tuned_linearly(arm, (size_t)dimension);
    if (arm_tuned_key(arm, 1) == NULL) {
      view_add(view, make_sensitivity(page, trials, key, TRACE_LINE, factor));
    }
    view_add(view, make_sensitivity(page, trials, key, TRACE_POINTS, factor));
  }
}

/* keys of all arms, each once, the learning rate first */
static GPtrArray *
list_keys(const Page *page, const GArray *all)
{
  GPtrArray *keys = g_ptr_array_new();

  for (guint i = 0; i < all->len; i++) {
    const Arm *arm =
        experiment_arm(page->comparison->experiment, g_array_index(all, Trials, i).arm);
    for (size_t k = 0; arm_tuned_key(arm, k) != NULL; k++) {
      const char *key = arm_tuned_key(arm, k);
      if (!g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL)) {
        g_ptr_array_insert(keys, g_str_equal(key, "learning_rate") ? 0 : -1,
                           (gpointer)key);
      }
    }
  }
  return keys;
}

static void
add_sensitivity(Page *page, size_t task, const GArray *all)
{
  g_autoptr(GPtrArray) keys = list_keys(page, all);
  g_autofree char *id = page_id(task, "sensitivity");
  Figure *figure = figure_new(id, "Sensitivity to what was tuned",
                              "A mark is a trial: mean validation score at the end of "
                              "the budget. Flat is easy to tune. Arms with a single "
                              "tuned value have a line.",
                              NULL);
  double factor;
  g_autofree char *score = name_score(page, task, &factor);

  for (guint i = 0; i < keys->len; i++) {
    add_view_of_key(page, figure, all, g_ptr_array_index(keys, i), score, factor);
  }
  page_add_figure(page, figure);
}

/* ---- budget ---- */

static double
find_worst(const GArray *all, double direction)
{
  double worst = INFINITY;

  for (guint i = 0; i < all->len; i++) {
    const Trials *trials = &g_array_index(all, Trials, i);
    for (size_t k = 0; k < trials->n; k++) {
      const double score = direction * trials->scores[k];
      worst = isfinite(score) ? fmin(worst, score) : worst;
    }
  }
  return worst;
}

/* trial 0, the configuration as it is, comes first; the others in any order */
static Trace
make_budget(const Trials *trials, double direction, double worst, double factor)
{
  g_autofree double *best = g_new(double, trials->n);
  Trace trace = trace_new(TRACE_LINE, trials->arm, "", trials->n, false);

  for (size_t i = 0; i < trials->n; i++) {
    const double score = direction * trials->scores[i];
    best[i] = isfinite(score) ? score : worst;
    best[i] = i > 0 ? fmax(best[i], best[0]) : best[i];
  }
  for (size_t i = 0; i < trials->n; i++) {
    trace.x[i] = (double)(i + 1);
    trace.y[i] = factor * direction
                 * (i == 0 ? best[0] : expected_best(best + 1, trials->n - 1, i));
  }
  return trace;
}

static void
add_budget(Page *page, size_t task, const GArray *all)
{
  const double direction =
      analysis_direction(experiment_task(page->comparison->experiment, task));
  const double worst = find_worst(all, direction);
  g_autofree char *id = page_id(task, "tuning");
  Figure *figure = figure_new(id, "What tuning brings",
                              "Expected best validation score after so many trials: "
                              "the first is the configuration as it is, the others "
                              "come in any order.",
                              NULL);
  double factor;
  g_autofree char *score = name_score(page, task, &factor);
  View *view = figure_add_view(figure, "trials", score);

  view->is_whole_x = true;
  for (guint i = 0; i < all->len; i++) {
    view_add(view,
             make_budget(&g_array_index(all, Trials, i), direction, worst, factor));
  }
  page_add_figure(page, figure);
}

void
tuning_add(Page *page, size_t task)
{
  g_autoptr(GArray) all = read_all(page, task);

  if (all->len == 0) {
    return;
  }
  add_sensitivity(page, task, all);
  add_budget(page, task, all);
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    html_add_paragraph(page->html, "doc", wording_tuning(page->comparison, task, arm));
  }
}
