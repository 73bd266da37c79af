/* SPDX-License-Identifier: MIT */
/* From Keras' arguments to optreg's configuration. */
#ifndef OPTREG_TESTS_TRANSLATE_H
#define OPTREG_TESTS_TRANSLATE_H

#include "cases.h"

/* Why optreg cannot run this case, or does otherwise on purpose; NULL when it can. */
const char *translate_reason_to_skip(JsonObject *recorded);

/* The case's optimizer and options as YAML. */
char *translate_to_yaml(JsonObject *recorded);

/* Gradient descent of rate 1 with the case's clipping. */
char *translate_clip_to_yaml(JsonObject *recorded);

/* True when a norm clips: sums are then in another order than in Keras. */
bool translate_has_norm(JsonObject *recorded);

#endif
