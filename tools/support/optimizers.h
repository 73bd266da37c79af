/* SPDX-License-Identifier: MIT */
/* The optimizers that a configuration names. */
#ifndef OPTREG_TOOLS_OPTIMIZERS_H
#define OPTREG_TOOLS_OPTIMIZERS_H

#include <glib.h>
#include <optreg/optreg.h>

/* Their names, the model's first, each once; the strings live as long as the optimizer.
 * Free with g_ptr_array_unref(). */
GPtrArray *optimizers_of(const optreg_optimizer *optimizer);

#endif
