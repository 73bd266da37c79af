/* SPDX-License-Identifier: MIT */
/* A mapping of the tree, read by the schema: one typed value for each option. */
#ifndef OPTREG_CORE_READING_H
#define OPTREG_CORE_READING_H

#include "config/node.h"
#include "config/options.h"

/* The value of one option, in the order of the schema. */
typedef struct OptregReading {
  double number;              /* at counter 0 when scheduled, NaN when not known yet */
  const OptregNode *schedule; /* checked; owned by the tree; NULL: a constant */
  const char *text;           /* OPTREG_TEXT: owned by the tree, NULL for the default */
  unsigned line, column;      /* where it is written, when is_set */
  bool is_set;                /* not the default */
  bool is_own; /* set in this very group, or outside groups for the model */
} OptregReading;

/* Every option at its default. Free with g_free(). */
OptregReading *optreg_reading_new(const OptregSchema *schema);

/* The model's values for a group to override. Free with g_free(). */
OptregReading *optreg_reading_inherit(const OptregSchema *schema,
                                      const OptregReading *model);

/* The model's values of the core's options, for a group with another optimizer, whose
 * rows stand at their defaults. Free with g_free(). */
OptregReading *optreg_reading_lend(const OptregSchema *schema,
                                   const OptregReading *model);

/* Whether every key of a mapping may stand in `scope`. */
bool optreg_reading_check_keys(const OptregSchema *schema, const OptregNode *mapping,
                               unsigned scope, GError **error);

/* Read the entries of a mapping that may stand in `scope`; lists are left to the
 * caller. */
bool optreg_reading_add(OptregReading *readings, const OptregSchema *schema,
                        const OptregNode *mapping, unsigned scope, GError **error);

#endif
