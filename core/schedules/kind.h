/* SPDX-License-Identifier: MIT */
/* Inside schedules: one kind is a table of parameters and a pure function. */
#ifndef OPTREG_CORE_SCHEDULE_KIND_H
#define OPTREG_CORE_SCHEDULE_KIND_H

#include "schedules/schedule.h"

/* What is written for one parameter, or its default. */
typedef struct OptregArgument {
  double *numbers;  /* n; NaN: not set, or a percentage that waits */
  double *percents; /* n; NaN: not a percentage */
  size_t n;         /* 1, or the length of a list */
  bool is_set;
  unsigned line, column;  /* of the schedule when not set */
  OptregSchedule *nested; /* a schedule in place of a number, or NULL */
} OptregArgument;

/* The smallest interval that holds every value; infinite where values grow for ever. */
typedef struct OptregBounds {
  double low, high;
} OptregBounds;

/* `s` is the counter; a nested schedule may see fractions of steps. */
typedef struct OptregScheduleKind {
  optreg_schedule_info info;
  double (*value)(const OptregArgument *arguments, double s);
  void (*bounds)(const OptregArgument *arguments, OptregBounds *bounds);
  /* what contradicts where NaN does not; NULL: nothing */
  bool (*check)(const OptregSchedule *schedule, GError **error);
} OptregScheduleKind;

struct OptregSchedule {
  const OptregScheduleKind *kind;
  const optreg_hyperparameter *row;
  char *source;
  unsigned line, column;
  OptregArgument *arguments; /* by parameter of the kind */
  uint64_t total_steps;      /* 0: not known */
  bool has_percentages, counts_micro_steps;
};

/* Every kind, by name. NULL when there is none of that name. */
const OptregScheduleKind *optreg_schedule_kind(const char *name);

/* Names of all kinds, NULL-terminated; free the array only. */
const char **optreg_schedule_names(void);

/* A schedule without the key `counter`, for a place inside another one. */
OptregSchedule *optreg_schedule_new_nested(const OptregNode *mapping,
                                           const char *source,
                                           const optreg_hyperparameter *row,
                                           GError **error);

/* The kind that the key `schedule` names. */
const OptregScheduleKind *optreg_schedule_read_kind(const OptregNode *mapping,
                                                    const char *source,
                                                    const optreg_hyperparameter *row,
                                                    GError **error);

/* Counter and arguments of a schedule whose kind, row and place are set. */
bool optreg_schedule_read(OptregSchedule *schedule, const OptregNode *mapping,
                          bool is_nested, GError **error);

/* Whether the parameter needs another one that is not set. */
bool optreg_schedule_is_effectless(const OptregSchedule *schedule, size_t parameter);

/* Without the key `counter`. */
char *optreg_schedule_show_nested(const OptregSchedule *schedule);

double optreg_schedule_at(const OptregSchedule *schedule, double s);
void optreg_schedule_bounds(const OptregSchedule *schedule, OptregBounds *bounds);

/* Read what is written for a parameter; node NULL: its default, where there is one. */
bool optreg_argument_read(OptregArgument *argument, const OptregSchedule *schedule,
                          const optreg_schedule_parameter_info *parameter,
                          const OptregNode *node, GError **error);
void optreg_argument_clear(OptregArgument *argument);

/* Turn percentages into whole steps; 0: into waiting ones. */
bool optreg_argument_resolve(OptregArgument *argument, const OptregSchedule *schedule,
                             const optreg_schedule_parameter_info *parameter,
                             uint64_t total_steps, GError **error);

/* As YAML. */
char *optreg_argument_show(const OptregArgument *argument,
                           const optreg_schedule_parameter_info *parameter);

/* OPTREG_ERROR_CONFIG at an argument. Always returns false. */
bool optreg_argument_fail(const OptregSchedule *schedule,
                          const OptregArgument *argument, GError **error,
                          const char *format, ...) G_GNUC_PRINTF(4, 5);

static inline double
optreg_number(const OptregArgument *arguments, size_t index)
{
  return arguments[index].numbers[0];
}

static inline void
optreg_bounds_add(OptregBounds *bounds, double value)
{
  bounds->low = MIN(bounds->low, value);
  bounds->high = MAX(bounds->high, value);
}

/* Straight from `from` at s = 0 to `to` at s = steps, then `to`. */
static inline double
optreg_straight(double from, double to, double s, double steps)
{
  return s >= steps ? to : from + (to - from) * (s / steps);
}

/* Rows of parameters. Ranges and defaults are text, read as what the user writes is;
 * NULL as default: the parameter must be written. */
#define OPTREG_VALUE_PARAMETER(name, default_value, doc)            \
  {                                                                 \
    name, "value", default_value, "the hyperparameter's", NULL, doc \
  }
#define OPTREG_VALUES_PARAMETER(name, doc)                  \
  {                                                         \
    name, "values", NULL, "the hyperparameter's", NULL, doc \
  }
#define OPTREG_NESTED_PARAMETER(name, doc)                             \
  {                                                                    \
    name, "value or schedule", NULL, "the hyperparameter's", NULL, doc \
  }
#define OPTREG_STEPS_PARAMETER(name, default_value, range, doc) \
  {                                                             \
    name, "steps", default_value, range, NULL, doc              \
  }
#define OPTREG_STEPS_LIST_PARAMETER(name, range, doc) \
  {                                                   \
    name, "list of steps", NULL, range, NULL, doc     \
  }
#define OPTREG_NUMBER_PARAMETER(name, default_value, range, doc) \
  {                                                              \
    name, "number", default_value, range, NULL, doc              \
  }
#define OPTREG_SWITCH_PARAMETER(name, default_value, doc)     \
  {                                                           \
    name, "boolean", default_value, "false | true", NULL, doc \
  }
#define OPTREG_CHOICE_PARAMETER(name, default_value, choices, doc) \
  {                                                                \
    name, "choice", default_value, choices, NULL, doc              \
  }

#define OPTREG_SCHEDULE_INFO(name, doc, parameters) \
  {                                                 \
    name, doc, parameters, G_N_ELEMENTS(parameters) \
  }

#endif
