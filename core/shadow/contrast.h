/* SPDX-License-Identifier: MIT */
/* Two updates of the same weights side by side, in the fixed tree. */
#ifndef OPTREG_CORE_CONTRAST_H
#define OPTREG_CORE_CONTRAST_H

#include "shadow/copies.h"

typedef struct OptregContrast OptregContrast;

/* Memory for sums over the parameters of the copies' engine, which must outlive it.
 * NULL with OPTREG_ERROR_MEMORY. */
OptregContrast *optreg_contrast_new(const OptregCopies *copies, GError **error);
void optreg_contrast_free(OptregContrast *contrast);

/* Where results go: one, one for each group of the live engine, one for each tensor. */
typedef struct OptregContrastTable {
  optreg_contrast *model, *groups, *tensors;
} OptregContrastTable;

/* After both have applied a step: compare. `loss_scale` is what the gradients of the
 * call carry. [no allocation] */
void optreg_contrast_measure(OptregContrast *contrast, double loss_scale,
                             const OptregContrastTable *table);

/* There is nothing to compare. */
void optreg_contrast_forget(const OptregContrast *contrast,
                            const OptregContrastTable *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregContrast, optreg_contrast_free)

#endif
