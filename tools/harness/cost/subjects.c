/* SPDX-License-Identifier: MIT */
/* Subjects of the cost phase. */
#include "subjects.h"

Subjects
subjects_new(const CostWorkerPlace *place)
{
  const size_t n_arms = comparison_n_arms(place->comparison);
  Subjects subjects = { n_arms + 1, g_new0(Subject, n_arms + 1) };

  for (size_t i = 0; i < subjects.n; i++) {
    Subject *subject = &subjects.all[i];
    subject->place = *place;
    subject->place.is_again = i == n_arms;
    subject->place.arm = i < n_arms ? i : place->comparison->experiment->control;
    cost_worker_forget(&subject->place);
  }
  return subjects;
}

void
subjects_clear(Subjects *subjects)
{
  for (size_t i = 0; i < subjects->n; i++) {
    cost_worker_forget(&subjects->all[i].place);
    g_free(subjects->all[i].reason);
  }
  g_free(subjects->all);
}

static void
note_loss(Subject *subject)
{
  const char *reason = cost_worker_reason(subject->worker);

  if (reason != NULL) {
    subject->reason = g_strdup(reason);
  }
}

void
subject_start(Subject *subject, CostRow *row, uint64_t *n_parameters)
{
  if (subject->reason == NULL) {
    subject->worker = cost_worker_start(&subject->place);
    cost_worker_prepare(subject->worker, row, n_parameters);
    note_loss(subject);
  }
}

void
subject_take_block(Subject *subject, double *seconds)
{
  if (subject->reason == NULL) {
    cost_worker_block(subject->worker, seconds);
    note_loss(subject);
  }
}

void
subjects_end(const Subjects *subjects)
{
  for (size_t i = 0; i < subjects->n; i++) {
    g_clear_pointer(&subjects->all[i].worker, cost_worker_free);
  }
}
