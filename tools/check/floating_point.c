/* SPDX-License-Identifier: MIT */
/* The floating-point mode of this thread. */
#include "floating_point.h"

#include <fenv.h>

uint64_t
floating_point_mode(void)
{
  fenv_t environment;

  fegetenv(&environment);
#if defined(__x86_64__)
  const uint32_t exceptions = 0x3f;
  return environment.__control_word
         | (uint64_t)(environment.__mxcsr & ~exceptions) << 16;
#elif defined(__aarch64__)
  return environment.__fpcr;
#else
  return (uint64_t)fegetround();
#endif
}
