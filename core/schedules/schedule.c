/* SPDX-License-Identifier: MIT */
/* Schedules: read, check, evaluate. */
#include "schedules/kind.h"

#include "config/number.h"
#include "config/place.h"
#include "config/value.h"

#include <math.h>

/* ---- checking ---- */

static bool
is_permitted(const optreg_hyperparameter *row, double value)
{
  const double limit = value > 0.0 ? row->maximum : row->minimum;

  return isinf(value) ? value == limit : optreg_value_is_in_range(row, value);
}

/* in the row's range at every counter */
static bool
check_range(const OptregSchedule *schedule, GError **error)
{
  const optreg_hyperparameter *row = schedule->row;
  OptregBounds bounds = { INFINITY, -INFINITY };

  optreg_schedule_bounds(schedule, &bounds);
  if (is_permitted(row, bounds.low) && is_permitted(row, bounds.high)) {
    return true;
  }
  const bool is_low = !is_permitted(row, bounds.low);
  g_autofree char *range = optreg_value_range(row);
  g_autofree char *reached = optreg_number_round(is_low ? bounds.low : bounds.high);
  return optreg_fail_at(schedule->source, schedule->line, schedule->column, error,
                        "%s: reaches %s, but %s must stay in %s",
                        schedule->kind->info.name, reached, row->name, range);
}

/* percentages that wait are NaN, which contradicts nothing */
static bool
check_whole(const OptregSchedule *schedule, GError **error)
{
  return (schedule->kind->check == NULL || schedule->kind->check(schedule, error))
         && (optreg_schedule_needs_total_steps(schedule)
             || check_range(schedule, error));
}

/* ---- making ---- */

static OptregSchedule *
new_schedule(const OptregNode *mapping, const char *source,
             const optreg_hyperparameter *row, bool is_nested, GError **error)
{
  const OptregScheduleKind *kind =
      optreg_schedule_read_kind(mapping, source, row, error);

  if (kind == NULL) {
    return NULL;
  }
  g_autoptr(OptregSchedule) schedule = g_new0(OptregSchedule, 1);
  schedule->kind = kind;
  schedule->row = row;
  schedule->source = g_strdup(source);
  schedule->line = mapping->line;
  schedule->column = mapping->column;
  if (!optreg_schedule_read(schedule, mapping, is_nested, error)
      || !check_whole(schedule, error)) {
    return NULL;
  }
  return g_steal_pointer(&schedule);
}

OptregSchedule *
optreg_schedule_new(const OptregNode *mapping, const char *source,
                    const optreg_hyperparameter *row, GError **error)
{
  return new_schedule(mapping, source, row, false, error);
}

OptregSchedule *
optreg_schedule_new_nested(const OptregNode *mapping, const char *source,
                           const optreg_hyperparameter *row, GError **error)
{
  return new_schedule(mapping, source, row, true, error);
}

void
optreg_schedule_free(OptregSchedule *schedule)
{
  if (schedule == NULL) {
    return;
  }
  for (size_t i = 0;
       schedule->arguments != NULL && i < schedule->kind->info.n_parameters; i++) {
    optreg_argument_clear(&schedule->arguments[i]);
  }
  g_free(schedule->arguments);
  g_free(schedule->source);
  g_free(schedule);
}

/* ---- percentages ---- */

bool
optreg_schedule_needs_total_steps(const OptregSchedule *schedule)
{
  return schedule->has_percentages && schedule->total_steps == 0;
}

static bool
resolve(OptregSchedule *schedule, uint64_t total_steps, GError **error)
{
  const optreg_schedule_info *info = &schedule->kind->info;

  for (size_t i = 0; i < info->n_parameters; i++) {
    if (!optreg_argument_resolve(&schedule->arguments[i], schedule,
                                 &info->parameters[i], total_steps, error)) {
      return false;
    }
  }
  schedule->total_steps = total_steps;
  return check_whole(schedule, error);
}

bool
optreg_schedule_set_total_steps(OptregSchedule *schedule, uint64_t total_steps,
                                GError **error)
{
  const uint64_t before = schedule->total_steps;

  if (resolve(schedule, total_steps, error)) {
    return true;
  }
  resolve(schedule, before, NULL);
  return false;
}

/* ---- values ---- */

bool
optreg_schedule_counts_micro_steps(const OptregSchedule *schedule)
{
  return schedule->counts_micro_steps;
}

double
optreg_schedule_at(const OptregSchedule *schedule, double s)
{
  return optreg_schedule_needs_total_steps(schedule)
             ? NAN
             : schedule->kind->value(schedule->arguments, s);
}

void
optreg_schedule_bounds(const OptregSchedule *schedule, OptregBounds *bounds)
{
  schedule->kind->bounds(schedule->arguments, bounds);
}

double
optreg_schedule_end(const OptregSchedule *schedule, bool is_high)
{
  OptregBounds bounds = { INFINITY, -INFINITY };

  optreg_schedule_bounds(schedule, &bounds);
  return is_high ? bounds.high : bounds.low;
}

double
optreg_schedule_value(const OptregSchedule *schedule, uint64_t counter)
{
  return optreg_schedule_at(schedule, (double)counter);
}
