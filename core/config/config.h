/* SPDX-License-Identifier: MIT */
/* A configuration, checked and complete: every option with its value and origin. */
#ifndef OPTREG_CORE_CONFIG_H
#define OPTREG_CORE_CONFIG_H

#include "config/node.h"
#include "loading/descriptor.h"

#include <optreg/optreg.h>

typedef enum OptregNonfinite {
  OPTREG_NONFINITE_SKIP,
  OPTREG_NONFINITE_ERROR,
  OPTREG_NONFINITE_PROPAGATE,
} OptregNonfinite;

/* Options that may differ between groups; the last group is the default one and takes
 * every parameter that no earlier group matches. The first match wins. */
typedef struct OptregGroup {
  char *label;             /* "groups[0]", "default" */
  char **match;            /* globs, NULL-terminated; empty in the default group */
  unsigned line, column;   /* of the group, for errors at build */
  double learning_rate_multiplier;
  double weight_decay;     /* 0: none */
  double clipnorm;         /* 0: off */
  double clipvalue;        /* 0: off */
  double *hyperparameters; /* by row of the descriptor; without the multiplier */
  bool has_own_learning_rate; /* set here, so a learning rate set later does not reach it */
} OptregGroup;

/* Options of the whole model. */
typedef struct OptregConfig {
  char *source;    /* "adadelta.yaml", for errors at build */
  char *optimizer; /* the registry's name */
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
  OptregGroup *groups; /* n_groups, the default group last */
  size_t n_groups;
  optreg_option_info *options; /* what optreg_optimizer_options shows */
  size_t n_options;
} OptregConfig;

/* The value of the `optimizer` key; owned by the tree. NULL with OPTREG_ERROR_CONFIG. */
const char *optreg_config_optimizer(const OptregNode *tree, const char *source,
                                    GError **error);

/* Check a tree against the base options and the optimizer's rows. The descriptor must
 * outlive the configuration. Returns NULL with OPTREG_ERROR_CONFIG, "source:line:column:
 * ..." */
OptregConfig *optreg_config_new(const OptregNode *tree, const char *source,
                                const OptregDescriptor *descriptor, GError **error);

void optreg_config_free(OptregConfig *config);

/* The index of the group that a parameter of this name belongs to. */
size_t optreg_config_group_of(const OptregConfig *config, const char *parameter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregConfig, optreg_config_free)

#endif
