/* SPDX-License-Identifier: MIT */
/* 569 tumours of the breast (Wisconsin), 30 measures each. */
#ifndef OPTREG_PROBLEMS_TUMOURS_H
#define OPTREG_PROBLEMS_TUMOURS_H

#include <glib.h>
#include <optreg/problem.h>
#include <stdbool.h>

enum { TUMOUR_MEASURES = 30 };

/* standardised measures, and 1 or −1 for benign or malignant */
typedef struct Tumour {
  double measure[TUMOUR_MEASURES], sign;
} Tumour;

typedef struct Tumours {
  GArray *split[OPTREG_PROBLEM_SPLITS]; /* of Tumour */
} Tumours;

/* Reads and standardises all of them; a fifth is for tests, a tenth for validation. */
bool tumours_read(Tumours *tumours, GError **error);
void tumours_clear(Tumours *tumours);

const Tumour *tumours_get(const Tumours *tumours, uint32_t split, size_t i);
size_t tumours_count(const Tumours *tumours, uint32_t split);

#endif
