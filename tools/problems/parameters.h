/* SPDX-License-Identifier: MIT */
/* The tensors of a problem and how they begin. */
#ifndef OPTREG_PROBLEMS_PARAMETERS_H
#define OPTREG_PROBLEMS_PARAMETERS_H

#include <glib.h>
#include <optreg/problem.h>

typedef struct Parameters Parameters;

Parameters *parameters_new(void);
void parameters_free(Parameters *parameters);

/* Append a tensor that begins normal with this deviation, or constant. The extents
 * follow, ndim of type size_t. The name is copied. */
void parameters_add_normal(Parameters *parameters, const char *name, double deviation,
                           uint32_t ndim, ...);
void parameters_add_constant(Parameters *parameters, const char *name, float value,
                             uint32_t ndim, ...);

/* Kernel and bias of a dense layer: "NAME/kernel" normal with variance 1 / n_in,
 * "NAME/bias" zeros. */
void parameters_add_linear(Parameters *parameters, const char *name, size_t n_in,
                           size_t n_out);

/* For optreg_problem_class. Valid until the next add. */
size_t parameters_rows(const Parameters *parameters,
                       const optreg_problem_tensor **rows);
void parameters_init(const Parameters *parameters, const optreg_problem_host *host,
                     uint32_t seed, float *const *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Parameters, parameters_free)

#endif
