/* SPDX-License-Identifier: MIT */
/* Shapes of slots, relative to their parameter. */
#ifndef OPTREG_CORE_SLOT_SHAPES_H
#define OPTREG_CORE_SLOT_SHAPES_H

#include "config/settings.h"
#include "loading/descriptor.h"
#include "running/tile.h"

/* The rows' own rule: full where the hyperparameter that the slot needs is on or
 * scheduled. */
void optreg_shapes_default(const OptregGroup *group, uint32_t *shapes);

/* Whether a plugin's choice of shapes fits the tensor. */
bool optreg_shapes_check(const OptregDescriptor *descriptor, const OptregTensor *tensor,
                         const uint32_t *shapes, bool is_whole, GError **error);

/* Elements of a slot of that shape; SIZE_MAX-like when they do not fit. */
uint64_t optreg_shape_n_elements(const OptregTensor *tensor, uint32_t shape);

/* The extents of a slot of that shape; returns how many. `dims` has room for one more
 * than OPTREG_MAX_NDIM. */
uint32_t optreg_shape_extents(const OptregTensor *tensor, uint32_t shape,
                              uint64_t *dims);

/* a times b, or more than memory has. */
uint64_t optreg_shape_product(uint64_t a, uint64_t b);

#endif
