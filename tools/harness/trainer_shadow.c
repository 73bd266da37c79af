/* SPDX-License-Identifier: MIT */
/* Candidates that shadow a trainer's optimizer. */
#include "trainer_private.h"

#include "support/status.h"

#include <math.h>
#include <string.h>

static bool
open_shadow(Trainer *trainer, GError **error)
{
  optreg_error *failure = NULL;

  if (trainer->shadow == NULL) {
    trainer->shadow = optreg_shadow_new(trainer->optimizer, &failure);
  }
  return trainer->shadow != NULL || status_take(failure, error);
}

static bool
add(Trainer *trainer, const char *name, optreg_optimizer *candidate, GError **error)
{
  optreg_error *failure = NULL;

  if (trainer->n_candidates == RECORD_MOST_SHADOWS) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "there are more than %d candidates: leave some arms out",
                RECORD_MOST_SHADOWS);
    return false;
  }
  if (trainer->plan.n_batches == 0 && !trainer_refuse_percentages(candidate, error)) {
    return false;
  }
  return open_shadow(trainer, error)
         && (optreg_shadow_add(trainer->shadow, name, candidate, &failure)
             || status_take(failure, error));
}

bool
trainer_shadow(Trainer *trainer, const char *name, optreg_optimizer *candidate,
               GError **error)
{
  if (!add(trainer, name, candidate, error)) {
    optreg_optimizer_free(candidate);
    return false;
  }
  trainer->n_candidates++;
  return true;
}

static void
add_up(ShadowSums *sums, const optreg_shadow_report *report)
{
  const optreg_contrast *model = &report->model;

  sums->ns += (double)report->ns;
  sums->live_ns += (double)report->live_ns;
  if (isnan(model->cosine)) {
    return;
  }
  sums->n++;
  sums->cosine += model->cosine;
  sums->square += model->rms * model->rms;
  sums->live_square += model->live_rms * model->live_rms;
  sums->decrease += model->decrease;
  sums->live_decrease += model->live_decrease;
}

double
trainer_note_shadows(Trainer *trainer)
{
  for (size_t i = 0; i < trainer->n_candidates; i++) {
    add_up(&trainer->sums[i], optreg_shadow_last_step(trainer->shadow, i));
  }
  return 1e-9 * (double)optreg_shadow_last_step(trainer->shadow, 0)->live_ns;
}

static ShadowRecord
conclude(const ShadowSums *sums)
{
  return (ShadowRecord){
    .steps = sums->n,
    .cosine = sums->cosine / (double)sums->n,
    .rms_ratio = sqrt(sums->square / sums->live_square),
    .decrease = sums->decrease,
    .live_decrease = sums->live_decrease,
    .ns = sums->ns,
    .live_ns = sums->live_ns,
  };
}

void
trainer_fill_shadows(Trainer *trainer, Record *record)
{
  record->n_shadows = trainer->n_candidates;
  for (size_t i = 0; i < trainer->n_candidates; i++) {
    record->shadows[i] = conclude(&trainer->sums[i]);
  }
  memset(trainer->sums, 0, sizeof trainer->sums);
}
