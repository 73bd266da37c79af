/* SPDX-License-Identifier: MIT */
/* Defaults by measurement, and the environment. docs/performance.md has the figures. */
#include "tuning.h"

#include "cpu.h"
#include "environment.h"
#include "running/tile.h"

/* Long enough to hide a call, short enough that a tile of every stream of a long chain
 * stays in L1; what is fetched ahead comes a tile at a time, and must not queue. */
typedef struct TileSizes {
  size_t optimizer, light;
} TileSizes;

static const TileSizes fetching = { 128, 256 }, not_fetching = { 256, 1024 };

/* tiles are whole rows of lanes and divide a block */
static bool
is_tile(size_t n)
{
  return n >= OPTREG_LANES && n % OPTREG_LANES == 0 && OPTREG_BLOCK % n == 0;
}

static bool
is_distance(size_t n)
{
  return n <= 65536;
}

static const OptregEnvironmentNumber tile = { "OPTREG_TILE", is_tile,
                                              "16, 32, 64, 128, 256, 512 and 1024" };
static const OptregEnvironmentNumber prefetch = { "OPTREG_PREFETCH", is_distance,
                                                  "0 (off) to 65536 elements" };

static bool
read_tile(OptregTuning *tuning, GError **error)
{
  const TileSizes *sizes = tuning->prefetch > 0 ? &fetching : &not_fetching;
  const bool is_chosen = optreg_environment_text(tile.variable) != NULL;

  if (!optreg_environment_number(&tile, sizes->optimizer, &tuning->tile_size, error)) {
    return false;
  }
  tuning->light_tile_size = is_chosen ? tuning->tile_size : sizes->light;
  return true;
}

bool
optreg_tuning_read(OptregTuning *tuning, GError **error)
{
  return optreg_environment_number(&prefetch, optreg_cpu_prefetch(), &tuning->prefetch,
                                   error)
         && read_tile(tuning, error);
}
