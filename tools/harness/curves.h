/* SPDX-License-Identifier: MIT */
/* How the arms of a comparison got where they are. */
#ifndef OPTREG_HARNESS_CURVES_H
#define OPTREG_HARNESS_CURVES_H

#include "comparison.h"

/* A picture (SVG): for each problem a panel with the metric that decides, as the mean
 * of all seeds, over the training. Of the arms of a grid the best one is drawn. What
 * diverged ends where the first seed did. Newly allocated. */
char *curves_to_svg(const Comparison *comparison);

#endif
