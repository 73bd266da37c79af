/* SPDX-License-Identifier: MIT */
/* A descriptor in the words of the public API. */
#ifndef OPTREG_CORE_INFO_H
#define OPTREG_CORE_INFO_H

#include "loading/descriptor.h"

#include <optreg/optreg.h>

typedef struct OptregInfo OptregInfo;

/* The descriptor must outlive it. */
OptregInfo *optreg_info_new(const OptregDescriptor *descriptor);

void optreg_info_free(OptregInfo *info);

const optreg_optimizer_info *optreg_info_get(const OptregInfo *info);

#endif
