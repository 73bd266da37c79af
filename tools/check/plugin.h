/* SPDX-License-Identifier: MIT */
/* The plugin that is checked: the file, and what it holds once it has been opened. */
#ifndef OPTREG_CHECK_PLUGIN_H
#define OPTREG_CHECK_PLUGIN_H

#include <glib.h>
#include <optreg/optreg.h>
#include <optreg/plugin.h>

typedef struct Plugin {
  char *path, *directory, *name; /* of the file; the name is its stem */
  const char *golden;            /* file with a recorded run, or NULL */
  const char *state;             /* checkpoint of an older version, or NULL */

  /* of an opened one */
  optreg_registry *registry;
  const optreg_optimizer_info *info;
  const optreg_optimizer_class *class;
  void *library;  /* dlopen's handle */
  uint32_t level; /* highest OPTREG_LEVEL_* among its kernels that this machine runs */
} Plugin;

void plugin_init(Plugin *plugin, const char *path);
void plugin_clear(Plugin *plugin);

/* Open it as an application does: the core has checked its tables after that. NULL or
 * why it was refused, to be freed with optreg_error_free(). */
optreg_error *plugin_open(Plugin *plugin);

/* Rows of its tables, whatever their stride; indices below the table's count. */
const optreg_hyperparameter *plugin_hyperparameter(const Plugin *plugin, size_t i);
const optreg_slot *plugin_slot(const Plugin *plugin, size_t i);
const optreg_reduction *plugin_reduction(const Plugin *plugin, size_t i);
const optreg_kernel *plugin_kernel(const Plugin *plugin, size_t i);

/* The kernel row, or NULL. */
const optreg_kernel *plugin_find_kernel(const Plugin *plugin, uint32_t variant,
                                        uint32_t dtype, uint32_t level);

/* Whether every variant has a kernel of the type. */
gboolean plugin_has_dtype(const Plugin *plugin, uint32_t dtype);

uint32_t plugin_n_variants(const Plugin *plugin);
uint32_t plugin_granularity(const Plugin *plugin, uint32_t variant);

/* Whether an element's update depends on that element alone. */
gboolean plugin_is_elementwise(const Plugin *plugin);

/* NULL, or which of its levels cannot run, and why: "x86-64-v4 not run: this machine
 * cannot". To be freed with g_free(). */
char *plugin_describe_missing_levels(const Plugin *plugin);

/* Index of a hyperparameter row, or -1. */
gssize plugin_find_hyperparameter(const Plugin *plugin, const char *name);

/* "baseline", "x86-64-v3" or "x86-64-v4". */
const char *level_name(uint32_t level);

/* "f32" or "f64". */
const char *dtype_name(uint32_t dtype);

#endif
