/* SPDX-License-Identifier: MIT */
/* The standard normal distribution. */
#ifndef OPTREG_HARNESS_STATISTICS_NORMAL_H
#define OPTREG_HARNESS_STATISTICS_NORMAL_H

double normal_cdf(double z);

/* Where normal_cdf is p, to 1e-13 relative; infinite at 0 and 1. */
double normal_quantile(double p);

#endif
