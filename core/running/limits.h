/* SPDX-License-Identifier: MIT */
/* Values that the types of the parameters cannot hold. Options and hyperparameters are
 * doubles, but stages and kernels compute in the type of a parameter: in f32, 1e39 is
 * infinite. What is too small for the type is 0 there, which is refused only where the
 * option does not permit 0. */
#ifndef OPTREG_CORE_LIMITS_H
#define OPTREG_CORE_LIMITS_H

#include "running/engine.h"

/* For each group and type a parameter of it that the optimizer trains, or NULL: element
 * group · OPTREG_N_TYPES + type. Free with g_free(). */
const OptregTensor **optreg_limits_examples(const OptregConfig *config,
                                            const OptregTensor *tensors, size_t n);

/* At build, when examples are known: refuse what the configuration gives, at the place
 * where it stands (CONFIG), and first values of slots (PLUGIN). Schedules are followed
 * as far as their ends are known. */
bool optreg_limits_check(const OptregEngine *engine, GError **error);

/* Refuse what the hyperparameters of a group, by row, are in one call, the multiplier
 * included, or what they become together with other options. ARGUMENT. [no allocation
 * on success] */
bool optreg_limits_check_values(const OptregEngine *engine, size_t group,
                                const double *values, GError **error);

/* The same for one of them alone, a learning rate without the multiplier. */
bool optreg_limits_check_value(const OptregEngine *engine, size_t group, size_t row,
                               double value, GError **error);

/* Whether a number of the type holds it, as a finite number. */
bool optreg_limits_holds(OptregType type, double value);

/* To six digits, for messages; "nan" whatever its sign. Free with g_free(). */
char *optreg_limits_show(double value);

#endif
