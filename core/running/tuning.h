/* SPDX-License-Identifier: MIT */
/* What is chosen by measurement and changes no bit: how much a sweep does at once. */
#ifndef OPTREG_CORE_TUNING_H
#define OPTREG_CORE_TUNING_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct OptregTuning {
  size_t tile_size;       /* elements of a tile, in sweeps that run the optimizer */
  size_t light_tile_size; /* in the others */
  size_t prefetch;        /* elements that are fetched ahead of a tile; 0: none */
} OptregTuning;

/* The defaults of this machine, or what OPTREG_TILE and OPTREG_PREFETCH say (see
 * environment.h). OPTREG_ERROR_ARGUMENT for a value that is not permitted. */
bool optreg_tuning_read(OptregTuning *tuning, GError **error);

#endif
