/* SPDX-License-Identifier: MIT */
/* Where optreg does otherwise than Keras on purpose: docs/keras.md. */
#ifndef OPTREG_TESTS_DEPARTURES_H
#define OPTREG_TESTS_DEPARTURES_H

#include "model.h"
#include "outcome.h"

/* Rows that no call of a training run meets; the runner names them itself. */
typedef enum DepartureRow {
  DEPARTURE_CLOSED_WINDOW, /* accumulators between two windows mean nothing */
  DEPARTURE_NOT_AVERAGED,
  DEPARTURE_NEGATIVE_STEP,
  DEPARTURE_UNSORTED,
  DEPARTURE_ANY_NUMBER,
  DEPARTURE_CLIPS_COMBINE,
  DEPARTURE_RANGE,
  DEPARTURE_NO_EFFECT,
  DEPARTURE_UNKNOWN,
  DEPARTURE_NO_DECAY,
  DEPARTURE_NAME,
} DepartureRow;

/* What has departed so far, by variable and field. */
typedef struct Departures Departures;

Departures *departures_new(size_t n_variables);
void departures_free(Departures *departures);

/* After a call of the model: find the rows that it meets. `step` is what Keras
 * recorded. Rows hold from their first call to the end of the case. */
void departures_advance(Departures *departures, const Model *model, JsonObject *step);

/* The row by which a field departs, or -1. Fields that belong to no variable: any. */
int departures_row(const Departures *departures, size_t variable, Field field);

size_t departures_count(void);
const char *departures_name(size_t row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Departures, departures_free)

#endif
