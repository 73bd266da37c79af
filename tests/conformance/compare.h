/* SPDX-License-Identifier: MIT */
/* How far a number may be from Keras'. */
#ifndef OPTREG_TESTS_COMPARE_H
#define OPTREG_TESTS_COMPARE_H

#include "outcome.h"

typedef enum Bar {
  BAR_EXACT,  /* the same bits */
  BAR_LOOSE,  /* sums and schedules are formed in another way than in Keras */
  BAR_DOUBLE, /* 1e-12 of the value */
} Bar;

/* A tensor and what it should be. */
typedef struct Compared {
  Field field;
  const char *what; /* "weights" or the slot's name */
  const char *name, *when;
  const void *actual; /* floats or doubles */
  bool is_double;
  const double *expected;
  size_t n;
  const double *initial; /* of weights: before the first step */
  double largest;        /* of weights: magnitude so far */
} Compared;

/* True when no element is further away than the bar allows; what is, is said in the
 * outcome. */
bool compare_tensor(Outcome *outcome, Bar bar, const Compared *compared);

/* The same without a word. */
bool compare_is_within(Bar bar, const Compared *compared);

/* Element of an array of floats or doubles. */
double compare_element(const void *values, bool is_double, size_t index);

/* The largest finite magnitude. */
double compare_largest(const double *values, size_t n);

#endif
