/* SPDX-License-Identifier: MIT */
/* What came out of one case: distances, departures, the first failure. */
#ifndef OPTREG_TESTS_OUTCOME_H
#define OPTREG_TESTS_OUTCOME_H

#include <glib.h>
#include <stdbool.h>

typedef enum Field {
  FIELD_WEIGHT,
  FIELD_SLOT,
  FIELD_EMA,
  FIELD_ACCUMULATOR,
  FIELD_SCALE,
  FIELD_COUNTERS,
  FIELD_RATE,
  FIELD_STATUS,
  N_FIELDS
} Field;

#define N_TENSOR_FIELDS (FIELD_ACCUMULATOR + 1)
#define MAX_DEPARTURES 32

typedef struct Outcome {
  const char *id;
  char *skipped; /* why, or NULL */
  char *failure; /* the first one, or NULL */
  guint64 n_failures;
  bool is_elementwise; /* every value has to have Keras' bits */
  bool is_verbose;
  bool is_keras; /* configure as Keras serialises, where it can say all */
  double ulps[N_TENSOR_FIELDS]; /* the largest distance */
  char *where[N_TENSOR_FIELDS];
  guint64 n_compared;
  guint64 by_own_rule[MAX_DEPARTURES]; /* values compared with optreg's rule instead */
  guint64 unchecked[MAX_DEPARTURES];   /* values compared with nothing */
} Outcome;

Outcome *outcome_new(const char *id);
void outcome_free(Outcome *outcome);

void outcome_fail(Outcome *outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);
void outcome_skip(Outcome *outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Keep the distance if it is the largest of its field; takes nothing. */
void outcome_note(Outcome *outcome, Field field, double ulps, const char *where);

/* The largest distance over all fields. */
double outcome_ulps(const Outcome *outcome, const char **where);

#endif
