/* SPDX-License-Identifier: MIT */
/* One line of a run's log: how the weights that would be deployed stand after an epoch.
 */
#ifndef OPTREG_HARNESS_RECORD_H
#define OPTREG_HARNESS_RECORD_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Record {
  const char *arm; /* borrowed; NULL in a record that was read */
  uint32_t seed, epoch;
  uint64_t step;     /* updates so far */
  double train_loss; /* over the training split */
  double batch_loss; /* mean over the batches of the epoch, before their updates */
  double validation_loss, validation_accuracy, test_loss, test_accuracy;
  double elapsed_s; /* in training; measuring and logging are not counted */

  bool is_final; /* the last record of a run; only it has what follows */
  bool is_diverged;
  uint64_t batches;                                /* calls of step */
  double model_ms_per_step, optimizer_ms_per_step; /* of such a call */
  uint64_t state_bytes;
} Record;

/* One line of JSON without its end; numbers that are not finite become null. */
char *record_to_json(const Record *record);

/* False when the line is no record. */
bool record_from_json(const char *line, Record *record);

/* Add a number, or null when it is not finite: JSON has no NaN. */
void record_add_number(JsonBuilder *builder, const char *name, double value);
void record_add_count(JsonBuilder *builder, const char *name, uint64_t value);
void record_add_text(JsonBuilder *builder, const char *name, const char *value);

#endif
