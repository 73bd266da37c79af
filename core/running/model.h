/* SPDX-License-Identifier: MIT */
/* The parameters as the application named them. */
#ifndef OPTREG_CORE_MODEL_H
#define OPTREG_CORE_MODEL_H

#include "running/tile.h"

#include <glib.h>

typedef struct OptregModel OptregModel;

OptregModel *optreg_model_new(void);
void optreg_model_free(OptregModel *model);

/* Add a tensor; name and shape are copied. OPTREG_ERROR_ARGUMENT for what can be
 * refused without knowing the others. */
bool optreg_model_add(OptregModel *model, const char *name, uint32_t dtype,
                      const uint64_t *shape, uint32_t ndim, void *data,
                      const void *grad, GError **error);

/* Refuse duplicate names, parameters that share memory and gradients that share memory
 * with a parameter, naming both; fix the order by name. */
bool optreg_model_check(OptregModel *model, GError **error);

/* After the check memory is looked at, too. Nothing is done for the pointer that is
 * there already. */
bool optreg_model_set_gradient(OptregModel *model, size_t index, const void *grad,
                               GError **error);

/* Another place of the same shape. Refused when it is NULL or not aligned; what it runs
 * into is found when the model settles. */
bool optreg_model_set_data(OptregModel *model, size_t index, void *data,
                           GError **error);

/* After tensors have moved: refuse those that share memory, as the check does. Nothing
 * is done where none has. */
bool optreg_model_settle(OptregModel *model, GError **error);

/* How many tensors have no gradient. */
size_t optreg_model_n_missing(const OptregModel *model);

/* The tensor, or NULL with OPTREG_ERROR_ARGUMENT. */
OptregTensor *optreg_model_tensor(OptregModel *model, size_t index, GError **error);

/* Tensors in the order of the application. The array moves when a tensor is added. */
OptregTensor *optreg_model_tensors(OptregModel *model, size_t *n);

/* Indices of tensors in byte order of their names; after the check. */
const size_t *optreg_model_by_name(const OptregModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregModel, optreg_model_free)

#endif
