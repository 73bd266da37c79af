/* SPDX-License-Identifier: MIT */
/* One parameter of a schedule: text to numbers, by the words of its row. */
#include "schedules/kind.h"

#include "config/number.h"
#include "config/place.h"
#include "config/value.h"

#include <math.h>
#include <string.h>

#define STEPS_HINT " or a percentage of the planned steps such as 30%%"

typedef optreg_schedule_parameter_info Parameter;

static bool
is_of(const Parameter *parameter, const char *type)
{
  return strcmp(parameter->type, type) == 0;
}

static bool
is_list(const Parameter *parameter)
{
  return is_of(parameter, "values") || is_of(parameter, "list of steps");
}

static bool
is_steps(const Parameter *parameter)
{
  return is_of(parameter, "steps") || is_of(parameter, "list of steps");
}

static bool
is_optional(const Parameter *parameter)
{
  return parameter->default_value != NULL
         && strcmp(parameter->default_value, "null") == 0;
}

bool
optreg_argument_fail(const OptregSchedule *schedule, const OptregArgument *argument,
                     GError **error, const char *format, ...)
{
  va_list rest;

  va_start(rest, format);
  g_autofree char *message = g_strdup_vprintf(format, rest);
  va_end(rest);
  return optreg_fail_at(schedule->source, argument->line, argument->column, error, "%s",
                        message);
}

/* "[0, inf)" */
static void
read_range(const char *range, optreg_hyperparameter *row)
{
  g_auto(GStrv) ends = g_strsplit(range + 1, ", ", 2);
  char *bracket = ends[1] + strlen(ends[1]) - 1;

  row->flags = (range[0] == '(' ? OPTREG_MINIMUM_OPEN : 0u)
               | (*bracket == ')' ? OPTREG_MAXIMUM_OPEN : 0u);
  *bracket = '\0';
  optreg_number_read(ends[0], &row->minimum);
  optreg_number_read(ends[1], &row->maximum);
}

/* a row that reads the parameter's text; *choices is what it points to */
static optreg_hyperparameter
make_row(const Parameter *parameter, const optreg_hyperparameter *target,
         char **choices)
{
  optreg_hyperparameter row = { .name = parameter->name, .type = OPTREG_REAL };

  if (is_of(parameter, "boolean")) {
    row.type = OPTREG_BOOLEAN;
  } else if (is_of(parameter, "choice")) {
    g_auto(GStrv) words = g_strsplit(parameter->range, " | ", -1);
    row.type = OPTREG_CHOICE;
    row.choices = *choices = g_strjoinv("|", words);
  } else if (is_of(parameter, "number") || is_steps(parameter)) {
    read_range(parameter->range, &row);
  } else {
    row = *target;
  }
  return row;
}

static char *
read_percentage(const optreg_hyperparameter *row, const char *text, double *percent)
{
  g_autofree char *excerpt = optreg_excerpt(text);
  g_autofree char *digits = g_strndup(text, strlen(text) - 1);
  double number = NAN;
  const OptregNumber kind = optreg_number_read(digits, &number);

  if ((kind != OPTREG_NUMBER_INTEGER && kind != OPTREG_NUMBER_REAL) || isinf(number)) {
    return g_strdup_printf("'%s' is not a percentage such as 30%%", excerpt);
  }
  if (number < 0.0 || (number == 0.0 && row->minimum > 0.0)) {
    return g_strdup_printf("%s is out of range, permitted is more than 0%%", excerpt);
  }
  *percent = number;
  return NULL;
}

/* a number below 1 is mostly meant as a share */
static char *
read_steps(const optreg_hyperparameter *row, const char *text, double *number,
           double *percent)
{
  double steps = 0.0;

  if (g_str_has_suffix(text, "%")) {
    *number = NAN;
    return read_percentage(row, text, percent);
  }
  const OptregNumber kind = optreg_number_read(text, &steps);
  if ((kind == OPTREG_NUMBER_REAL || kind == OPTREG_NUMBER_INTEGER) && steps > 0.0
      && steps < 1.0) {
    g_autofree char *share = optreg_number_round(100.0 * steps);
    return g_strdup_printf("%s is less than one step; write %s%% for a share of the "
                           "planned steps",
                           text, share);
  }
  g_autofree char *problem = optreg_value_read(row, text, number);
  return problem != NULL ? g_strdup_printf("%s" STEPS_HINT, problem) : NULL;
}

static char *
read_text(const Parameter *parameter, const optreg_hyperparameter *target,
          const char *text, double *number, double *percent)
{
  g_autofree char *choices = NULL;
  const optreg_hyperparameter row = make_row(parameter, target, &choices);

  *percent = NAN;
  return is_steps(parameter) ? read_steps(&row, text, number, percent)
                             : optreg_value_read(&row, text, number);
}

static void
set_length(OptregArgument *argument, size_t n)
{
  argument->n = n;
  argument->numbers = g_new(double, n);
  argument->percents = g_new(double, n);
  for (size_t i = 0; i < n; i++) {
    argument->numbers[i] = argument->percents[i] = NAN;
  }
}

static bool
read_entry(OptregArgument *argument, size_t i, const OptregSchedule *schedule,
           const Parameter *parameter, const OptregNode *node, GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR || optreg_node_is_null(node)) {
    return optreg_fail_at(schedule->source, node->line, node->column, error,
                          "%s: expected %s", parameter->name,
                          is_steps(parameter)           ? "a number of steps"
                          : is_of(parameter, "boolean") ? "true or false"
                          : is_of(parameter, "choice")  ? "a word"
                          : is_of(parameter, "value or schedule")
                              ? "a number or {schedule: NAME, ...}"
                              : "a number");
  }
  g_autofree char *problem = read_text(parameter, schedule->row, node->text,
                                       &argument->numbers[i], &argument->percents[i]);
  return problem == NULL
         || optreg_fail_at(schedule->source, node->line, node->column, error, "%s: %s",
                           parameter->name, problem);
}

static bool
read_list(OptregArgument *argument, const OptregSchedule *schedule,
          const Parameter *parameter, const OptregNode *node, GError **error)
{
  size_t n = 0;

  if (node->kind != OPTREG_NODE_SEQUENCE || node->children == NULL) {
    return optreg_fail_at(schedule->source, node->line, node->column, error,
                          "%s: expected a list of %s", parameter->name,
                          is_steps(parameter) ? "steps such as [100, 200]"
                                              : "values such as [1, 0.1, 0.01]");
  }
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    n++;
  }
  set_length(argument, n);
  n = 0;
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    if (!read_entry(argument, n++, schedule, parameter, entry, error)) {
      return false;
    }
  }
  return true;
}

static bool
read_default(OptregArgument *argument, const OptregSchedule *schedule,
             const Parameter *parameter, GError **error)
{
  set_length(argument, 1);
  argument->line = schedule->line;
  argument->column = schedule->column;
  if (parameter->default_value == NULL) {
    return optreg_argument_fail(
        schedule, argument, error, "%s: %s is missing; it is %s",
        schedule->kind->info.name, parameter->name, parameter->doc);
  }
  if (!is_optional(parameter)) {
    g_autofree char *problem = read_text(parameter, schedule->row,
                                         parameter->default_value,
                                         &argument->numbers[0], &argument->percents[0]);
    return problem == NULL
           || optreg_argument_fail(schedule, argument, error,
                                   "%s: the default of %s does not fit: %s",
                                   schedule->kind->info.name, parameter->name, problem);
  }
  return true;
}

bool
optreg_argument_read(OptregArgument *argument, const OptregSchedule *schedule,
                     const Parameter *parameter, const OptregNode *node, GError **error)
{
  if (node == NULL || (optreg_node_is_null(node) && is_optional(parameter))) {
    return read_default(argument, schedule, parameter, error);
  }
  argument->is_set = true;
  argument->line = node->line;
  argument->column = node->column;
  if (is_list(parameter)) {
    return read_list(argument, schedule, parameter, node, error);
  }
  set_length(argument, 1);
  if (node->kind == OPTREG_NODE_MAPPING && is_of(parameter, "value or schedule")) {
    argument->nested =
        optreg_schedule_new_nested(node, schedule->source, schedule->row, error);
    return argument->nested != NULL;
  }
  return read_entry(argument, 0, schedule, parameter, node, error);
}

void
optreg_argument_clear(OptregArgument *argument)
{
  g_free(argument->numbers);
  g_free(argument->percents);
  optreg_schedule_free(argument->nested);
}

static bool
resolve_entry(OptregArgument *argument, size_t i, const OptregSchedule *schedule,
              const Parameter *parameter, uint64_t total_steps, GError **error)
{
  optreg_hyperparameter row = { 0 };
  const double percent = argument->percents[i];

  if (isnan(percent) || total_steps == 0) {
    argument->numbers[i] = isnan(percent) ? argument->numbers[i] : NAN;
    return true;
  }
  argument->numbers[i] = round(percent * (double)total_steps / 100.0);
  read_range(parameter->range, &row);
  g_autofree char *share = optreg_number_round(percent);
  return argument->numbers[i] >= row.minimum
         || optreg_argument_fail(schedule, argument, error,
                                 "%s: %s%% of %" G_GUINT64_FORMAT
                                 " planned steps is less than one step",
                                 parameter->name, share, total_steps);
}

bool
optreg_argument_resolve(OptregArgument *argument, const OptregSchedule *schedule,
                        const Parameter *parameter, uint64_t total_steps,
                        GError **error)
{
  if (argument->nested != NULL) {
    return optreg_schedule_set_total_steps(argument->nested, total_steps, error);
  }
  for (size_t i = 0; i < argument->n; i++) {
    if (!resolve_entry(argument, i, schedule, parameter, total_steps, error)) {
      return false;
    }
  }
  return true;
}

static char *
show_entry(const OptregArgument *argument, size_t i, const Parameter *parameter)
{
  static const optreg_hyperparameter number = { .type = OPTREG_REAL };
  g_autofree char *choices = NULL;

  if (!isnan(argument->percents[i])) {
    g_autofree char *percent = optreg_number_show(argument->percents[i]);
    return g_strconcat(percent, "%", NULL);
  }
  const optreg_hyperparameter row = make_row(parameter, &number, &choices);
  return optreg_value_show(&row, argument->numbers[i]);
}

char *
optreg_argument_show(const OptregArgument *argument, const Parameter *parameter)
{
  if (argument->nested != NULL) {
    return optreg_schedule_show_nested(argument->nested);
  }
  if (!is_list(parameter)) {
    return show_entry(argument, 0, parameter);
  }
  g_autoptr(GString) text = g_string_new("[");
  for (size_t i = 0; i < argument->n; i++) {
    g_autofree char *entry = show_entry(argument, i, parameter);
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", entry);
  }
  g_string_append_c(text, ']');
  return g_strdup(text->str);
}
