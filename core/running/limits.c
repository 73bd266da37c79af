/* SPDX-License-Identifier: MIT */
/* Values beyond the types of the parameters. */
#include "limits.h"

#include "config/number.h"
#include "error.h"
#include "schedules/schedule.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* where one looks: a group, its parameters of one type, and what an error says */
typedef struct Look {
  const OptregEngine *engine;
  const OptregGroup *group;
  const OptregTensor *tensor; /* an example */
  bool is_build;
} Look;

/* ---- types ---- */

bool
optreg_limits_holds(OptregType type, double value)
{
  return type == OPTREG_TYPE_F32 ? isfinite((float)value) : isfinite(value);
}

static double
round_to(OptregType type, double value)
{
  return type == OPTREG_TYPE_F32 ? (double)(float)value : value;
}

/* an end that the row excludes is not reached by rounding either */
static bool
permits(const optreg_hyperparameter *row, OptregType type, double value)
{
  const double rounded = round_to(type, value);

  return isfinite(rounded)
         && !((row->flags & OPTREG_MINIMUM_OPEN) != 0 && rounded == row->minimum)
         && !((row->flags & OPTREG_MAXIMUM_OPEN) != 0 && rounded == row->maximum);
}

const OptregTensor **
optreg_limits_examples(const OptregConfig *config, const OptregTensor *tensors,
                       size_t n)
{
  const OptregTensor **examples =
      g_new0(const OptregTensor *, config->n_groups *OPTREG_N_TYPES);

  for (size_t i = n; i-- > 0;) {
    if (!tensors[i].is_overwritten) {
      examples[optreg_tensor_cell(&tensors[i])] = &tensors[i];
    }
  }
  return examples;
}

/* ---- errors ---- */

char *
optreg_limits_show(double value)
{
  return isnan(value) ? g_strdup("nan") : optreg_number_round(value);
}

/* "default" and "default of NAME" are no places */
static const char *
place_of(const OptregConfig *config, const OptregGroup *group, const char *option)
{
  const char *place = config->source;

  for (size_t i = 0; i < config->n_options; i++) {
    const optreg_option_info *info = &config->options[i];
    const bool is_mine = info->group == NULL || strcmp(info->group, group->label) == 0;
    if (is_mine && strcmp(info->name, option) == 0) {
      place = g_str_has_prefix(info->origin, "default") ? config->source : info->origin;
    }
  }
  return place;
}

/* always returns false; `option` gives the place, `name` is what the sentence begins
 * with */
static bool
refuse(const Look *look, const char *option, const char *name, double value,
       GError **error)
{
  const OptregConfig *config = look->engine->config;
  const OptregType type = look->tensor->type;
  const char *dtype = look->tensor->codec->name;
  g_autofree char *text = optreg_limits_show(value);
  g_autofree char *most =
      optreg_limits_show(type == OPTREG_TYPE_F32 ? (double)FLT_MAX : DBL_MAX);
  g_autofree char *exact = isfinite(value) ? optreg_number_show(value) : NULL;
  g_autofree char *rounded = optreg_limits_show(round_to(type, value));
  g_autofree char *sentence =
      optreg_limits_holds(type, value)
          ? g_strdup_printf(
              "%s: %s is %s in %s, the type of parameter '%s', and so out "
              "of its range",
              name, exact, rounded, dtype, look->tensor->name)
          : g_strdup_printf("%s: %s is beyond %s, the type of parameter '%s', which "
                            "ends at %s",
                            name, text, dtype, look->tensor->name, most);

  if (look->is_build) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG, "%s: %s",
                place_of(config, look->group, option), sentence);
  } else {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT, "%s; nothing was changed",
                sentence);
  }
  return false;
}

/* ---- hyperparameters ---- */

static bool
check_rate(const Look *look, double rate, GError **error)
{
  const OptregGroup *group = look->group;
  const OptregType type = look->tensor->type;

  if (!optreg_limits_holds(type, rate)) {
    return refuse(look, "learning_rate",
                  group->learning_rate_multiplier == 1.0
                      ? "learning_rate"
                      : "learning_rate times learning_rate_multiplier",
                  rate, error);
  }
  return optreg_limits_holds(type, rate * group->weight_decay)
         || refuse(look, "weight_decay", "learning_rate times weight_decay",
                   rate * group->weight_decay, error);
}

/* of the learning rate, or -1 */
static gssize
rate_row(const Look *look)
{
  return look->engine->learning_rate_rows[look->group - look->engine->config->groups];
}

static bool
check_row(const Look *look, size_t row, double value, GError **error)
{
  const optreg_hyperparameter *known = &look->group->descriptor->hyperparameters[row];

  if ((gssize)row == rate_row(look)) {
    return check_rate(look, value, error);
  }
  return permits(known, look->tensor->type, value)
         || refuse(look, known->name, known->name, value, error);
}

static bool
check_rows(const Look *look, const double *values, GError **error)
{
  for (size_t row = 0; row < look->group->descriptor->n_hyperparameters; row++) {
    if (!check_row(look, row, values[row], error)) {
      return false;
    }
  }
  return true;
}

/* the types of the group's parameters, one after the other; false: no more */
static bool
look_at_next(Look *look, const OptregEngine *engine, size_t group, size_t *type)
{
  const OptregTensor *const *examples = engine->examples + group * OPTREG_N_TYPES;

  while (*type < OPTREG_N_TYPES && examples[*type] == NULL) {
    (*type)++;
  }
  if (*type == OPTREG_N_TYPES) {
    return false;
  }
  look->engine = engine;
  look->group = &engine->config->groups[group];
  look->tensor = examples[(*type)++];
  return true;
}

bool
optreg_limits_check_values(const OptregEngine *engine, size_t group,
                           const double *values, GError **error)
{
  Look look = { .is_build = false };

  for (size_t type = 0; look_at_next(&look, engine, group, &type);) {
    if (!check_rows(&look, values, error)) {
      return false;
    }
  }
  return true;
}

bool
optreg_limits_check_value(const OptregEngine *engine, size_t group, size_t row,
                          double value, GError **error)
{
  const bool is_rate = (gssize)row == engine->learning_rate_rows[group];
  const double factor = is_rate ? engine->config->groups[group].learning_rate_multiplier
                                : 1.0;
  Look look = { .is_build = false };

  for (size_t type = 0; look_at_next(&look, engine, group, &type);) {
    if (!check_row(&look, row, value * factor, error)) {
      return false;
    }
  }
  return true;
}

/* ---- at build ---- */

/* what is known of a schedule before it runs */
typedef enum Extreme { AT_FIRST, AT_LEAST, AT_MOST, AT_LAST, N_EXTREMES } Extreme;

/* the ends of a schedule may be infinite, which says nothing of the steps before */
static double
extreme_of(const OptregSchedule *schedule, Extreme which, const OptregConfig *config)
{
  const uint64_t last = optreg_schedule_counts_micro_steps(schedule)
                            ? config->total_steps * config->gradient_accumulation_steps
                            : config->total_steps;
  const double first = optreg_schedule_value(schedule, 0);
  double end = first;

  if (which == AT_LAST && last > 0) {
    return optreg_schedule_value(schedule, last - 1);
  }
  if (which == AT_LEAST || which == AT_MOST) {
    end = optreg_schedule_end(schedule, which == AT_MOST);
  }
  return isfinite(end) ? end : first;
}

static void
fill(const Look *look, Extreme which, double *values)
{
  const OptregGroup *group = look->group;
  const gssize rate = rate_row(look);

  for (size_t row = 0; row < group->descriptor->n_hyperparameters; row++) {
    const OptregSchedule *schedule = group->schedules[row];
    values[row] = schedule == NULL ? group->hyperparameters[row]
                                   : extreme_of(schedule, which, look->engine->config);
    values[row] *= (gssize)row == rate ? group->learning_rate_multiplier : 1.0;
  }
}

static bool
check_hyperparameters(const Look *look, GError **error)
{
  g_autofree double *values =
      g_new0(double, look->group->descriptor->n_hyperparameters + 1);

  for (int which = 0; which < N_EXTREMES; which++) {
    fill(look, (Extreme)which, values);
    if (!check_rows(look, values, error)) {
      return false;
    }
  }
  return true;
}

/* gradients are divided by it */
static bool
check_loss_scale(const Look *look, GError **error)
{
  const double scale = look->engine->config->loss_scale;
  const OptregType type = look->tensor->type;

  return scale == 0.0
         || (optreg_limits_holds(type, scale) && round_to(type, scale) != 0.0)
         || refuse(look, "loss_scale_factor", "loss_scale_factor", scale, error);
}

static bool
check_slots(const Look *look, GError **error)
{
  const OptregDescriptor *descriptor = look->group->descriptor;

  for (size_t i = 0; i < descriptor->n_slots; i++) {
    const optreg_slot *slot = &descriptor->slots[i];
    if (slot->scope == OPTREG_PER_ELEMENT && slot->init == OPTREG_INIT_CONSTANT
        && !optreg_limits_holds(look->tensor->type, slot->init_value)) {
      g_autofree char *value = optreg_limits_show(slot->init_value);
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                  "optimizer '%s': slot '%s' begins with %s, which is beyond %s, the "
                  "type of parameter '%s'",
                  descriptor->class.name, slot->name, value, look->tensor->codec->name,
                  look->tensor->name);
      return false;
    }
  }
  return true;
}

static bool
check_group(const Look *look, GError **error)
{
  const double decay = look->group->weight_decay;

  if (!optreg_limits_holds(look->tensor->type, decay)) {
    return refuse(look, "weight_decay", "weight_decay", decay, error);
  }
  return check_loss_scale(look, error) && check_hyperparameters(look, error)
         && check_slots(look, error);
}

bool
optreg_limits_check(const OptregEngine *engine, GError **error)
{
  Look look = { .is_build = true };

  for (size_t group = 0; group < engine->config->n_groups; group++) {
    for (size_t type = 0; look_at_next(&look, engine, group, &type);) {
      if (!check_group(&look, error)) {
        return false;
      }
    }
  }
  return true;
}
