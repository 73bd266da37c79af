/* SPDX-License-Identifier: MIT */
/* What can be measured: files, optimizers by name, configurations with a name here. */
#ifndef OPTREG_BENCH_CONFIGS_H
#define OPTREG_BENCH_CONFIGS_H

#include "support/status.h"

/* NULL-terminated; what is measured when nothing is asked for. */
const char *const *configs_default(void);

/* A file, a built-in configuration or the name of an optimizer. */
optreg_optimizer *configs_open(optreg_registry *registry, const char *name,
                               GError **error);

#endif
