/* SPDX-License-Identifier: MIT */
/* A configuration, checked and complete: every option with its value and origin. */
#ifndef OPTREG_CORE_CONFIG_H
#define OPTREG_CORE_CONFIG_H

#include "config/node.h"
#include "config/optimizer_key.h"
#include "config/settings.h"
#include "loading/descriptor.h"

/* The value of the `optimizer` key; owned by the tree. NULL with OPTREG_ERROR_CONFIG.
 */
const char *optreg_config_optimizer(const OptregNode *tree, const char *source,
                                    GError **error);

/* Check a tree against the base options and the rows of its optimizers: the model's,
 * and those that groups name, which the finder knows. Descriptors must outlive the
 * configuration. Returns NULL with OPTREG_ERROR_CONFIG, "source:line:column: ...", or
 * with the finder's error behind such a place. */
OptregConfig *optreg_config_new(const OptregNode *tree, const char *source,
                                const OptregDescriptor *descriptor,
                                const OptregFinder *finder, GError **error);

void optreg_config_free(OptregConfig *config);

/* Whether a parameter fits the group, whatever earlier groups take. */
bool optreg_config_group_fits(const OptregGroup *group, const char *parameter,
                              uint32_t ndim);

/* The index of the group that a parameter belongs to: the first that it fits. */
size_t optreg_config_group_of(const OptregConfig *config, const char *parameter,
                              uint32_t ndim);

/* The group that an option of the configuration is of. */
const OptregGroup *optreg_config_group_of_option(const OptregConfig *config,
                                                 const optreg_option_info *option);

/* What the group selects: "encoder?, norm*; ndim 1, 2". */
char *optreg_config_show_selectors(const OptregGroup *group);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregConfig, optreg_config_free)

#endif
