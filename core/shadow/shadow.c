/* SPDX-License-Identifier: MIT */
/* Shadows in the public API: a live step, then its candidates'. */
#include "error.h"
#include "gate.h"
#include "optimizer.h"
#include "shadow/candidate.h"
#include "shadow/contrast.h"
#include "shadow/copies.h"
#include "running/fp_mode.h"
#include "uncancelled.h"

#include <string.h>
#include <time.h>

struct optreg_shadow {
  optreg_optimizer *live;
  OptregCopies *copies;
  OptregContrast *contrast;
  GPtrArray *candidates; /* of OptregCandidate */
};

optreg_shadow *
optreg_shadow_new(optreg_optimizer *live, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(live, OPTREG_NEEDS_WHOLE, error)) {
    return NULL;
  }
  optreg_shadow *shadow = g_new0(optreg_shadow, 1);
  shadow->live = live;
  shadow->candidates =
      g_ptr_array_new_with_free_func((GDestroyNotify)optreg_candidate_free);
  shadow->copies = optreg_copies_new(live->engine, &problem);
  if (shadow->copies != NULL) {
    shadow->contrast = optreg_contrast_new(shadow->copies, &problem);
  }
  if (shadow->contrast != NULL) {
    return shadow;
  }
  optreg_shadow_free(shadow);
  optreg_error_export(problem, error);
  return NULL;
}

void
optreg_shadow_free(optreg_shadow *shadow)
{
  OPTREG_UNCANCELLED;
  if (shadow != NULL) {
    g_ptr_array_unref(shadow->candidates);
    optreg_contrast_free(shadow->contrast);
    optreg_copies_free(shadow->copies);
    g_free(shadow);
  }
}

static OptregCandidate *
find(const optreg_shadow *shadow, size_t index)
{
  return shadow != NULL && index < shadow->candidates->len
             ? shadow->candidates->pdata[index]
             : NULL;
}

static bool
check_name(const optreg_shadow *shadow, const char *name, GError **error)
{
  if (name == NULL || name[0] == '\0') {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "a candidate needs a name: reports and errors use it");
    return false;
  }
  for (guint i = 0; i < shadow->candidates->len; i++) {
    if (strcmp(find(shadow, i)->name, name) == 0) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                  "there is a candidate '%s' already: names must be unique", name);
      return false;
    }
  }
  return true;
}

bool
optreg_shadow_add(optreg_shadow *shadow, const char *name, optreg_optimizer *candidate,
                  optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_object(shadow, "the shadow", error)
      || !optreg_gate_object(candidate, "the candidate", error)
      || !optreg_gate_optimizer(shadow->live, OPTREG_NEEDS_WHOLE, error)) {
    return false;
  }
  OptregCandidate *added = check_name(shadow, name, &problem) ? optreg_candidate_new(
                               shadow->live, shadow->copies, name, candidate, &problem)
                                                              : NULL;
  if (added == NULL) {
    return optreg_error_export(problem, error);
  }
  optreg_contrast_forget(shadow->contrast, &added->table);
  g_ptr_array_add(shadow->candidates, added);
  return true;
}

/* ---- steps ---- */

static uint64_t
now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void
step_candidate(optreg_shadow *shadow, OptregCandidate *candidate, double loss_scale)
{
  optreg_shadow_report *report = &candidate->report;

  optreg_copies_reset(shadow->copies);
  const uint64_t begin = now();
  report->status = optreg_candidate_step(candidate, shadow->live->engine, loss_scale);
  report->ns = now() - begin;
  report->message = candidate->failure != NULL ? candidate->failure->message : NULL;
  if (report->status == OPTREG_STEP_APPLIED
      && report->live_status == OPTREG_STEP_APPLIED) {
    optreg_contrast_measure(shadow->contrast, loss_scale, &candidate->table);
  } else {
    optreg_contrast_forget(shadow->contrast, &candidate->table);
  }
}

/* the candidates stand still, as all that the live optimizer has */
static void
note_failure(const optreg_shadow *shadow, OptregCandidate *candidate)
{
  candidate->report.status = OPTREG_STEP_ACCUMULATED;
  candidate->report.ns = 0;
  candidate->report.message = NULL;
  optreg_contrast_forget(shadow->contrast, &candidate->table);
}

optreg_status
optreg_shadow_step(optreg_shadow *shadow, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  if (!optreg_gate_object(shadow, "the shadow", error)) {
    return OPTREG_STEP_ERROR;
  }
  const double loss_scale = optreg_optimizer_scale_loss(shadow->live, 1.0);
  optreg_copies_take(shadow->copies);
  const uint64_t begin = now();
  const optreg_status status = optreg_optimizer_step(shadow->live, error);
  const uint64_t live_ns = now() - begin;
  for (guint i = 0; i < shadow->candidates->len; i++) {
    OptregCandidate *candidate = find(shadow, i);
    candidate->report.live_status = status;
    candidate->report.live_ns = live_ns;
    if (status == OPTREG_STEP_ERROR) {
      note_failure(shadow, candidate);
    } else {
      step_candidate(shadow, candidate, loss_scale);
    }
  }
  return status;
}

const optreg_shadow_report *
optreg_shadow_last_step(const optreg_shadow *shadow, size_t candidate)
{
  const OptregCandidate *found = find(shadow, candidate);
  return found != NULL ? &found->report : NULL;
}

optreg_optimizer *
optreg_shadow_candidate(optreg_shadow *shadow, size_t candidate)
{
  const OptregCandidate *found = find(shadow, candidate);
  return found != NULL ? found->optimizer : NULL;
}
