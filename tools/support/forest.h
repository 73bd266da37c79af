/* SPDX-License-Identifier: MIT */
/* Estimates and their intervals on one scale, as text. */
#ifndef OPTREG_TOOLS_FOREST_H
#define OPTREG_TOOLS_FOREST_H

#include "screen.h"

typedef struct ForestRow {
  const char *label; /* before the interval */
  const char *text;  /* behind it, where there is room */
  size_t owner;      /* chooses the colour */
  double low, high;  /* may be infinite */
  double estimate;   /* NaN: there is none, and no interval */
} ForestRow;

typedef struct Forest {
  double effect;            /* marked on both sides of 0; 0: not */
  const char *left, *right; /* what the sides mean */
} Forest;

/* A row for each, and one below them; each ends in a newline. */
char *forest_draw(const Forest *forest, const ForestRow *rows, size_t n,
                  const Screen *screen);

#endif
