/* SPDX-License-Identifier: MIT */
/* What a configuration may say: the core's own options and the optimizer's rows. */
#ifndef OPTREG_CORE_OPTIONS_H
#define OPTREG_CORE_OPTIONS_H

#include "loading/descriptor.h"

/* Types beside those of plugin.h. */
#define OPTREG_TEXT 64u
#define OPTREG_LIST 65u

/* Where an option may stand. */
#define OPTREG_IN_MODEL 1u
#define OPTREG_IN_GROUP 2u
#define OPTREG_IN_LOSS_SCALE 4u /* loss_scale_factor: {...} */
#define OPTREG_ANYWHERE 7u

/* Places of the core's options in a schema; the optimizer's rows follow. */
enum {
  OPTREG_OPTION_OPTIMIZER,
  OPTREG_OPTION_NAME,
  OPTREG_OPTION_LEARNING_RATE_MULTIPLIER,
  OPTREG_OPTION_WEIGHT_DECAY,
  OPTREG_OPTION_CLIPVALUE,
  OPTREG_OPTION_CLIPNORM,
  OPTREG_OPTION_GLOBAL_CLIPNORM,
  OPTREG_OPTION_USE_EMA,
  OPTREG_OPTION_EMA_MOMENTUM,
  OPTREG_OPTION_EMA_OVERWRITE_FREQUENCY,
  OPTREG_OPTION_LOSS_SCALE_FACTOR,
  OPTREG_OPTION_DYNAMIC,
  OPTREG_OPTION_INITIAL_SCALE,
  OPTREG_OPTION_DYNAMIC_GROWTH_STEPS,
  OPTREG_OPTION_GRADIENT_ACCUMULATION_STEPS,
  OPTREG_OPTION_NONFINITE,
  OPTREG_OPTION_MAX_CONSECUTIVE_SKIPS,
  OPTREG_OPTION_GROUPS,
  OPTREG_OPTION_MATCH,
  OPTREG_OPTION_NDIM,
  OPTREG_N_BASE_OPTIONS
};

typedef struct OptregOption {
  optreg_hyperparameter row; /* as if the core were a plugin */
  unsigned scopes;
  bool may_be_off; /* null is permitted and means the value `off` */
  double off;
  bool
      needs_first; /* what `needs` names must be at its first choice, not at non-zero */
  const char *remedy; /* added to what is wrong with a value, or NULL */
} OptregOption;

typedef struct OptregSchemas OptregSchemas;

typedef struct OptregSchema {
  const char *source; /* of the configuration, for errors */
  const OptregSchemas *among;
  const OptregDescriptor *descriptor;
  OptregOption *options; /* the base options, then the rows */
  size_t n_options;
} OptregSchema;

/* One for each optimizer that a configuration names, the model's first. */
struct OptregSchemas {
  const char *source;
  GPtrArray *all; /* of OptregSchema */
};

/* `source` and the model's descriptor must outlive the schemas. */
void optreg_schemas_init(OptregSchemas *schemas, const char *source,
                         const OptregDescriptor *descriptor);
void optreg_schemas_clear(OptregSchemas *schemas);

/* That of an optimizer, made when it is first asked for; it stays where it is. */
const OptregSchema *optreg_schemas_get(OptregSchemas *schemas,
                                       const OptregDescriptor *descriptor);
const OptregSchema *optreg_schemas_of_model(const OptregSchemas *schemas);

/* Whether it is the model's. */
bool optreg_schema_is_of_model(const OptregSchema *schema);

/* The option of that name that may stand in one of `scopes`, or NULL. */
const OptregOption *optreg_schema_find(const OptregSchema *schema, const char *name,
                                       unsigned scopes);

/* Names that may stand in `scope`, NULL-terminated; free the array only. */
const char **optreg_schema_names(const OptregSchema *schema, unsigned scope);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OptregSchemas, optreg_schemas_clear)

#endif
