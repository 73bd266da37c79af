/* SPDX-License-Identifier: MIT */
/* Tables of a problem's class: options as text and as values, metrics, tiers. */
#include "problem.h"

#include "support/nearest.h"
#include "support/status.h"

#include <math.h>
#include <string.h>

const ProblemMetric *
problem_metrics(const ProblemClass *class, size_t *n)
{
  *n = class->metrics.count;
  return class->metrics.rows;
}

const ProblemOption *
problem_options(const ProblemClass *class, size_t *n)
{
  *n = class->options.count;
  return class->options.rows;
}

double *
problem_default_options(const ProblemClass *class)
{
  size_t n;
  const ProblemOption *rows = problem_options(class, &n);
  double *values = g_new0(double, n + 1);

  for (size_t i = 0; i < n; i++) {
    values[i] = rows[i].default_value;
  }
  return values;
}

/* `names` are the rows' names; ends with NULL */
static bool
find_name(const ProblemClass *class, const char *what, const char *const *names,
          const char *name, size_t *row, GError **error)
{
  for (*row = 0; names[*row] != NULL; ++*row) {
    if (strcmp(names[*row], name) == 0) {
      return true;
    }
  }
  g_autofree char *reason = nearest_explain(what, name, names);
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: %s", class->name, reason);
  return false;
}

bool
problem_find_metric(const ProblemClass *class, const char *name, size_t *row,
                    GError **error)
{
  size_t n;
  const ProblemMetric *rows = problem_metrics(class, &n);
  g_autofree const char **names = g_new0(const char *, n + 1);

  for (size_t i = 0; i < n; i++) {
    names[i] = rows[i].name;
  }
  return find_name(class, "metric", names, name, row, error);
}

static bool
find_option(const ProblemClass *class, const char *name, size_t *row, GError **error)
{
  size_t n;
  const ProblemOption *rows = problem_options(class, &n);
  g_autofree const char **names = g_new0(const char *, n + 1);

  for (size_t i = 0; i < n; i++) {
    names[i] = rows[i].name;
  }
  if (n == 0) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s has no options", class->name);
    return false;
  }
  return find_name(class, "option", names, name, row, error);
}

/* ---- text to value ---- */

static bool
parse_real(const char *text, double *value)
{
  char *end;

  *value = g_ascii_strtod(text, &end);
  return end != text && *end == '\0' && !isnan(*value);
}

static bool
parse_integer(const char *text, double *value)
{
  return parse_real(text, value) && *value == floor(*value) && fabs(*value) <= 0x1p53;
}

static bool
parse_choice(const char *choices, const char *text, double *value)
{
  g_auto(GStrv) words = g_strsplit(choices, "|", -1);

  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], text) == 0) {
      *value = (double)i;
      return true;
    }
  }
  return false;
}

static bool
parse_value(const ProblemOption *row, const char *text, double *value)
{
  switch (row->type) {
  case OPTREG_PROBLEM_REAL:
    return parse_real(text, value);
  case OPTREG_PROBLEM_INTEGER:
    return parse_integer(text, value);
  case OPTREG_PROBLEM_BOOLEAN:
    return parse_choice("false|true", text, value);
  default:
    return parse_choice(row->choices, text, value);
  }
}

static bool
is_in_range(const ProblemOption *row, double value)
{
  if (row->type == OPTREG_PROBLEM_BOOLEAN || row->type == OPTREG_PROBLEM_CHOICE) {
    return true;
  }
  const bool is_below = (row->flags & OPTREG_PROBLEM_MINIMUM_OPEN) != 0
                            ? value <= row->minimum
                            : value < row->minimum;
  const bool is_above = (row->flags & OPTREG_PROBLEM_MAXIMUM_OPEN) != 0
                            ? value >= row->maximum
                            : value > row->maximum;
  return isfinite(value) && !is_below && !is_above;
}

char *
problem_describe_option(const ProblemClass *class, size_t i)
{
  size_t n;
  const ProblemOption *row = problem_options(class, &n) + i;

  if (row->type == OPTREG_PROBLEM_BOOLEAN) {
    return g_strdup("true or false");
  }
  if (row->type == OPTREG_PROBLEM_CHOICE) {
    g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);
    g_autofree char *list = g_strjoinv(", ", words);
    return g_strconcat("one of ", list, NULL);
  }
  const bool is_integer = row->type == OPTREG_PROBLEM_INTEGER;
  const bool opens = (row->flags & OPTREG_PROBLEM_MINIMUM_OPEN) != 0;
  const bool ends = (row->flags & OPTREG_PROBLEM_MAXIMUM_OPEN) != 0
                    || isinf(row->maximum);
  return g_strdup_printf("%s in %c%g, %g%c", is_integer ? "an integer" : "a number",
                         opens ? '(' : '[', row->minimum, row->maximum,
                         ends ? ')' : ']');
}

bool
problem_set_option(const ProblemClass *class, const char *name, const char *text,
                   double *values, GError **error)
{
  size_t n, row;
  const ProblemOption *rows = problem_options(class, &n);
  double value;

  if (!find_option(class, name, &row, error)) {
    return false;
  }
  if (!parse_value(&rows[row], text, &value) || !is_in_range(&rows[row], value)) {
    g_autofree char *wanted = problem_describe_option(class, row);
    g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: %s is '%s'; it must be %s",
                class->name, name, text, wanted);
    return false;
  }
  values[row] = value;
  return true;
}

char *
problem_show_option(const ProblemClass *class, size_t i, double value)
{
  size_t n;
  const ProblemOption *row = problem_options(class, &n) + i;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (row->type == OPTREG_PROBLEM_BOOLEAN) {
    return g_strdup(value != 0.0 ? "true" : "false");
  }
  if (row->type == OPTREG_PROBLEM_CHOICE) {
    g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);
    return g_strdup(words[(size_t)value]);
  }
  /* the shortest that reads back as the same */
  for (int precision = 6; precision <= 17; precision++) {
    g_autofree char *format = g_strdup_printf("%%.%dg", precision);
    g_ascii_formatd(digits, sizeof digits, format, value);
    if (g_ascii_strtod(digits, NULL) == value) {
      break;
    }
  }
  return g_strdup(digits);
}

bool
problem_parse_tier(const char *name, uint32_t *tier, GError **error)
{
  static const char *const names[] = { "smoke", "standard", "full", NULL };

  for (uint32_t i = 0; names[i] != NULL; i++) {
    if (strcmp(names[i], name) == 0) {
      *tier = i + OPTREG_PROBLEM_SMOKE;
      return true;
    }
  }
  g_autofree char *reason = nearest_explain("suite", name, names);
  g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, reason);
  return false;
}
