/* SPDX-License-Identifier: MIT */
/* The floating-point mode of a step: round to nearest, denormals on, traps off. */
#ifndef OPTREG_CORE_FP_MODE_H
#define OPTREG_CORE_FP_MODE_H

#include <fenv.h>

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

/* The caller's mode, to be restored on the same thread. */
typedef struct OptregFpMode {
  fenv_t environment;
#ifdef __SSE2__
  unsigned mxcsr;
#endif
} OptregFpMode;

#define OPTREG_MXCSR_DEFAULT 0x1f80u /* every exception masked, no FTZ, no DAZ */

static inline OptregFpMode
optreg_fp_mode_enter(void)
{
  OptregFpMode caller;

  fegetenv(&caller.environment);
#ifdef __SSE2__
  caller.mxcsr = _mm_getcsr();
#endif
  fesetenv(FE_DFL_ENV);
#ifdef __SSE2__
  _mm_setcsr(OPTREG_MXCSR_DEFAULT);
#endif
  return caller;
}

static inline void
optreg_fp_mode_leave(const OptregFpMode *caller)
{
  fesetenv(&caller->environment);
#ifdef __SSE2__
  _mm_setcsr(caller->mxcsr);
#endif
}

/* The mode of a step until the end of the block, whichever way it is left: the first
 * line of every public function that computes, compares, reads or writes numbers. */
#define OPTREG_IN_STEP_MODE                              \
  __attribute__((cleanup(optreg_fp_mode_leave), unused)) \
  const OptregFpMode optreg_caller_mode_ = optreg_fp_mode_enter()

#endif
