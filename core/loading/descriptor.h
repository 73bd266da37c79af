/* SPDX-License-Identifier: MIT */
/* A checked copy of what a plugin says about one optimizer.
 *
 * A plugin's tables are hostile input until they are checked, and may be shorter or
 * longer than ours. Checking copies them into the host's own layout, so that the rest
 * of the core sees no strides, no unknown tails and no missing fields. */
#ifndef OPTREG_CORE_DESCRIPTOR_H
#define OPTREG_CORE_DESCRIPTOR_H

#include <glib.h>
#include <optreg/plugin.h>
#include <stdbool.h>

typedef struct OptregDescriptor {
  optreg_optimizer_class class; /* tables empty; fields beyond its struct_size 0 */
  optreg_hyperparameter *hyperparameters; /* booleans and choices: from 0 to the last */
  optreg_slot *slots;
  optreg_variant *variants; /* at least one; granularity of variant 0 filled in */
  optreg_reduction *reductions;
  optreg_kernel *kernels; /* of levels that this library knows */
  size_t n_hyperparameters, n_slots, n_variants, n_reductions, n_kernels;
  size_t n_phases;      /* of reductions */
  uint32_t built_minor; /* the newest minor that the plugin's header described */
  char *path;           /* of the file, NULL when linked statically */
  char **hides; /* paths of other files of that name; the registry fills it in */
} OptregDescriptor;

/* Check `class`, which was built with that minor, and copy it. What a newer minor has
 * added is left out, so that nobody sees a bit without a meaning. Strings stay with the
 * plugin, which is never unloaded. Returns NULL with OPTREG_ERROR_PLUGIN or
 * OPTREG_ERROR_ABI. */
OptregDescriptor *optreg_descriptor_new(const optreg_optimizer_class *class,
                                        uint32_t built_minor, const char *path,
                                        GError **error);

void optreg_descriptor_free(OptregDescriptor *descriptor);

/* Index of a hyperparameter row, or -1. */
gssize optreg_descriptor_find(const OptregDescriptor *descriptor,
                              const char *hyperparameter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregDescriptor, optreg_descriptor_free)

#endif
