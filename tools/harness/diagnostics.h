/* SPDX-License-Identifier: MIT */
/* What the diagnostics of an optimizer say between two records of a run. */
#ifndef OPTREG_HARNESS_DIAGNOSTICS_H
#define OPTREG_HARNESS_DIAGNOSTICS_H

#include <json-glib/json-glib.h>
#include <optreg/optreg.h>

/* What is said of the whole model and of each group; the words are those of
 * optreg_diagnostics. */
typedef enum Quantity {
  QUANTITY_GRADIENT_NORM,
  QUANTITY_GRADIENT_RMS, /* the norm over the root of the number of elements */
  QUANTITY_UPDATE_NORM,
  QUANTITY_WEIGHT_NORM,
  QUANTITY_UPDATE_RATIO,
  QUANTITY_CLIP_RATE,
  QUANTITY_ZERO_RATE,    /* share of the elements whose gradient is 0 */
  QUANTITY_UNMOVED_RATE, /* and of those that keep their value */
  QUANTITY_LEARNING_RATE,
  QUANTITY_RATE_5,
  QUANTITY_RATE_50,
  QUANTITY_RATE_95,
  QUANTITY_EPSILON, /* the option of that name; NaN: the optimizer has none */
  N_QUANTITIES
} Quantity;

enum { DIAGNOSTICS_MOST_PARTS = 16, DIAGNOSTICS_TEXT = 64 };

/* The model or a group: means over the updates that were looked at, where finite; NaN
 * where they never were. */
typedef struct DiagnosticsPart {
  char name[DIAGNOSTICS_TEXT];  /* "model", or the group's label */
  char match[DIAGNOSTICS_TEXT]; /* what the group selects, perhaps cut; "" */
  double values[N_QUANTITIES];
} DiagnosticsPart;

typedef struct Diagnostics {
  uint64_t n_looks; /* updates looked at since the last record; 0: the rest is NaN */
  double loss_scale;
  uint64_t skipped; /* calls since the beginning of the run */
  size_t n_parts; /* the model, then groups where there are several; 0: not diagnosed */
  DiagnosticsPart parts[DIAGNOSTICS_MOST_PARTS];
} Diagnostics;

/* "gradient_norm". */
const char *quantity_name(Quantity quantity);

/* ---- while a run goes on ---- */

/* The sums since the last record. */
typedef struct DiagnosticsSum {
  uint64_t n_looks, last_step;
  double sums[DIAGNOSTICS_MOST_PARTS][N_QUANTITIES];
  uint64_t counts[DIAGNOSTICS_MOST_PARTS][N_QUANTITIES];
} DiagnosticsSum;

/* After a step: take what is new. */
void diagnostics_sum_take(DiagnosticsSum *sum, const optreg_optimizer *optimizer);

/* At a record: the means, and all sums from the beginning. */
void diagnostics_sum_close(DiagnosticsSum *sum, const optreg_optimizer *optimizer,
                           Diagnostics *diagnostics);

/* As a line of text with its end, and back to the same bits; false when it is none. */
char *diagnostics_sum_to_text(const DiagnosticsSum *sum);
bool diagnostics_sum_from_text(const char *text, DiagnosticsSum *sum);

/* ---- in a record ---- */

/* As the value of a member. */
void diagnostics_to_json(const Diagnostics *diagnostics, JsonBuilder *builder);

/* All zero when the object is NULL. */
void diagnostics_from_json(JsonObject *object, Diagnostics *diagnostics);

#endif
