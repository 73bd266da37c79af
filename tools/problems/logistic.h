/* SPDX-License-Identifier: MIT */
/* Logistic regression on tumours with an L2 penalty, in double. */
#ifndef OPTREG_PROBLEMS_LOGISTIC_H
#define OPTREG_PROBLEMS_LOGISTIC_H

#include "tumours.h"

/* the bias comes last */
enum { LOGISTIC_BIAS = TUMOUR_MEASURES, LOGISTIC_WEIGHTS = LOGISTIC_BIAS + 1 };

typedef struct Logistic {
  const Tumours *tumours;
  double l2; /* factor of half the square of the weights, but for the bias */
} Logistic;

/* Positive where the tumour is held to be malignant. */
double logistic_output(const Tumour *tumour, const double *w);

/* Of a margin, the output times the tumour's sign. */
double logistic_loss(double margin);
double logistic_penalty(const Logistic *logistic, const double *w);

/* Add factor times the gradient of one tumour's loss, whose output is z. */
void logistic_add_slope(const Tumour *tumour, double z, double factor,
                        double *gradient);

/* With the penalty; the share of right answers. */
double logistic_mean_loss(const Logistic *logistic, uint32_t split, const double *w);
double logistic_accuracy(const Logistic *logistic, uint32_t split, const double *w);

/* The smallest mean loss of the training split. */
double logistic_minimum(const Logistic *logistic);

#endif
