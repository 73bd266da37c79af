/* SPDX-License-Identifier: MIT */
/* A configuration, checked and complete. */
#include "config/config.h"

#include "config/effect.h"
#include "config/grouping.h"
#include "config/oddity.h"
#include "config/optimizer_key.h"
#include "config/place.h"
#include "config/show.h"
#include "config/unknown.h"
#include "names.h"
#include "schedules/schedule.h"

#include <string.h>

/* the key may be there, misspelt */
static bool
refuse_missing(const OptregNode *tree, const char *source, GError **error)
{
  static const char *const wanted[] = { "optimizer", NULL };

  for (const OptregNode *node = tree->children; node != NULL; node = node->next) {
    if (g_strcmp0(optreg_unknown_synonym(node->key), "optimizer") == 0
        || optreg_name_nearest(node->key, wanted) != NULL) {
      g_autofree char *key = optreg_quote(node->key);
      return optreg_fail_at(source, node->key_line, node->key_column, error,
                            "unknown key %s, did you mean 'optimizer'?", key);
    }
  }
  return optreg_fail_at(source, tree->line, tree->column, error,
                        "the key 'optimizer' is missing; add optimizer: NAME");
}

const char *
optreg_config_optimizer(const OptregNode *tree, const char *source, GError **error)
{
  const OptregNode *node = optreg_node_get(tree, "optimizer");

  if (node == NULL) {
    refuse_missing(tree, source, error);
    return NULL;
  }
  return optreg_optimizer_key_read(node, source, error);
}

static void
fill_model(OptregConfig *config, const OptregSchema *schema, const OptregReading *model)
{
  const char *optimizer = schema->descriptor->class.name;
  const char *name = model[OPTREG_OPTION_NAME].text;

  config->source = g_strdup(schema->source);
  config->optimizer = g_strdup(optimizer);
  config->name = g_strdup(name == NULL ? optimizer : name);
  config->global_clipnorm = model[OPTREG_OPTION_GLOBAL_CLIPNORM].number;
  config->use_ema = model[OPTREG_OPTION_USE_EMA].number != 0.0;
  config->ema_momentum = model[OPTREG_OPTION_EMA_MOMENTUM].number;
  config->ema_overwrite_frequency =
      (uint64_t)model[OPTREG_OPTION_EMA_OVERWRITE_FREQUENCY].number;
  config->is_loss_scale_dynamic = model[OPTREG_OPTION_DYNAMIC].number != 0.0;
  config->loss_scale = config->is_loss_scale_dynamic
                           ? model[OPTREG_OPTION_INITIAL_SCALE].number
                           : model[OPTREG_OPTION_LOSS_SCALE_FACTOR].number;
  config->dynamic_growth_steps =
      (uint64_t)model[OPTREG_OPTION_DYNAMIC_GROWTH_STEPS].number;
  config->gradient_accumulation_steps =
      (uint64_t)model[OPTREG_OPTION_GRADIENT_ACCUMULATION_STEPS].number;
  config->nonfinite = (OptregNonfinite)model[OPTREG_OPTION_NONFINITE].number;
  config->max_consecutive_skips =
      (uint64_t)model[OPTREG_OPTION_MAX_CONSECUTIVE_SKIPS].number;
}

static double *
copy_hyperparameters(const OptregSchema *schema, const OptregReading *readings)
{
  const size_t n = schema->descriptor->n_hyperparameters;
  double *values = g_new0(double, n);

  for (size_t i = 0; i < n; i++) {
    values[i] = readings[OPTREG_N_BASE_OPTIONS + i].number;
  }
  return values;
}

/* readings hold schedules as nodes of the tree, which have been checked */
static OptregSchedule **
make_schedules(const OptregSchema *schema, const OptregReading *readings)
{
  const OptregDescriptor *descriptor = schema->descriptor;
  OptregSchedule **schedules = g_new0(OptregSchedule *, descriptor->n_hyperparameters);

  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    const OptregNode *node = readings[OPTREG_N_BASE_OPTIONS + i].schedule;
    if (node != NULL) {
      schedules[i] = optreg_schedule_new(node, schema->source,
                                         &descriptor->hyperparameters[i], NULL);
    }
  }
  return schedules;
}

/* takes label and patterns over; `model` is the default group */
static void
fill_group(OptregGroup *group, OptregGrouping *grouping, const OptregGrouping *model)
{
  const OptregSchema *schema = grouping->schema;
  const OptregReading *readings = grouping->readings;
  const OptregOption *rate =
      optreg_schema_find(schema, "learning_rate", OPTREG_IN_MODEL);

  group->descriptor = schema->descriptor;
  group->label = g_steal_pointer(&grouping->label);
  group->match = g_steal_pointer(&grouping->match);
  group->ndims = grouping->ndims;
  group->line = grouping->line;
  group->column = grouping->column;
  group->learning_rate_multiplier =
      readings[OPTREG_OPTION_LEARNING_RATE_MULTIPLIER].number;
  group->weight_decay = readings[OPTREG_OPTION_WEIGHT_DECAY].number;
  group->clipnorm = readings[OPTREG_OPTION_CLIPNORM].number;
  group->clipvalue = readings[OPTREG_OPTION_CLIPVALUE].number;
  group->hyperparameters = copy_hyperparameters(schema, readings);
  group->schedules = make_schedules(schema, readings);
  group->has_own_learning_rate =
      schema != model->schema
      || (grouping != model && rate != NULL && readings[rate - schema->options].is_own);
}

static OptregConfig *
new_config(const OptregSchema *schema, GArray *groups)
{
  OptregConfig *config = g_new0(OptregConfig, 1);
  OptregGrouping *grouping = (OptregGrouping *)(void *)groups->data;

  fill_model(config, schema, grouping[groups->len - 1].readings);
  optreg_show_options(config, groups);
  config->n_groups = groups->len;
  config->groups = g_new0(OptregGroup, groups->len);
  for (size_t i = 0; i < groups->len; i++) {
    fill_group(&config->groups[i], &grouping[i], &grouping[groups->len - 1]);
  }
  return config;
}

OptregConfig *
optreg_config_new(const OptregNode *tree, const char *source,
                  const OptregDescriptor *descriptor, const OptregFinder *finder,
                  GError **error)
{
  g_auto(OptregSchemas) schemas = { 0 };

  if (optreg_config_optimizer(tree, source, error) == NULL) {
    return NULL;
  }
  optreg_schemas_init(&schemas, source, descriptor);
  g_autoptr(GArray) groups = optreg_grouping_read(&schemas, tree, finder, error);
  if (groups == NULL || !optreg_effect_check(groups, error)) {
    return NULL;
  }
  return new_config(optreg_schemas_of_model(&schemas), groups);
}

static void
clear_group(OptregGroup *group)
{
  for (size_t i = 0; i < group->descriptor->n_hyperparameters; i++) {
    optreg_schedule_free(group->schedules[i]);
  }
  g_free(group->schedules);
  g_free(group->label);
  g_strfreev(group->match);
  g_free(group->hyperparameters);
}

void
optreg_config_free(OptregConfig *config)
{
  if (config == NULL) {
    return;
  }
  for (size_t i = 0; i < config->n_groups; i++) {
    clear_group(&config->groups[i]);
  }
  optreg_show_free(config->options, config->n_options);
  g_free(config->groups);
  g_free(config->source);
  g_free(config->optimizer);
  g_free(config->name);
  g_free(config);
}
