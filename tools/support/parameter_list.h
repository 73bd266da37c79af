/* SPDX-License-Identifier: MIT */
/* Names and shapes of a model's parameters, from a list in YAML or a file of tensors.
 */
#ifndef OPTREG_TOOLS_PARAMETER_LIST_H
#define OPTREG_TOOLS_PARAMETER_LIST_H

#include <glib.h>
#include <stdint.h>

typedef struct Parameter {
  char *name;
  uint64_t *dims;
  uint32_t ndim, dtype; /* OPTREG_F32 or OPTREG_F64 */
} Parameter;

/* An array of Parameter, in the order of the file; free with g_array_unref(). The file
 * is a checkpoint of optreg, whose parameters count, another safetensors file, whose
 * tensors count, or YAML with a line for each parameter:
 *
 *   encoder/kernel: [64, 32]        of f32
 *   encoder/scale: f64 [64]
 *   temperature: []                 a scalar
 */
GArray *parameter_list_read(const char *path, GError **error);

/* To fill one by hand. */
GArray *parameter_list_new(void);
void parameter_list_add(GArray *list, const char *name, uint32_t dtype,
                        const uint64_t *dims, uint32_t ndim);

uint64_t parameter_size(const Parameter *parameter);

#endif
