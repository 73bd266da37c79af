/* SPDX-License-Identifier: MIT */
/* One line of a run's log: how the weights that would be deployed stand after some
 * steps.
 */
#ifndef OPTREG_HARNESS_RECORD_H
#define OPTREG_HARNESS_RECORD_H

#include "diagnostics.h"
#include "problem.h"

#include <json-glib/json-glib.h>

enum { RECORD_MOST_METRICS = 16, RECORD_REASON_SIZE = 160, RECORD_MOST_SHADOWS = 32 };

/* Bytes of a run's log that are read. */
#define RECORD_MOST_LOG ((gssize)1 << 30)

/* A candidate's updates beside the arm's (docs/shadows.md), since the last record. */
typedef struct ShadowRecord {
  uint64_t steps;                 /* in which both moved the weights */
  double cosine;                  /* mean over them; NaN without any */
  double rms_ratio;               /* RMS of all these updates, over the arm's; or NaN */
  double decrease, live_decrease; /* of the loss, predicted, summed over them */
  double ns, live_ns;             /* that all steps took */
} ShadowRecord;

typedef struct Record {
  uint64_t batches;  /* gradients taken; 0 in the first record, before training */
  uint64_t step;     /* updates */
  double epoch;      /* batches over those of an epoch */
  double batch_loss; /* mean over the batches since the last record; NaN in the first */
  double values[N_SPLITS][RECORD_MOST_METRICS]; /* of the problem's metrics, in order */
  double elapsed_s;        /* in training; measuring and logging are not counted */
  Diagnostics diagnostics; /* without parts where nobody asked for them */
  size_t n_shadows;        /* candidates, in the order of the arms behind the first */
  ShadowRecord shadows[RECORD_MOST_SHADOWS];

  bool is_final; /* the last record of a run; only it has what follows */
  bool is_diverged;
  char reason[RECORD_REASON_SIZE];                 /* of a run that diverged */
  char weights[65];                                /* SHA-256 of them, in hexadecimal */
  double model_ms_per_step, optimizer_ms_per_step; /* of a batch */
  uint64_t state_bytes;
} Record;

/* Whose record it is; the same in each line of a run. */
typedef struct RecordHead {
  const char *problem, *arm;
  uint32_t seed, trial;
  const char *const *candidates; /* names of the shadows; NULL: there are none */
} RecordHead;

/* One line of JSON without its end; numbers that are not finite become null. What
 * depends on the clock is in members called "clock". */
char *record_to_json(const Record *record, const RecordHead *head,
                     const ProblemClass *class);

/* False when the line is no record of the problem. */
bool record_from_json(const char *line, const ProblemClass *class, Record *record);

/* The member "shadow" of a line: written when there are candidates, read when it is
 * there. */
void record_add_shadows(JsonBuilder *builder, const Record *record,
                        const char *const *names);
void record_read_shadows(JsonObject *object, Record *record);

#endif
