/* SPDX-License-Identifier: MIT */
/* What a configuration says, as plain values: no GLib here, wrappers read it. */
#ifndef OPTREG_CORE_SETTINGS_H
#define OPTREG_CORE_SETTINGS_H

#include <optreg/optreg.h>

typedef enum OptregNonfinite {
  OPTREG_NONFINITE_SKIP,
  OPTREG_NONFINITE_ERROR,
  OPTREG_NONFINITE_PROPAGATE,
} OptregNonfinite;

#define OPTREG_MAX_NDIM 32 /* of a parameter */

/* A dynamic loss scale beyond these could reach 0 or infinity, from where it never
 * returns; a static one above the largest would be infinite in f32, and every gradient
 * divided by it 0. */
#define OPTREG_SMALLEST_SCALE 0x1p-126
#define OPTREG_LARGEST_SCALE 0x1p127

/* Options that may differ between groups; the last group is the default one and takes
 * every parameter that no earlier group matches. The first match wins. */
typedef struct OptregGroup {
  const struct OptregDescriptor *descriptor; /* of its optimizer */
  char *label;                               /* "groups[0]", "default" */
  char **match;          /* globs, NULL-terminated; none: any name */
  uint64_t ndims;        /* bit n: parameters of n dimensions; 0: of any number */
  unsigned line, column; /* of the group, for errors at build */
  double learning_rate_multiplier;
  double weight_decay;     /* 0: none */
  double clipnorm;         /* 0: off */
  double clipvalue;        /* 0: off */
  double *hyperparameters; /* by row of the descriptor; without the multiplier; a
                              scheduled one begins at the value of counter 0 */
  struct OptregSchedule **schedules; /* by row; NULL: constant */
  bool has_own_learning_rate; /* set here, so a learning rate set later does not reach
                                 it */
} OptregGroup;

/* Options of the whole model. */
typedef struct OptregConfig {
  char *source;    /* "mine.yaml", for errors at build */
  char *optimizer; /* the registry's name of the default group's */
  char *name;
  double global_clipnorm; /* 0: off */
  bool use_ema;
  double ema_momentum;
  uint64_t ema_overwrite_frequency; /* 0: never */
  double loss_scale;                /* 0: none; dynamic: the initial scale */
  bool is_loss_scale_dynamic;
  uint64_t dynamic_growth_steps;
  uint64_t gradient_accumulation_steps; /* 1: every call updates */
  OptregNonfinite nonfinite;
  uint64_t max_consecutive_skips;
  uint64_t total_steps; /* planned updates; 0: not known */
  OptregGroup *groups;  /* n_groups, the default group last */
  size_t n_groups;
  optreg_option_info *options; /* what optreg_optimizer_options shows */
  size_t n_options;
} OptregConfig;

#endif
