/* SPDX-License-Identifier: MIT */
/* Values of hyperparameters that a plugin permits. */
#include "values.h"

#include <math.h>
#include <stdbool.h>

void
values_default(const Plugin *plugin, double *values)
{
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    values[i] = plugin_hyperparameter(plugin, i)->default_value;
  }
}

static bool
is_listed(const optreg_hyperparameter *row)
{
  return row->type == OPTREG_BOOLEAN || row->type == OPTREG_CHOICE;
}

double
value_maximum(const optreg_hyperparameter *row)
{
  if (row->type != OPTREG_CHOICE) {
    return row->type == OPTREG_BOOLEAN ? 1.0 : row->maximum;
  }
  double n = 0;
  for (const char *c = row->choices; *c != '\0'; c++) {
    n += *c == '|';
  }
  return n;
}

double
value_minimum(const optreg_hyperparameter *row)
{
  return is_listed(row) ? 0.0 : row->minimum;
}

gboolean
value_is_legal(const optreg_hyperparameter *row, double value)
{
  const double minimum = value_minimum(row), maximum = value_maximum(row);
  const uint32_t flags = is_listed(row) ? 0 : row->flags;

  return isfinite(value) && value >= minimum && value <= maximum
         && !(value == minimum && (flags & OPTREG_MINIMUM_OPEN))
         && !(value == maximum && (flags & OPTREG_MAXIMUM_OPEN))
         && (row->type == OPTREG_REAL || value == floor(value));
}

static void
add(const optreg_hyperparameter *row, double value, double *candidates, size_t *n)
{
  for (size_t i = 0; i < *n; i++) {
    if (candidates[i] == value) {
      return;
    }
  }
  if (value_is_legal(row, value) && value != row->default_value
      && *n < MAX_CANDIDATES) {
    candidates[(*n)++] = value;
  }
}

size_t
values_candidates(const optreg_hyperparameter *row, double *candidates)
{
  static const double factors[] = { 0.5, 2.0, 0.1, 10.0, 1e-3, 1e3, 1e6 };
  static const double values[] = {
    0.0, 1.0, 0.5, 0.9, 2.0, 3.0, 10.0, -1.0, -0.5, 1e-3
  };
  const double minimum = value_minimum(row), maximum = value_maximum(row);
  size_t n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS(factors); i++) {
    add(row, row->default_value * factors[i], candidates, &n);
  }
  add(row, (minimum + maximum) / 2, candidates, &n);
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    add(row, values[i], candidates, &n);
  }
  add(row, minimum, candidates, &n);
  add(row, maximum, candidates, &n);
  return n;
}

static double
nonzero_value(const optreg_hyperparameter *row)
{
  double candidates[MAX_CANDIDATES];

  if (row->default_value != 0.0) {
    return row->default_value;
  }
  const size_t n = values_candidates(row, candidates);
  for (size_t i = 0; i < n; i++) {
    if (candidates[i] == 0.5) {
      return 0.5;
    }
  }
  return n > 0 ? candidates[0] : 0.0;
}

void
values_turn_on(const Plugin *plugin, size_t i, double *values)
{
  /* a chain of needs is no longer than the table */
  for (size_t depth = 0; depth < plugin->class->hyperparameters.count; depth++) {
    const char *needs = plugin_hyperparameter(plugin, i)->needs;
    const gssize other = needs == NULL ? -1 : plugin_find_hyperparameter(plugin, needs);
    if (other < 0) {
      return;
    }
    i = (size_t)other;
    if (values[i] == 0.0) {
      values[i] = nonzero_value(plugin_hyperparameter(plugin, i));
    }
  }
}

/* the finaliser of splitmix64 */
static uint64_t
hash(uint64_t x)
{
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

double
noise(uint64_t seed, uint64_t i)
{
  return (double)(hash(hash(seed) ^ i) >> 11) * 0x1p-53;
}

double
signed_noise(uint64_t seed, uint64_t i)
{
  const double u = 2.0 * noise(seed, i) - 1.0;

  return u < 0.0 ? u * 0.9 - 0.1 : u * 0.9 + 0.1;
}

static double
random_value(const optreg_hyperparameter *row, double u)
{
  const double minimum = value_minimum(row), maximum = value_maximum(row);
  const double low = isfinite(minimum) ? minimum : fmin(row->default_value, 0.0) - 1.0;
  const double high = isfinite(maximum) ? maximum
                                        : fmax(row->default_value * 4.0, low + 1.0);
  const double value = low + u * (high - low);

  if (row->type == OPTREG_REAL) {
    return value;
  }
  return fmin(low + floor(u * (fmin(high, low + 1000.0) - low + 1.0)), high);
}

void
values_random(const Plugin *plugin, uint64_t seed, double *values)
{
  values_default(plugin, values);
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
    const double value = random_value(row, noise(seed, i));
    if (value_is_legal(row, value)) {
      values[i] = value;
    }
  }
}
