/* SPDX-License-Identifier: MIT */
/* SIMD levels: what this machine runs, what the user permits, what they are called. */
#include "cpu.h"

#include "environment.h"
#include "error.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const struct {
  uint32_t level;
  const char *name;
} levels[] = {
  { OPTREG_LEVEL_BASELINE, "baseline" },
  { OPTREG_LEVEL_X86_64_V3, "x86-64-v3" },
  { OPTREG_LEVEL_X86_64_V4, "x86-64-v4" },
};

#if defined(__x86_64__)
/* not every compiler's __builtin_cpu_supports knows f16c, lzcnt and movbe */
static bool
has_scalar_v3_features(void)
{
  const unsigned movbe_and_f16c = 1u << 22 | 1u << 29, lzcnt = 1u << 5;
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & movbe_and_f16c) != movbe_and_f16c) {
    return false;
  }
  return __get_cpuid(0x80000001u, &a, &b, &c, &d) && (c & lzcnt) != 0;
}

static bool
has_v3(void)
{
  return has_scalar_v3_features() && __builtin_cpu_supports("popcnt")
         && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
         && __builtin_cpu_supports("bmi2");
}

static bool
has_v4(void)
{
  return has_v3() && __builtin_cpu_supports("avx512f")
         && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")
         && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static uint32_t
machine_level(void)
{
  __builtin_cpu_init();
  return has_v4()   ? OPTREG_LEVEL_X86_64_V4
         : has_v3() ? OPTREG_LEVEL_X86_64_V3
                    : OPTREG_LEVEL_BASELINE;
}
#else
static uint32_t
machine_level(void)
{
  return OPTREG_LEVEL_BASELINE;
}
#endif

/* the level that OPTREG_ISA permits; false when it names none */
static bool
read_permitted(uint32_t *level)
{
  const char *text = optreg_environment_text("OPTREG_ISA");

  *level = UINT32_MAX;
  if (text == NULL) {
    return true;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
    if (strcmp(text, levels[i].name) == 0) {
      *level = levels[i].level;
      return true;
    }
  }
  return false;
}

uint32_t
optreg_cpu_level(void)
{
  uint32_t permitted;

  read_permitted(&permitted);
  return MIN(machine_level(), permitted);
}

bool
optreg_cpu_check_environment(GError **error)
{
  uint32_t permitted;

  if (!read_permitted(&permitted)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "OPTREG_ISA is '%s': set it to baseline, x86-64-v3 or x86-64-v4",
                optreg_environment_text("OPTREG_ISA"));
    return false;
  }
  if (permitted != UINT32_MAX && permitted > machine_level()) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "OPTREG_ISA is '%s', but this machine runs no more than %s",
                optreg_environment_text("OPTREG_ISA"),
                optreg_level_name(machine_level()));
    return false;
  }
  return true;
}

/* docs/performance.md has the measurements */
size_t
optreg_cpu_prefetch(void)
{
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("intel") ? 384 : 0;
#else
  return 0;
#endif
}

const char *
optreg_level_name(uint32_t level)
{
  for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
    if (levels[i].level == level) {
      return levels[i].name;
    }
  }
  return NULL;
}
