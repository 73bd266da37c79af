/* SPDX-License-Identifier: MIT */
/* Fetching what a sweep will need next. No GLib here. */
#ifndef OPTREG_CORE_AHEAD_H
#define OPTREG_CORE_AHEAD_H

#include "running/sweep.h"

/* Ask for every stream that the sweep moves, as many elements as the tile has,
 * `distance` elements ahead of it, where that is still in the chunk. 0: ask for
 * nothing. */
void optreg_fetch_ahead(const OptregSweep *sweep, const OptregChunk *chunk,
                        const OptregTile *tile, size_t distance);

/* Ask for the beginning of a tensor that comes soon after the first of `n_left` chunks:
 * state lies in order, but small tensors lie anywhere in the application's memory. */
void optreg_fetch_soon(const OptregChunk *chunk, size_t n_left);

#endif
