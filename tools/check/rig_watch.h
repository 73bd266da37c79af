/* SPDX-License-Identifier: MIT */
/* What lies around every call of a plugin: who may write to what, and what is compared
 * before and after. */
#ifndef OPTREG_CHECK_RIG_WATCH_H
#define OPTREG_CHECK_RIG_WATCH_H

#include "rig.h"

/* Calls, as bits. */
typedef enum RigCall {
  CALL_BUILD = 1,
  CALL_BEGIN = 2,
  CALL_REDUCE = 4,
  CALL_UPDATE = 8,
  CALL_FINALIZE = 16,
} RigCall;

enum { CALLS_OF_KERNELS = CALL_REDUCE | CALL_UPDATE | CALL_FINALIZE };

typedef struct Watch {
  RigCall call;
  uint64_t mode;
  size_t n_calls; /* of the allocator, so far */
} Watch;

/* `phase` is that of CALL_REDUCE. */
Watch watch_begin(Rig *rig, RigCall call, uint32_t phase);
void watch_end(Rig *rig, const Watch *watch);

#endif
