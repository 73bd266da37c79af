/* SPDX-License-Identifier: MIT */
/* The rules. */
#include "findings.h"

#include <math.h>

/* records that a rule needs at least; shares of those that it can judge */
#define LEAST_RECORDS 3
#define MOST_OF_THE_RUN 0.5
#define NEARLY_ALL 0.9

/* an arm's gradients are all clipped when hardly one is not */
#define ALL_CLIPPED 0.99

/* quantiles of rates are at most 3.2 % from where they are, so equal ones are within */
#define ONE_RATE 1.13

/* around the rule of thumb that an update is a thousandth of the weights */
#define LEAST_RATIO 1e-5
#define MOST_RATIO 1e-1

/* ---- shares of the records ---- */

typedef bool (*Test)(const FindingsView *view, size_t record);

typedef struct Share {
  size_t n, n_true;
} Share;

/* of the records where the quantity is known */
static Share
count(const FindingsView *view, Quantity known, Test test)
{
  Share share = { 0, 0 };

  for (size_t i = 0; i < view->n; i++) {
    if (isfinite(view->values[known][i])) {
      share.n++;
      share.n_true += test(view, i);
    }
  }
  return share;
}

static bool
exceeds(Share share, double limit)
{
  return share.n >= LEAST_RECORDS && (double)share.n_true > limit * (double)share.n;
}

static double
percent(Share share)
{
  return 100.0 * (double)share.n_true / (double)share.n;
}

static int
compare(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* of the records where it is known */
static double
median(const FindingsView *view, Quantity quantity)
{
  g_autofree double *values = g_new(double, view->n);
  size_t n = 0;

  for (size_t i = 0; i < view->n; i++) {
    if (isfinite(view->values[quantity][i])) {
      values[n++] = view->values[quantity][i];
    }
  }
  qsort(values, n, sizeof *values, compare);
  return n > 0 ? values[n / 2] : NAN;
}

/* ---- all gradients clipped ---- */

static bool
is_all_clipped(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_CLIP_RATE][record] >= ALL_CLIPPED;
}

static char *
judge_clipping(const FindingsView *view)
{
  const Share share = count(view, QUANTITY_CLIP_RATE, is_all_clipped);

  return exceeds(share, NEARLY_ALL) ? g_strdup_printf(
             "clipping changed all gradients at %.0f %% of the records, "
             "so it sets their length, not the problem",
             percent(share))
                                    : NULL;
}

/* ---- dead ---- */

static bool
is_without_gradient(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_GRADIENT_NORM][record] == 0.0;
}

static char *
judge_gradient(const FindingsView *view)
{
  const Share share = count(view, QUANTITY_GRADIENT_NORM, is_without_gradient);

  return exceeds(share, MOST_OF_THE_RUN) ? g_strdup_printf(
             "every gradient was 0 at %.0f %% of the records", percent(share))
                                         : NULL;
}

static bool
is_without_update(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_UPDATE_NORM][record] == 0.0
         && !is_without_gradient(view, record);
}

static char *
judge_update(const FindingsView *view)
{
  const Share share = count(view, QUANTITY_UPDATE_NORM, is_without_update);

  return exceeds(share, MOST_OF_THE_RUN) ? g_strdup_printf(
             "no weight moved at %.0f %% of the records, though there "
             "were gradients",
             percent(share))
                                         : NULL;
}

/* ---- epsilon dominates ----
 *
 * What an optimizer divides by is a root of averaged squares, plus epsilon. Epsilon is
 * the larger one where all elements have the same effective learning rate, though their
 * gradients differ; with momentum that cannot be seen, but gradients below epsilon can,
 * and they are below it whether it stands behind the root or in it. */

static bool
has_one_rate(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_RATE_95][record]
         <= ONE_RATE * view->values[QUANTITY_RATE_5][record];
}

static bool
is_below_epsilon(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_GRADIENT_RMS][record]
         < view->values[QUANTITY_EPSILON][record];
}

static bool
is_dominated(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_EPSILON][record] > 0.0
         && view->values[QUANTITY_UPDATE_NORM][record] > 0.0
         && (has_one_rate(view, record) || is_below_epsilon(view, record));
}

static char *
judge_epsilon(const FindingsView *view)
{
  const Share share = count(view, QUANTITY_RATE_50, is_dominated);

  return exceeds(share, MOST_OF_THE_RUN) ? g_strdup_printf(
             "epsilon (%g) outweighs the gradients (root mean square "
             "%.2g) at %.0f %% of the records: all elements have about "
             "the learning rate %.2g, as plain descent would",
             median(view, QUANTITY_EPSILON), median(view, QUANTITY_GRADIENT_RMS),
             percent(share), median(view, QUANTITY_RATE_50))
                                         : NULL;
}

/* ---- updates of unusual size ---- */

static bool
is_small(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_UPDATE_RATIO][record] < LEAST_RATIO
         && view->values[QUANTITY_UPDATE_NORM][record] > 0.0;
}

static bool
is_large(const FindingsView *view, size_t record)
{
  return view->values[QUANTITY_UPDATE_RATIO][record] > MOST_RATIO;
}

static char *
judge_size(const FindingsView *view, Test test)
{
  const Share share = count(view, QUANTITY_UPDATE_RATIO, test);

  return exceeds(share, MOST_OF_THE_RUN) ? g_strdup_printf(
             "an update is %.1g of the weights (median; usual is 1e-3, "
             "from 1e-5 to 1e-1)",
             median(view, QUANTITY_UPDATE_RATIO))
                                         : NULL;
}

static char *
judge_small(const FindingsView *view)
{
  return judge_size(view, is_small);
}

static char *
judge_large(const FindingsView *view)
{
  return judge_size(view, is_large);
}

/* ---- the table ---- */

static const struct {
  const char *name;
  char *(*judge)(const FindingsView *view);
  const char *remedy;
} rules[] = {
  { "all-clipped", judge_clipping,
    "raise the clip bound (clipnorm, global_clipnorm, clipvalue), or take it away and "
    "choose the learning rate for the gradients as they are" },
  { "no-gradient", judge_gradient,
    "see whether the loss depends on these parameters, and whether units before them "
    "are "
    "dead (initial weights, a learning rate that was too large)" },
  { "no-update", judge_update,
    "raise the learning rate, or learning_rate_multiplier of the group; an update "
    "below "
    "half a unit in the weights' last place is lost" },
  { "epsilon-dominates", judge_epsilon,
    "lower epsilon below the size of the gradients, or see whether the loss is scaled "
    "down" },
  { "small-updates", judge_small, "raise the learning rate" },
  { "large-updates", judge_large,
    "lower the learning rate, begin with a warm-up, or clip the gradients" },
};

size_t
findings_n_rules(void)
{
  return G_N_ELEMENTS(rules);
}

const char *
findings_rule(size_t rule)
{
  return rules[rule].name;
}

char *
findings_judge(size_t rule, const FindingsView *view)
{
  return rules[rule].judge(view);
}

static void
clear_finding(void *data)
{
  g_free(((Finding *)data)->text);
}

/* true when there is one */
static bool
add_finding(GArray *findings, const DiagnosticsCurves *curves, size_t rule, size_t part)
{
  FindingsView view = { .n = curves->n };

  for (size_t i = 0; i < N_QUANTITIES; i++) {
    view.values[i] = curves->parts[part].curves[i].mean;
  }
  const Finding finding = { rules[rule].name, part, findings_judge(rule, &view),
                            rules[rule].remedy };
  if (finding.text == NULL) {
    return false;
  }
  g_array_append_val(findings, finding);
  return true;
}

GArray *
findings_of_curves(const DiagnosticsCurves *curves)
{
  GArray *findings = g_array_new(FALSE, FALSE, sizeof(Finding));

  g_array_set_clear_func(findings, clear_finding);
  for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
    if (add_finding(findings, curves, rule, 0)) {
      continue;
    }
    for (size_t part = 1; part < curves->n_parts; part++) {
      add_finding(findings, curves, rule, part);
    }
  }
  return findings;
}
