/* SPDX-License-Identifier: MIT */
/* Results in words. */
#include "wording.h"

#include "support/format.h"

#include <math.h>

static bool
is_share(const ProblemMetric *metric)
{
  return (metric->flags & OPTREG_PROBLEM_SHARE) != 0;
}

char *
wording_value(const ProblemMetric *metric, double value)
{
  if (isnan(value)) {
    return g_strdup("-");
  }
  return is_share(metric) ? g_strdup_printf("%.2f %%", 100.0 * value)
                          : g_strdup_printf("%.4g", value);
}

char *
wording_score(const ProblemMetric *metric, double mean, double deviation,
              const char *plus_minus)
{
  if (!isfinite(deviation)) {
    return wording_value(metric, mean);
  }
  return is_share(metric)
             ? g_strdup_printf("%.2f %s %.2f %%", 100.0 * mean, plus_minus,
                               100.0 * deviation)
             : g_strdup_printf("%.4g %s %.2g", mean, plus_minus, deviation);
}

static char *
bare_difference(const ProblemMetric *metric, double difference)
{
  /* no "-0.00" */
  const double shown = is_share(metric) ? rint(1e4 * difference) / 100.0 : difference;

  return is_share(metric) ? g_strdup_printf("%+.2f", shown + 0.0)
                          : g_strdup_printf("%+.3g", shown + 0.0);
}

char *
wording_difference(const ProblemMetric *metric, double difference)
{
  g_autofree char *text = bare_difference(metric, difference);

  return isnan(difference) ? g_strdup("-")
                           : g_strconcat(text, is_share(metric) ? " pp" : "", NULL);
}

char *
wording_metric(const Task *task)
{
  return g_strdup_printf("%s %s", split_name(task->split), task_metric(task)->name);
}

/* differences count positive where better; here they are arm minus control */
static char *
describe_interval(const Task *task, Interval interval)
{
  const double direction = analysis_direction(task);
  const double a = direction * interval.low, b = direction * interval.high;
  g_autofree char *low = bare_difference(task_metric(task), fmin(a, b));
  g_autofree char *high = bare_difference(task_metric(task), fmax(a, b));

  return g_strdup_printf("[%s, %s]", low, high);
}

/* "sgd is better than adadelta" */
static char *
describe_verdict(const Verdict *verdict, const char *arm, const char *control)
{
  static const char *const formats[] = {
    [VERDICT_NONE] = "%s against %s: no verdict",
    [VERDICT_IDENTICAL] = "%s is identical to %s",
    [VERDICT_BETTER] = "%s is better than %s",
    [VERDICT_WORSE] = "%s is worse than %s",
    [VERDICT_EQUIVALENT] = "%s is equivalent to %s",
    [VERDICT_INCONCLUSIVE] = "%s against %s is inconclusive",
  };
  g_autofree char *count = format_count(verdict->n_needed);
  g_autofree char *needed = verdict->n_needed == 0 ? g_strdup("")
                            : verdict->kind == VERDICT_NONE
                                ? g_strdup_printf(" (needs at least %s seeds)", count)
                                : g_strdup_printf(" (needs about %s seeds)", count);
  g_auto(GStrv) parts = g_strsplit(formats[verdict->kind], "%s", -1);

  return g_strconcat(parts[0], arm, parts[1], control, parts[2], needed, NULL);
}

/* without blanks around the sign, so that no line ends there */
static char *
describe_p(const Comparison *comparison, const Analysis *analysis, const Pair *pair)
{
  const char *sign = pair->is_exact ? "=" : g_get_charset(NULL) ? "≈" : "~";
  g_autofree char *corrected = comparison_n_arms(comparison) > 2 ? g_strdup_printf(
                                   " (%.3g over all arms)", pair->p_arms)
                                                                 : g_strdup("");

  return g_strdup_printf("p%s%.3g%s against %.3g (look %u)", sign, pair->p, corrected,
                         analysis->alpha, analysis->look);
}

static char *
describe_numbers(const Comparison *comparison, const Analysis *analysis,
                 const Pair *pair)
{
  const Task *task = experiment_task(comparison->experiment, pair->task);
  const double direction = analysis_direction(task);
  g_autofree char *difference =
      wording_difference(task_metric(task), direction * pair->estimate);
  g_autofree char *interval = describe_interval(task, pair->interval);
  g_autofree char *p = describe_p(comparison, analysis, pair);

  return g_strdup_printf("%s %s, %s, better with %zu of %zu seeds", difference,
                         interval, p, pair->n_better, pair->n);
}

char *
wording_pair(const Comparison *comparison, const Analysis *analysis, const Pair *pair)
{
  const Experiment *experiment = comparison->experiment;
  const char *arm = arm_name(experiment_arm(experiment, pair->arm));
  const char *control = arm_name(experiment_arm(experiment, experiment->control));
  const VerdictKind kind = pair->verdict.kind;
  g_autofree char *verdict = describe_verdict(&pair->verdict, arm, control);

  if (pair->n == 0) {
    return g_strdup_printf("%s against %s: there is no seed that both completed", arm,
                           control);
  }
  if (kind == VERDICT_IDENTICAL) {
    return g_strdup_printf("%s: the same weights, bit for bit, with each of %zu seeds",
                           verdict, pair->n);
  }
  g_autofree char *numbers = describe_numbers(comparison, analysis, pair);
  return g_strdup_printf(
      "%s%s: %s", verdict,
      pair->is_tuned || kind == VERDICT_NONE ? "" : " at these settings (untuned)",
      numbers);
}

char *
wording_method(const Comparison *comparison, const Analysis *analysis)
{
  const Experiment *experiment = comparison->experiment;
  const bool has_many = comparison_n_arms(comparison) > 2;

  return g_strdup_printf(
      "Look %u: tested at %.3g, so that all looks together err in at most %.3g %% of "
      "cases; intervals of %.4g %%; paired sign-flip test%s%s.",
      analysis->look, analysis->alpha, 100.0 * experiment->alpha,
      100.0 * (1.0 - analysis->alpha), has_many ? ", corrected over arms by " : "",
      !has_many             ? ""
      : experiment->is_holm ? "Holm"
                            : "max-T");
}

char *
wording_changes(const Manifest *manifest)
{
  const char *const *changes = manifest_changes(manifest);
  g_autofree char *all = g_strjoinv("; ", (char **)changes);

  return changes[0] != NULL
             ? g_strdup_printf("Exploratory: since the first look %s.", all)
             : NULL;
}

char *
wording_calibration(const Comparison *comparison, size_t task)
{
  Calibration row;

  if (!calibration_read(comparison, task, &row)) {
    return NULL;
  }
  const Task *place = experiment_task(comparison->experiment, task);
  g_autofree char *noise = wording_difference(task_metric(place), row.noise_floor);
  const char *name =
      arm_name(experiment_arm(comparison->experiment, comparison->experiment->control));
  return g_strdup_printf("Calibration: %s against itself on other seeds is called "
                         "different in %.1f %% of %zu "
                         "pairings (p < %.3g; expected %.1f %%); 10 seeds differ by up "
                         "to %s from noise alone.",
                         name, 100.0 * row.false_share, row.n_pairings, row.alpha,
                         100.0 * row.expected_share,
                         noise[0] == '+' ? noise + 1 : noise);
}

char *
wording_tuning(const Comparison *comparison, size_t task, size_t arm)
{
  const Experiment *experiment = comparison->experiment;
  const Arm *row = experiment_arm(experiment, arm);
  const uint32_t trial = comparison_site(comparison, task, arm)->trial;

  if (!arm_is_tuned(row)) {
    return NULL;
  }
  g_autofree char *point = arm_describe_trial(row, trial);
  return g_strdup_printf("%s tuned: %s (trial %u of 0 to %u)", arm_name(row), point,
                         trial, experiment->n_trials - 1);
}

char *
wording_finding(const Comparison *comparison, size_t arm,
                const DiagnosticsCurves *curves, const Finding *finding)
{
  g_autofree char *part = diagnostics_curves_part(
      curves, finding->part, arm_name(experiment_arm(comparison->experiment, arm)));

  return g_strdup_printf("%s: %s; %s", part, finding->text, finding->remedy);
}

char *
wording_times(const Comparison *comparison, const Analysis *analysis, size_t task,
              size_t arm)
{
  size_t n;
  g_autofree TargetTime *times = analysis_times(analysis, comparison, task, arm, &n);
  const TargetSummary summary = target_summarize(times, n);

  if (n == 0) {
    return NULL;
  }
  g_autofree char *median = isfinite(summary.median)
                                ? g_strdup_printf(", median %.3g s", summary.median)
                                : g_strdup("");
  return g_strdup_printf("reached in %zu of %zu runs%s", summary.n_reached, n, median);
}
