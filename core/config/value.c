/* SPDX-License-Identifier: MIT */
/* Text to a typed value and back. */
#include "config/value.h"

#include "config/number.h"
#include "config/oddity.h"
#include "config/place.h"

#include <math.h>
#include <string.h>

#define LARGEST_INTEGER \
  9007199254740992.0 /* 2^53: doubles hold every integer up to it */

typedef struct Word {
  const char *text;
  double value;
} Word;

/* YAML 1.1's words, in any case */
static const Word booleans[] = {
  { "false", 0.0 }, { "true", 1.0 }, { "no", 0.0 },
  { "yes", 1.0 },   { "off", 0.0 },  { "on", 1.0 },
};

static const char *const types[] = {
  [OPTREG_REAL] = "real",
  [OPTREG_INTEGER] = "integer",
  [OPTREG_BOOLEAN] = "boolean",
  [OPTREG_CHOICE] = "choice",
};

/* infinity is a limit that is never reached, unless it is the row's own default */
static bool
is_minimum_open(const optreg_hyperparameter *row)
{
  return (row->flags & OPTREG_MINIMUM_OPEN) != 0
         || (isinf(row->minimum) && row->default_value != row->minimum);
}

static bool
is_maximum_open(const optreg_hyperparameter *row)
{
  return (row->flags & OPTREG_MAXIMUM_OPEN) != 0
         || (isinf(row->maximum) && row->default_value != row->maximum);
}

bool
optreg_value_is_in_range(const optreg_hyperparameter *row, double value)
{
  return (is_minimum_open(row) ? value > row->minimum : value >= row->minimum)
         && (is_maximum_open(row) ? value < row->maximum : value <= row->maximum);
}

static char *
join_choices(const optreg_hyperparameter *row, const char *separator)
{
  g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);

  return g_strjoinv(separator, words);
}

char *
optreg_value_range(const optreg_hyperparameter *row)
{
  if (row->type == OPTREG_BOOLEAN) {
    return g_strdup("false | true");
  }
  if (row->type == OPTREG_CHOICE) {
    return join_choices(row, " | ");
  }
  g_autofree char *minimum = optreg_number_show(row->minimum);
  g_autofree char *maximum = optreg_number_show(row->maximum);
  return g_strdup_printf("%c%s, %s%c", is_minimum_open(row) ? '(' : '[', minimum,
                         maximum, is_maximum_open(row) ? ')' : ']');
}

const char *
optreg_value_type(const optreg_hyperparameter *row)
{
  return types[row->type];
}

char *
optreg_value_expectation(const optreg_hyperparameter *row)
{
  if (row->type == OPTREG_BOOLEAN) {
    return g_strdup("true or false");
  }
  if (row->type == OPTREG_CHOICE) {
    g_autofree char *words = join_choices(row, ", ");
    return g_strconcat("one of ", words, NULL);
  }
  g_autofree char *range = optreg_value_range(row);
  return g_strconcat(row->type == OPTREG_REAL ? "a number in " : "an integer in ",
                     range, NULL);
}

static char *
show_too_large(const char *text)
{
  return g_strdup_printf("%s is too large for an integer, at most 2^53", text);
}

static char *
show_inexact(const char *text, double nearest)
{
  g_autofree char *number = optreg_number_show(nearest);

  return g_strdup_printf(
      "%s has more digits than a number keeps; write %s, the nearest", text, number);
}

static char *
read_number(const optreg_hyperparameter *row, const char *text, double *value)
{
  g_autofree char *excerpt = optreg_excerpt(text);
  g_autofree char *quoted = optreg_quote(text);
  g_autofree char *range = optreg_value_range(row);
  double number = 0.0;

  switch (optreg_number_read(text, &number)) {
  case OPTREG_NUMBER_NONE:
    return g_strdup_printf("%s is not %s, permitted is %s", quoted,
                           row->type == OPTREG_REAL ? "a number" : "an integer", range);
  case OPTREG_NUMBER_HUGE:
    return g_strdup_printf("%s is too large for a number", excerpt);
  case OPTREG_NUMBER_TINY:
    return g_strdup_printf("%s is too small for a number; write 0 if you mean it",
                           excerpt);
  case OPTREG_NUMBER_INEXACT:
    return row->type == OPTREG_INTEGER ? show_too_large(excerpt)
                                       : show_inexact(excerpt, number);
  case OPTREG_NUMBER_REAL:
    if (row->type == OPTREG_INTEGER) {
      return g_strdup_printf("%s is not an integer, permitted is %s", quoted, range);
    }
    break;
  case OPTREG_NUMBER_INTEGER:
    if (row->type == OPTREG_INTEGER && fabs(number) > LARGEST_INTEGER) {
      return show_too_large(excerpt);
    }
  }
  if (!optreg_value_is_in_range(row, number)) {
    return g_strdup_printf("%s is out of range, permitted is %s", excerpt, range);
  }
  *value = number == 0.0 ? 0.0 : number; /* no -0 */
  return NULL;
}

static char *
read_boolean(const char *text, double *value)
{
  for (size_t i = 0; i < G_N_ELEMENTS(booleans); i++) {
    if (g_ascii_strcasecmp(text, booleans[i].text) == 0) {
      *value = booleans[i].value;
      return NULL;
    }
  }
  g_autofree char *excerpt = optreg_quote(text);
  return g_strdup_printf("%s is neither true nor false", excerpt);
}

static char *
read_choice(const optreg_hyperparameter *row, const char *text, double *value)
{
  g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);

  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], text) == 0) {
      *value = (double)i;
      return NULL;
    }
  }
  g_autofree char *excerpt = optreg_quote(text);
  g_autofree char *list = g_strjoinv(", ", words);
  return g_strdup_printf("%s is not one of %s", excerpt, list);
}

char *
optreg_value_read(const optreg_hyperparameter *row, const char *text, double *value)
{
  switch (row->type) {
  case OPTREG_BOOLEAN:
    return read_boolean(text, value);
  case OPTREG_CHOICE:
    return read_choice(row, text, value);
  default:
    return read_number(row, text, value);
  }
}

/* a choice's index ends with its words, whatever the row's maximum */
static bool
is_there(const optreg_hyperparameter *row, double value)
{
  if (row->type != OPTREG_CHOICE) {
    return optreg_value_is_in_range(row, value);
  }
  g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);
  return value >= 0.0 && value < g_strv_length(words);
}

char *
optreg_value_check(const optreg_hyperparameter *row, double value)
{
  g_autofree char *range = optreg_value_range(row);
  g_autofree char *text = isnan(value) ? g_strdup("nan") : optreg_number_show(value);

  if (row->type != OPTREG_REAL && isfinite(value) && value != floor(value)) {
    return g_strdup_printf("%s is not an integer, permitted is %s", text, range);
  }
  if (row->type == OPTREG_INTEGER && isfinite(value) && fabs(value) > LARGEST_INTEGER) {
    return show_too_large(text);
  }
  return is_there(row, value)
             ? NULL
             : g_strdup_printf("%s is out of range, permitted is %s", text, range);
}

static char *
show_choice(const optreg_hyperparameter *row, double value)
{
  g_auto(GStrv) words = g_strsplit(row->choices, "|", -1);

  return g_strdup(value < g_strv_length(words) ? words[(size_t)value] : "");
}

char *
optreg_value_show(const optreg_hyperparameter *row, double value)
{
  switch (row->type) {
  case OPTREG_BOOLEAN:
    return g_strdup(value != 0.0 ? "true" : "false");
  case OPTREG_CHOICE:
    return show_choice(row, value);
  default:
    return optreg_number_show(value);
  }
}
