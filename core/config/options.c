/* SPDX-License-Identifier: MIT */
/* What a configuration may say: the table of the core's own options. */
#include "config/options.h"

#include "config/settings.h"

#include <math.h>
#include <string.h>

#define EITHER (OPTREG_IN_MODEL | OPTREG_IN_GROUP)
#define SWITCH_CLIPPING_OFF "remove the key or write null to switch clipping off"

#define REAL_ROW(name, default_value, minimum, maximum, needs, flags, doc)      \
  {                                                                             \
    name, doc, NULL, needs, default_value, minimum, maximum, OPTREG_REAL, flags \
  }
#define INTEGER_ROW(name, default_value, minimum, needs, doc)                   \
  {                                                                             \
    name, doc, NULL, needs, default_value, minimum, INFINITY, OPTREG_INTEGER, 0 \
  }
#define TEXT_ROW(name, type, doc)                 \
  {                                               \
    name, doc, NULL, NULL, 0.0, 0.0, 0.0, type, 0 \
  }

static const OptregOption base_options[OPTREG_N_BASE_OPTIONS] = {
  [OPTREG_OPTION_OPTIMIZER] = {
    .row = TEXT_ROW("optimizer", OPTREG_TEXT, "name of the plugin"),
    .scopes = EITHER,
  },
  [OPTREG_OPTION_NAME] = {
    .row = TEXT_ROW("name", OPTREG_TEXT, "what reports call this optimizer"),
    .scopes = OPTREG_IN_MODEL,
    .may_be_off = true,
  },
  [OPTREG_OPTION_LEARNING_RATE_MULTIPLIER] = {
    .row = REAL_ROW("learning_rate_multiplier", 1.0, 0.0, INFINITY, NULL, 0,
                    "factor on the learning rate of the model"),
    .scopes = OPTREG_IN_GROUP,
  },
  [OPTREG_OPTION_WEIGHT_DECAY] = {
    .row = REAL_ROW("weight_decay", 0.0, 0.0, INFINITY, NULL, 0,
                    "decoupled: each update first shrinks a weight by this share times "
                    "the learning rate"),
    .scopes = EITHER,
    .may_be_off = true,
  },
  [OPTREG_OPTION_CLIPVALUE] = {
    .row = REAL_ROW("clipvalue", 0.0, 0.0, INFINITY, NULL, OPTREG_MINIMUM_OPEN,
                    "largest absolute value of a gradient's element"),
    .scopes = EITHER,
    .may_be_off = true,
    .remedy = SWITCH_CLIPPING_OFF,
  },
  [OPTREG_OPTION_CLIPNORM] = {
    .row = REAL_ROW("clipnorm", 0.0, 0.0, INFINITY, NULL, OPTREG_MINIMUM_OPEN,
                    "largest norm of one parameter's gradient"),
    .scopes = EITHER,
    .may_be_off = true,
    .remedy = SWITCH_CLIPPING_OFF,
  },
  [OPTREG_OPTION_GLOBAL_CLIPNORM] = {
    .row = REAL_ROW("global_clipnorm", 0.0, 0.0, INFINITY, NULL, OPTREG_MINIMUM_OPEN,
                    "largest norm of all gradients together"),
    .scopes = OPTREG_IN_MODEL,
    .may_be_off = true,
    .remedy = SWITCH_CLIPPING_OFF,
  },
  [OPTREG_OPTION_USE_EMA] = {
    .row = OPTREG_BOOLEAN_ROW("use_ema", 0, NULL, 0,
                              "keep a moving average of the weights for evaluation"),
    .scopes = OPTREG_IN_MODEL,
  },
  [OPTREG_OPTION_EMA_MOMENTUM] = {
    .row = REAL_ROW("ema_momentum", 0.99, 0.0, 1.0, "use_ema", 0,
                    "share of the average that an update keeps"),
    .scopes = OPTREG_IN_MODEL,
  },
  [OPTREG_OPTION_EMA_OVERWRITE_FREQUENCY] = {
    .row = INTEGER_ROW("ema_overwrite_frequency", 0.0, 0.0, "use_ema",
                       "updates after which the average overwrites the weights"),
    .scopes = OPTREG_IN_MODEL,
    .may_be_off = true,
  },
  [OPTREG_OPTION_LOSS_SCALE_FACTOR] = {
    .row = REAL_ROW("loss_scale_factor", 0.0, 0.0, OPTREG_LARGEST_SCALE, NULL,
                    OPTREG_MINIMUM_OPEN,
                    "factor that the loss, and so the gradients, carry"),
    .scopes = OPTREG_IN_MODEL,
    .may_be_off = true,
    .remedy = "also permitted are null, dynamic and {dynamic: true, "
              "initial_scale: 32768, dynamic_growth_steps: 2000}",
  },
  [OPTREG_OPTION_DYNAMIC] = {
    .row = OPTREG_BOOLEAN_ROW("dynamic", 0, NULL, 0,
                              "halve on overflow, double after quiet steps"),
    .scopes = OPTREG_IN_LOSS_SCALE,
  },
  [OPTREG_OPTION_INITIAL_SCALE] = {
    .row = REAL_ROW("initial_scale", 32768.0, OPTREG_SMALLEST_SCALE,
                    OPTREG_LARGEST_SCALE, NULL, 0, "loss scale of the first step"),
    .scopes = OPTREG_IN_LOSS_SCALE,
  },
  [OPTREG_OPTION_DYNAMIC_GROWTH_STEPS] = {
    .row = INTEGER_ROW("dynamic_growth_steps", 2000.0, 1.0, NULL,
                       "finite steps in a row after which the scale doubles"),
    .scopes = OPTREG_IN_LOSS_SCALE,
  },
  [OPTREG_OPTION_GRADIENT_ACCUMULATION_STEPS] = {
    .row = INTEGER_ROW("gradient_accumulation_steps", 1.0, 1.0, NULL,
                       "gradients that are averaged for one update"),
    .scopes = OPTREG_IN_MODEL,
    .may_be_off = true,
    .off = 1.0,
  },
  [OPTREG_OPTION_NONFINITE] = {
    .row = OPTREG_CHOICE_ROW("nonfinite", 0, "skip|error|propagate", NULL, 0,
                             "what a step does with a gradient that is not finite"),
    .scopes = OPTREG_IN_MODEL,
  },
  [OPTREG_OPTION_MAX_CONSECUTIVE_SKIPS] = {
    .row = INTEGER_ROW("max_consecutive_skips", 100.0, 1.0, "nonfinite",
                       "skipped steps in a row after which a step is an error"),
    .scopes = OPTREG_IN_MODEL,
    .needs_first = true,
  },
  [OPTREG_OPTION_GROUPS] = {
    .row = TEXT_ROW("groups", OPTREG_LIST, "parameters with options of their own"),
    .scopes = OPTREG_IN_MODEL,
  },
  [OPTREG_OPTION_MATCH] = {
    .row = TEXT_ROW("match", OPTREG_LIST, "patterns for the names of its parameters"),
    .scopes = OPTREG_IN_GROUP,
  },
  [OPTREG_OPTION_NDIM] = {
    .row = TEXT_ROW("ndim", OPTREG_LIST, "how many dimensions its parameters have"),
    .scopes = OPTREG_IN_GROUP,
  },
};

/* the base options, then the optimizer's rows. An optimizer that only groups name has
 * no place outside them: there stand all its rows */
static OptregSchema *
new_schema(const OptregSchemas *among, const OptregDescriptor *descriptor)
{
  OptregSchema *schema = g_new0(OptregSchema, 1);
  const bool is_of_model = among->all->len == 0;

  schema->source = among->source;
  schema->among = among;
  schema->descriptor = descriptor;
  schema->n_options = OPTREG_N_BASE_OPTIONS + descriptor->n_hyperparameters;
  schema->options = g_new0(OptregOption, schema->n_options);

  memcpy(schema->options, base_options, sizeof base_options);
  schema->options[OPTREG_OPTION_WEIGHT_DECAY].row.default_value =
      descriptor->class.weight_decay;
  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    OptregOption *option = &schema->options[OPTREG_N_BASE_OPTIONS + i];
    option->row = descriptor->hyperparameters[i];
    option->scopes = !is_of_model || (option->row.flags & OPTREG_PER_GROUP) != 0
                         ? EITHER
                         : OPTREG_IN_MODEL;
  }
  return schema;
}

static void
free_schema(void *data)
{
  OptregSchema *schema = data;

  g_free(schema->options);
  g_free(schema);
}

void
optreg_schemas_init(OptregSchemas *schemas, const char *source,
                    const OptregDescriptor *descriptor)
{
  schemas->source = source;
  schemas->all = g_ptr_array_new_with_free_func(free_schema);
  optreg_schemas_get(schemas, descriptor);
}

void
optreg_schemas_clear(OptregSchemas *schemas)
{
  g_clear_pointer(&schemas->all, g_ptr_array_unref);
}

const OptregSchema *
optreg_schemas_get(OptregSchemas *schemas, const OptregDescriptor *descriptor)
{
  for (guint i = 0; i < schemas->all->len; i++) {
    const OptregSchema *schema = g_ptr_array_index(schemas->all, i);
    if (schema->descriptor == descriptor) {
      return schema;
    }
  }
  OptregSchema *schema = new_schema(schemas, descriptor);
  g_ptr_array_add(schemas->all, schema);
  return schema;
}

bool
optreg_schema_is_of_model(const OptregSchema *schema)
{
  return schema == optreg_schemas_of_model(schema->among);
}

const OptregSchema *
optreg_schemas_of_model(const OptregSchemas *schemas)
{
  return g_ptr_array_index(schemas->all, 0);
}

const OptregOption *
optreg_schema_find(const OptregSchema *schema, const char *name, unsigned scopes)
{
  for (size_t i = 0; i < schema->n_options; i++) {
    const OptregOption *option = &schema->options[i];
    if ((option->scopes & scopes) != 0 && strcmp(option->row.name, name) == 0) {
      return option;
    }
  }
  return NULL;
}

const char **
optreg_schema_names(const OptregSchema *schema, unsigned scope)
{
  const char **names = g_new0(const char *, schema->n_options + 1);
  size_t n = 0;

  for (size_t i = 0; i < schema->n_options; i++) {
    if (schema->options[i].scopes & scope) {
      names[n++] = schema->options[i].row.name;
    }
  }
  return names;
}
