/* SPDX-License-Identifier: MIT */
/* A few tensors trained through the public API, as an application does. */
#ifndef OPTREG_CHECK_TRIAL_H
#define OPTREG_CHECK_TRIAL_H

#include "finding.h"
#include "plugin.h"

#include <stdbool.h>

enum { TRIAL_TENSORS = 4, TRIAL_STEPS = 6 };

/* Shapes of the last tensor: small, or so large that threads share it. */
typedef enum TrialSize {
  TRIAL_SMALL,
  TRIAL_LARGE_MATRIX,
  TRIAL_LARGE_VECTOR
} TrialSize;

typedef struct TrialSpec {
  uint32_t n_threads; /* 0: 1 */
  const char *tile;   /* OPTREG_TILE, or NULL */
  TrialSize size;
  bool is_grouped;    /* two groups with the values outside them */
  bool has_wide;      /* an f64 parameter beside the others */
  bool is_reversed;   /* parameters are added in the opposite order */
  uint64_t resume_at; /* save before this step and go on in a new optimizer; 0: never */
  int nan_tensor;     /* the one with a NaN in its gradient, or -1 */
} TrialSpec;

typedef struct Trial {
  float *data[TRIAL_TENSORS], *grad[TRIAL_TENSORS];
  float *noise[TRIAL_TENSORS]; /* what gradients are made of */
  const uint64_t *dims[TRIAL_TENSORS];
  uint32_t ndim[TRIAL_TENSORS];
  size_t n[TRIAL_TENSORS];
  double *wide, *wide_grad; /* of the f64 parameter */
} Trial;

extern const char *const trial_names[TRIAL_TENSORS];

/* Train; what goes wrong becomes the finding and false. Free with trial_clear() in any
 * case. */
bool trial_run(Trial *trial, const Plugin *plugin, const TrialSpec *spec,
               Finding *finding);
void trial_clear(Trial *trial);

/* The shape of the last tensor; *ndim is its number of dimensions. */
const uint64_t *trial_last_dims(TrialSize size, uint32_t *ndim);

/* Whether a tensor has the same bits in both. */
bool trial_is_same(const Trial *a, const Trial *b, size_t tensor);

#endif
