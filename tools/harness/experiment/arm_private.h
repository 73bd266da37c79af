/* SPDX-License-Identifier: MIT */
/* Inside of an arm, and how arms are read. */
#ifndef OPTREG_HARNESS_EXPERIMENT_ARM_PRIVATE_H
#define OPTREG_HARNESS_EXPERIMENT_ARM_PRIVATE_H

#include "document.h"
#include "experiment.h"

/* A dimension of a search space. */
typedef struct Range {
  char *key; /* of the configuration */
  double low, high;
  bool is_linear; /* else in equal ratios */
} Range;

/* A key of the configuration that the experiment says. */
typedef struct Override {
  const Document *document;
  const OptregNode *entry;
} Override;

struct Arm {
  char *name, *source;
  const Document *config; /* NULL: the experiment has all of it */
  char *copy;        /* the configuration's bytes, as long as nothing overrides them */
  GArray *overrides; /* of Override */
  GArray *space;     /* of Range; empty: not tuned */
};

/* Without a configuration yet. */
Arm *arm_new(const char *name, const char *source);
void arm_free(Arm *arm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arm, arm_free)

/* Read `arms`, grids expanded, into experiment->arms. */
bool arms_read(Experiment *experiment, const Document *document, const OptregNode *arms,
               GError **error);

/* Add an arm, which is taken over, unless its name is none or is there already. */
bool experiment_add_arm(Experiment *experiment, const Document *document,
                        const OptregNode *node, Arm *arm, GError **error);

/* Add an arm to the experiment for each choice of the lists in `grid`; takes `arm`
 * over. */
bool grid_expand(Experiment *experiment, const Document *document, Arm *arm,
                 const OptregNode *grid, GError **error);

/* Read `tune` of an arm. */
bool space_read(GArray *space, const Document *document, const OptregNode *tune,
                GError **error);

/* Value of a trial from 1 on, as it is written. */
char *space_value(const GArray *space, size_t dimension, uint32_t trial);

/* FILE or NAME=FILE of the command line as an entry of `arms`. */
bool arm_put_argument(Document *document, const char *argument, GError **error);

#endif
