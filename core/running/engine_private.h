/* SPDX-License-Identifier: MIT */
/* The parts of a step: what it measures and what refuses it. */
#ifndef OPTREG_CORE_ENGINE_PRIVATE_H
#define OPTREG_CORE_ENGINE_PRIVATE_H

#include "running/engine.h"

/* After a MEASURE sweep that sums squares: those of each tensor into the engine, the
 * norm of all into its report. Returns the squares of all together. */
OptregSquares optreg_engine_take_norms(OptregEngine *engine);

/* After a REDUCE sweep: results of the phase, to where the optimizer's spans find them.
 */
void optreg_engine_take_reductions(OptregEngine *engine, uint32_t phase);

/* Whether the next update is one to be looked at; before its sweep, with the clips
 * begun; and behind it, when the step has been counted. */
bool optreg_engine_is_diagnosed(const OptregEngine *engine);
void optreg_engine_begin_diagnosis(OptregEngine *engine);
void optreg_engine_take_diagnosis(OptregEngine *engine);

/* After a MEASURE sweep with the guard on: whether all gradients are finite. Keeps the
 * largest. */
bool optreg_engine_is_finite(OptregEngine *engine);

/* Skip the step, or fail, as the configuration says; with what is wrong in the report.
 */
optreg_status optreg_engine_refuse_nonfinite(OptregEngine *engine,
                                             const OptregCall *call, GError **error);

/* After the clips have begun: whether the optimizer would square a gradient into
 * infinity, and the refusal of that, as above. */
bool optreg_engine_is_too_large(OptregEngine *engine);
optreg_status optreg_engine_refuse_too_large(OptregEngine *engine,
                                             const OptregCall *call, GError **error);

/* The element of the largest gradient in a part of a tensor. */
uint64_t optreg_engine_find_largest(const OptregTensor *tensor, uint64_t begin,
                                    uint64_t end);

/* After the clips have begun: whether this update can by no means make the state
 * overflow. */
bool optreg_engine_has_headroom(OptregEngine *engine);

/* Where it might, after the reductions: whether it would not. Nothing is written but
 * what the report and the engine say of the first overflow. */
bool optreg_engine_try_step(OptregEngine *engine);
optreg_status optreg_engine_refuse_overflow(OptregEngine *engine,
                                            const OptregCall *call, GError **error);

/* Before a gradient is added up, after its MEASURE sweep: whether the sum can by no
 * means overflow; and where it can, whether it would. */
bool optreg_engine_has_room_for_sum(OptregEngine *engine, const OptregCall *call);
bool optreg_engine_sum_overflows(OptregEngine *engine, const OptregCall *call);
optreg_status optreg_engine_refuse_sum(OptregEngine *engine, const OptregCall *call,
                                       GError **error);

#endif
