/* SPDX-License-Identifier: MIT */
/* What an optimizer says that it moves through memory. */
#ifndef OPTREG_TOOLS_PLAN_BYTES_H
#define OPTREG_TOOLS_PLAN_BYTES_H

#include <optreg/optreg.h>

/* Bytes per f32 parameter in a "step" or a "micro-step" of a built optimizer. */
uint32_t plan_bytes(const optreg_optimizer *optimizer, const char *call);

#endif
