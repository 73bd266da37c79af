/* SPDX-License-Identifier: MIT */
/* From Keras' arguments to optreg's configuration. */
#ifndef OPTREG_TESTS_TRANSLATE_H
#define OPTREG_TESTS_TRANSLATE_H

#include "cases.h"

#include <optreg/optreg.h>

/* The registry's name of a Keras class, or NULL when no plugin has it. */
char *translate_optimizer(optreg_registry *registry, const char *class_name);

/* The case's optimizer, which the registry calls `name`, and its options as YAML. */
char *translate_to_yaml(JsonObject *recorded, const char *name);

/* The same as keras.optimizers.serialize() writes it, or NULL where that cannot say
 * all: exclusions from weight decay, functions, and gradients that are to be applied
 * although they are not finite or too large. */
char *translate_to_keras(JsonObject *recorded);

/* Gradient descent whose learning rate is the case's schedule, counted by calls. */
char *translate_schedule_to_yaml(JsonObject *schedule);

/* A constructor's arguments as they are, valid or not. */
char *translate_arguments_to_yaml(JsonObject *call, const char *name);

/* True when sums, schedules or scales let bits differ from Keras. */
bool translate_is_elementwise(JsonObject *recorded);

/* True when exclude_from_weight_decay names the variable. */
bool translate_is_excluded(JsonObject *recorded, const char *name);

/* A schedule's or "callable", NULL when the learning rate is a number. */
const char *translate_rate_class(JsonObject *recorded);

#endif
