/* SPDX-License-Identifier: MIT */
/* The bound of non-negative parameters, for the stages that keep it. */
#ifndef OPTREG_CORE_NON_NEG_H
#define OPTREG_CORE_NON_NEG_H

/* max(p, 0) in the type `real`; a nan stays, as in keras.constraints.NonNeg */
#define OPTREG_NON_NEG(p) ((p) > (real)0.0 || (p) != (p) ? (p) : (real)0.0)

#endif
