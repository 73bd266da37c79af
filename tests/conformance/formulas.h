/* SPDX-License-Identifier: MIT */
/* The update rules of optimizers, for the model. */
#ifndef OPTREG_TESTS_FORMULAS_H
#define OPTREG_TESTS_FORMULAS_H

#include "model.h"

/* That of Keras' class, or NULL: its weights and slots are not known. */
const ModelFormula *formulas_find(const char *optimizer);

/* What a slot holds before the first step. */
double formulas_begin(const Model *model, size_t slot);

#endif
