/* SPDX-License-Identifier: MIT */
/* Small tensors that travel together: what a stage costs by call, and a kernel by its
 * remainder, is paid once for many. No GLib here.
 *
 * Neighbours of one group and type have their state behind one another, role by role.
 * Where a sweep's stages do not ask which tensor it is, parameters and gradients are
 * gathered, and the tile passes the stages as if it were of one tensor; the same
 * arithmetic on each element, so the same bits. */
#ifndef OPTREG_CORE_BUNDLE_H
#define OPTREG_CORE_BUNDLE_H

#include "running/worklist.h"

typedef struct OptregInstances OptregInstances;

/* By measurement: elements of a tensor from which the gathering costs more than it
 * saves, and of a bundle. */
#define OPTREG_BUNDLE_SMALL 64u
#define OPTREG_BUNDLE_MOST 512u

/* Before state is requested: mark the tensors whose state shall lie behind that of the
 * one before. */
void optreg_bundles_mark(OptregTensor *tensors, size_t n);

/* When state has its memory: the worklist's chunks that may be run as one. */
void optreg_bundles_form(OptregWorklist *list, const OptregInstances *instances);

/* Several tensors as one, while a worker has them. */
typedef struct OptregBundle {
  OptregTensor view;
  _Alignas(64) double param[OPTREG_BUNDLE_MOST]; /* in the application's type */
  _Alignas(64) double gradient[OPTREG_BUNDLE_MOST];
} OptregBundle;

/* Copy parameters and gradients of n chunks, as far as a sweep with these flags looks
 * at them, and ask for those that come next, of n_left together. False where a gradient
 * is missing: then each must be run alone. */
bool optreg_bundle_gather(OptregBundle *bundle, const OptregChunk *chunks, size_t n,
                          size_t n_left, uint32_t flags);

/* Copy the parameters back. */
void optreg_bundle_scatter(const OptregBundle *bundle, const OptregChunk *chunks,
                           size_t n);

#endif
