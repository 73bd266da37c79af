/* SPDX-License-Identifier: MIT */
/* Who takes turns: the arms of a problem and the control once more, each in a process
 * of its own for every sitting. */
#ifndef OPTREG_HARNESS_COST_SUBJECTS_H
#define OPTREG_HARNESS_COST_SUBJECTS_H

#include "worker.h"

typedef struct Subject {
  CostWorkerPlace place;
  CostWorker *worker; /* of this sitting, or NULL */
  char *reason;       /* why it was lost, for all sittings, or NULL */
} Subject;

typedef struct Subjects {
  size_t n;
  Subject *all;
} Subjects;

/* All arms of the place's task, and the control. */
Subjects subjects_new(const CostWorkerPlace *place);
void subjects_clear(Subjects *subjects);

/* Start its process and wait until it is ready; fills in what is known about it. Does
 * nothing for one that was lost. */
void subject_start(Subject *subject, CostRow *row, uint64_t *n_parameters);

/* One block; *seconds stays as it was when the subject is or becomes lost. */
void subject_take_block(Subject *subject, double *seconds);

/* The sitting is over. */
void subjects_end(const Subjects *subjects);

#endif
