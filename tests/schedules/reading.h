/* SPDX-License-Identifier: MIT */
/* Schedules from text, for rows with and without an upper end. */
#ifndef OPTREG_TESTS_SCHEDULES_READING_H
#define OPTREG_TESTS_SCHEDULES_READING_H

#include "schedules/schedule.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const optreg_hyperparameter learning_rate =
    OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY, OPTREG_SCHEDULABLE, "size");
static const optreg_hyperparameter rho =
    OPTREG_REAL_ROW("rho", 0.95, 0.0, 1.0, OPTREG_SCHEDULABLE, "decay");

/* `text` is what stands after "learning_rate: " */
static inline OptregSchedule *
schedule_read(const optreg_hyperparameter *row, const char *text, GError **error)
{
  g_autofree char *yaml = g_strdup_printf("%s: %s\n", row->name, text);
  g_autoptr(OptregNode) tree = optreg_node_parse(yaml, strlen(yaml), "a.yaml", error);

  return tree == NULL ? NULL
                      : optreg_schedule_new(tree->children, "a.yaml", row, error);
}

/* For text that is right. */
static inline OptregSchedule *
schedule_of(const char *text)
{
  g_autoptr(GError) error = NULL;
  OptregSchedule *schedule = schedule_read(&learning_rate, text, &error);

  g_assert_no_error(error);
  return schedule;
}

static inline void
assert_near(double actual, double expected, double relative)
{
  /* zero has no neighbours */
  g_assert_cmpfloat_with_epsilon(actual, expected,
                                 fmax(relative * fabs(expected), DBL_MIN));
}

#endif
