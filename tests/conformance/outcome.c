/* SPDX-License-Identifier: MIT */
/* What came out of one case: distances, departures, the first failure. */
#include "outcome.h"

Outcome *
outcome_new(const char *id)
{
  Outcome *outcome = g_new0(Outcome, 1);
  outcome->id = id;
  return outcome;
}

void
outcome_free(Outcome *outcome)
{
  for (size_t i = 0; i < N_TENSOR_FIELDS; i++) {
    g_free(outcome->where[i]);
  }
  g_free(outcome->skipped);
  g_free(outcome->failure);
  g_free(outcome);
}

void
outcome_fail(Outcome *outcome, const char *format, ...)
{
  va_list arguments;
  if (outcome->n_failures++ == 0) {
    va_start(arguments, format);
    outcome->failure = g_strdup_vprintf(format, arguments);
    va_end(arguments);
  }
}

void
outcome_skip(Outcome *outcome, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_free(outcome->skipped);
  outcome->skipped = g_strdup_vprintf(format, arguments);
  va_end(arguments);
}

void
outcome_note(Outcome *outcome, Field field, double ulps, const char *where)
{
  if (ulps > outcome->ulps[field]) {
    outcome->ulps[field] = ulps;
    g_free(outcome->where[field]);
    outcome->where[field] = g_strdup(where);
  }
}

double
outcome_ulps(const Outcome *outcome, const char **where)
{
  size_t worst = 0;
  for (size_t i = 1; i < N_TENSOR_FIELDS; i++) {
    worst = outcome->ulps[i] > outcome->ulps[worst] ? i : worst;
  }
  *where = outcome->where[worst];
  return outcome->ulps[worst];
}
