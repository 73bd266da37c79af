/* SPDX-License-Identifier: MIT */
/* Defaults by measurement, and the environment. docs/performance.md has the figures. */
#include "tuning.h"

#include "cpu.h"
#include "error.h"
#include "running/tile.h"

#include <stdlib.h>

/* Long enough to hide a call, short enough that a tile of every stream of a long chain
 * stays in L1; what is fetched ahead comes a tile at a time, and must not queue. */
typedef struct TileSizes {
  size_t optimizer, light;
} TileSizes;

static const TileSizes fetching = { 128, 256 }, not_fetching = { 256, 1024 };

#define MOST_PREFETCH 65536u

/* the environment's number where it is one; `fallback` where there is none */
static bool
read_number(const char *variable, size_t fallback, size_t *value)
{
  const char *text = secure_getenv(variable);
  char *end = NULL;

  *value = fallback;
  if (text != NULL) {
    *value = (size_t)strtoul(text, &end, 10);
  }
  return text == NULL || (end != text && *end == '\0');
}

static bool
refuse(const char *variable, const char *permitted, GError **error)
{
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
              "%s is '%s': permitted are %s", variable, secure_getenv(variable),
              permitted);
  return false;
}

/* tiles are whole rows of lanes and divide a block */
static bool
read_tile(OptregTuning *tuning, GError **error)
{
  const TileSizes *sizes = tuning->prefetch > 0 ? &fetching : &not_fetching;
  size_t n;

  if (!read_number("OPTREG_TILE", sizes->optimizer, &n) || n < OPTREG_LANES
      || n % OPTREG_LANES != 0 || OPTREG_BLOCK % n != 0) {
    return refuse("OPTREG_TILE", "16, 32, 64, 128, 256, 512 and 1024", error);
  }
  tuning->tile_size = n;
  tuning->light_tile_size = secure_getenv("OPTREG_TILE") != NULL ? n : sizes->light;
  return true;
}

bool
optreg_tuning_read(OptregTuning *tuning, GError **error)
{
  if (!read_number("OPTREG_PREFETCH", optreg_cpu_prefetch(), &tuning->prefetch)
      || tuning->prefetch > MOST_PREFETCH) {
    return refuse("OPTREG_PREFETCH", "0 (off) to 65536 elements", error);
  }
  return read_tile(tuning, error);
}
