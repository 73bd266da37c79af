/* SPDX-License-Identifier: MIT */
/* Name -> descriptor: the directories, the plugins opened so far. */
#ifndef OPTREG_CORE_REGISTRY_H
#define OPTREG_CORE_REGISTRY_H

#include "loading/descriptor.h"

#include <optreg/optreg.h>

typedef struct optreg_registry OptregRegistry;

OptregRegistry *optreg_registry_ref(OptregRegistry *registry);
void optreg_registry_unref(OptregRegistry *registry);

/* The optimizer of that name, opened if need be; lives as long as the registry.
 * [any thread] Errors as optreg_registry_info. */
const OptregDescriptor *optreg_registry_find(OptregRegistry *registry, const char *name,
                                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregRegistry, optreg_registry_unref)

#endif
