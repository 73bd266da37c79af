/* SPDX-License-Identifier: MIT */
/* The rules of verdicts. */
#include "verdict.h"

#include "plan.h"

#include <math.h>

static bool
is_inside(Interval interval, double least_effect)
{
  return interval.low > -least_effect && interval.high < least_effect;
}

static VerdictKind
judge(const Evidence *evidence)
{
  if (evidence->is_identical) {
    return VERDICT_IDENTICAL;
  }
  if (evidence->n < evidence->least_seeds) {
    return VERDICT_NONE;
  }
  if (evidence->p < evidence->alpha
      && fabs(evidence->estimate) >= evidence->least_effect) {
    return evidence->estimate > 0.0 ? VERDICT_BETTER : VERDICT_WORSE;
  }
  return is_inside(evidence->equivalent, evidence->least_effect) ? VERDICT_EQUIVALENT
                                                                 : VERDICT_INCONCLUSIVE;
}

/* seeds with which the interval around the estimate would fit between the effects */
static double
seeds_to_fit(const Evidence *evidence)
{
  const double room = evidence->least_effect - fabs(evidence->estimate);
  const double width = 0.5 * (evidence->equivalent.high - evidence->equivalent.low);

  return room > 0.0 && evidence->p < evidence->alpha
             ? (double)evidence->n * (width / room) * (width / room)
             : 0.0;
}

/* those that find the least effect, but a quarter more than there are */
static size_t
count_needed(const Evidence *evidence)
{
  const size_t n = evidence->n;
  const size_t planned =
      plan_seeds(evidence->deviation, evidence->least_effect, 0.5 * evidence->alpha);
  const double needed =
      fmax(fmax((double)planned, seeds_to_fit(evidence)), (double)(n + (n + 3) / 4));

  return planned > 0 && needed < 1e6 ? (size_t)ceil(needed) : 0;
}

Verdict
verdict_of(const Evidence *evidence)
{
  Verdict verdict = { judge(evidence), 0 };

  if (verdict.kind == VERDICT_NONE) {
    verdict.n_needed = evidence->least_seeds;
  }
  if (verdict.kind == VERDICT_INCONCLUSIVE) {
    verdict.n_needed = count_needed(evidence);
  }
  return verdict;
}

const char *
verdict_name(VerdictKind kind)
{
  static const char *const names[] = { "none",  "identical",  "better",
                                       "worse", "equivalent", "inconclusive" };
  return names[kind];
}

const char *
verdict_words(VerdictKind kind)
{
  return kind == VERDICT_NONE ? "no verdict" : verdict_name(kind);
}
