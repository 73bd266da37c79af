/* SPDX-License-Identifier: MIT */
/* Which state moves with a parameter: slots, averages and sums of its shape. */
#ifndef OPTREG_CORE_STREAMS_H
#define OPTREG_CORE_STREAMS_H

#include "running/tile.h"

#include <glib.h>

/* Give each tensor its `streams`, from states that have their memory. Returns the array
 * in which they lie, to be freed with g_free after the tensors' last use. */
OptregStream *optreg_streams_gather(const GArray *states, OptregTensor *tensors,
                                    size_t n);

#endif
