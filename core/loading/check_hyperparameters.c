/* SPDX-License-Identifier: MIT */
/* What must hold for hyperparameter rows. */
#include "check.h"

#include "config/number.h"
#include "names.h"

#include <math.h>
#include <string.h>

#define MAX_EXACT_INTEGER 9007199254740992.0 /* 2^53 */
#define MAX_CHOICES 256

/* a row with its place in messages */
typedef struct Row {
  const OptregDescriptor *descriptor;
  const optreg_hyperparameter *row;
  const char *where; /* "hyperparameter 'rho'" */
} Row;

static bool
check_texts(const Row *self, GError **error)
{
  g_autofree char *doc = g_strconcat(self->where, ": doc", NULL);
  g_autofree char *needs = g_strconcat(self->where, ": needs", NULL);

  return optreg_check_text(self->descriptor, doc, self->row->doc, false, error)
         && optreg_check_needs(self->descriptor, needs, self->row->needs, error);
}

/* following `needs` must come to an end; next[i] is the row that row i needs, or -1 */
static bool
check_chains(const OptregDescriptor *descriptor, const gssize *next, GError **error)
{
  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    size_t length = 0;
    for (gssize row = (gssize)i; row >= 0; row = next[row]) {
      if (length++ == descriptor->n_hyperparameters) {
        return optreg_refuse(
            descriptor, error,
            "hyperparameter '%s': needs itself in the end: remove a needs",
            descriptor->hyperparameters[i].name);
      }
    }
  }
  return true;
}

static bool
check_needs(const OptregDescriptor *descriptor, GError **error)
{
  const size_t n = descriptor->n_hyperparameters;
  g_autofree gssize *next = g_new(gssize, n + 1);

  for (size_t i = 0; i < n; i++) {
    const char *needs = descriptor->hyperparameters[i].needs;
    next[i] = needs == NULL ? -1 : optreg_descriptor_find(descriptor, needs);
  }
  return check_chains(descriptor, next, error);
}

static bool
check_limits(const Row *self, GError **error)
{
  const optreg_hyperparameter *row = self->row;

  if (isnan(row->minimum) || isnan(row->maximum) || isnan(row->default_value)) {
    return optreg_refuse(self->descriptor, error,
                         "%s: its default or a limit is NaN: use INFINITY for no limit",
                         self->where);
  }
  if (row->minimum > row->maximum) {
    return optreg_refuse(self->descriptor, error,
                         "%s: its minimum is above its maximum: swap them",
                         self->where);
  }
  return true;
}

static bool
is_inside(const optreg_hyperparameter *row)
{
  const double value = row->default_value;
  const bool is_above = (row->flags & OPTREG_MINIMUM_OPEN) != 0 ? value > row->minimum
                                                                : value >= row->minimum;
  const bool is_below = (row->flags & OPTREG_MAXIMUM_OPEN) != 0 ? value < row->maximum
                                                                : value <= row->maximum;
  return isfinite(value) && is_above && is_below;
}

static bool
check_real(const Row *self, GError **error)
{
  const optreg_hyperparameter *row = self->row;

  if (!check_limits(self, error)) {
    return false;
  }
  if (!is_inside(row)) {
    g_autofree char *value = optreg_number_show(row->default_value);
    g_autofree char *minimum = optreg_number_show(row->minimum);
    g_autofree char *maximum = optreg_number_show(row->maximum);
    return optreg_refuse(
        self->descriptor, error,
        "%s: its default %s is outside of %c%s, %s%c: change one of them", self->where,
        value, (row->flags & OPTREG_MINIMUM_OPEN) != 0 ? '(' : '[', minimum, maximum,
        (row->flags & OPTREG_MAXIMUM_OPEN) != 0 ? ')' : ']');
  }
  return true;
}

static bool
is_whole(double value)
{
  return isinf(value) || (fabs(value) <= MAX_EXACT_INTEGER && trunc(value) == value);
}

static bool
check_integer(const Row *self, GError **error)
{
  const optreg_hyperparameter *row = self->row;

  if (!check_real(self, error)) {
    return false;
  }
  if (!is_whole(row->default_value) || !is_whole(row->minimum)
      || !is_whole(row->maximum)) {
    return optreg_refuse(self->descriptor, error,
                         "%s: is an integer, but its default or a limit is not, or is "
                         "beyond 2^53: use OPTREG_REAL_ROW",
                         self->where);
  }
  return true;
}

static bool
check_boolean(const Row *self, GError **error)
{
  if (self->row->default_value != 0 && self->row->default_value != 1) {
    return optreg_refuse(self->descriptor, error,
                         "%s: is a boolean, so its default must be 0 or 1",
                         self->where);
  }
  return true;
}

static bool
is_choice_word(const char *word)
{
  const size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-.+");
  return n > 0 && word[n] == '\0';
}

static bool
check_choice_words(const Row *self, GError **error)
{
  g_auto(GStrv) words = g_strsplit(self->row->choices, "|", -1);

  for (size_t i = 0; words[i] != NULL; i++) {
    bool is_wrong = i >= MAX_CHOICES || !is_choice_word(words[i]);
    for (size_t j = 0; j < i; j++) {
      is_wrong |= strcmp(words[i], words[j]) == 0;
    }
    if (is_wrong) {
      return optreg_refuse(self->descriptor, error,
                           "%s: its choices '%s' must be different words of letters, "
                           "digits, '_', '-', '.' and '+', with '|' between them",
                           self->where, self->row->choices);
    }
  }
  return words[0] != NULL
         || optreg_refuse(self->descriptor, error,
                          "%s: its choices are empty: name some", self->where);
}

static bool
check_choice(const Row *self, GError **error)
{
  const optreg_hyperparameter *row = self->row;
  g_autofree char *where = g_strconcat(self->where, ": choices", NULL);

  if (!optreg_check_text(self->descriptor, where, row->choices, false, error)
      || !check_choice_words(self, error)) {
    return false;
  }
  if (!(row->default_value >= 0
        && row->default_value < (double)optreg_choices_count(row))
      || trunc(row->default_value) != row->default_value) {
    return optreg_refuse(self->descriptor, error,
                         "%s: its default must be the index of one of '%s'",
                         self->where, row->choices);
  }
  return true;
}

static bool
check_type(const Row *self, GError **error)
{
  static bool (*const checks[])(const Row *self, GError **error) = {
    [OPTREG_REAL] = check_real,
    [OPTREG_INTEGER] = check_integer,
    [OPTREG_BOOLEAN] = check_boolean,
    [OPTREG_CHOICE] = check_choice,
  };
  const uint32_t type = self->row->type;

  if (type >= G_N_ELEMENTS(checks) || checks[type] == NULL) {
    return optreg_refuse(self->descriptor, error,
                         "%s: its type %u is unknown: use one of OPTREG_REAL, "
                         "OPTREG_INTEGER, OPTREG_BOOLEAN and OPTREG_CHOICE",
                         self->where, type);
  }
  if (type != OPTREG_CHOICE && self->row->choices != NULL) {
    return optreg_refuse(
        self->descriptor, error,
        "%s: has choices but is not of type OPTREG_CHOICE: set them to "
        "NULL",
        self->where);
  }
  return checks[type](self, error);
}

/* what has no range has no open end, and a schedule gives real numbers */
static bool
check_flags(const Row *self, GError **error)
{
  const uint32_t type = self->row->type, flags = self->row->flags;
  const bool is_listed = type == OPTREG_BOOLEAN || type == OPTREG_CHOICE;

  if (is_listed && (flags & (OPTREG_MINIMUM_OPEN | OPTREG_MAXIMUM_OPEN)) != 0) {
    return optreg_refuse(self->descriptor, error,
                         "%s: has no range that OPTREG_MINIMUM_OPEN or "
                         "OPTREG_MAXIMUM_OPEN could open: remove them",
                         self->where);
  }
  if (type != OPTREG_REAL && (flags & OPTREG_SCHEDULABLE) != 0) {
    return optreg_refuse(self->descriptor, error,
                         "%s: is OPTREG_SCHEDULABLE, but not of type OPTREG_REAL: "
                         "remove the flag",
                         self->where);
  }
  return true;
}

/* the core reads the learning rate, whatever the optimizer */
static bool
check_key(const Row *self, GError **error)
{
  const char *name = self->row->name;

  if (optreg_name_is_reserved(name)) {
    return optreg_refuse(self->descriptor, error,
                         "%s: is a key that belongs to optreg: rename it", self->where);
  }
  if (strcmp(name, "learning_rate") == 0 && self->row->type != OPTREG_REAL) {
    return optreg_refuse(self->descriptor, error, "%s: must be of type OPTREG_REAL",
                         self->where);
  }
  return true;
}

bool
optreg_check_hyperparameters(const OptregDescriptor *descriptor, GError **error)
{
  const optreg_hyperparameter *rows = descriptor->hyperparameters;

  if (!optreg_check_names(descriptor, "hyperparameter", rows,
                          descriptor->n_hyperparameters, sizeof(rows[0]), error)) {
    return false;
  }
  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    g_autofree char *where = g_strdup_printf("hyperparameter '%s'", rows[i].name);
    const Row row = { descriptor, &rows[i], where };
    if (!check_key(&row, error) || !check_texts(&row, error) || !check_type(&row, error)
        || !check_flags(&row, error)) {
      return false;
    }
  }
  return check_needs(descriptor, error);
}

size_t
optreg_choices_count(const optreg_hyperparameter *row)
{
  size_t n = 1;

  for (const char *p = row->choices; *p != '\0'; p++) {
    n += *p == '|';
  }
  return n;
}
