/* SPDX-License-Identifier: MIT */
/* Groups of parameters: who belongs to each, and its own values. */
#ifndef OPTREG_CORE_GROUPING_H
#define OPTREG_CORE_GROUPING_H

#include "config/optimizer_key.h"
#include "config/reading.h"

/* A group as read. The default group, which holds what is written outside groups, is
 * the last one. */
typedef struct OptregGrouping {
  char *label;
  char **match;
  uint64_t ndims;
  unsigned line, column;
  const OptregSchema *schema; /* of its optimizer */
  OptregReading *readings;
} OptregGrouping;

/* An array of OptregGrouping, which frees them; the default group included. Returns
 * NULL with OPTREG_ERROR_CONFIG. */
GArray *optreg_grouping_read(OptregSchemas *schemas, const OptregNode *tree,
                             const OptregFinder *finder, GError **error);

#endif
