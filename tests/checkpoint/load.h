/* SPDX-License-Identifier: MIT */
/* What tests of loading share. */
#ifndef OPTREG_TESTS_CHECKPOINT_LOAD_H
#define OPTREG_TESTS_CHECKPOINT_LOAD_H

#include "memory.h"

#define EVERYTHING                                                        \
  "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n"              \
  "gradient_accumulation_steps: 3\nclipnorm: 0.5\nglobal_clipnorm: 2.0\n" \
  "loss_scale_factor: {dynamic: true, initial_scale: 8, dynamic_growth_steps: 4}\n"

static const optreg_load_options with_parameters = { .with_parameters = true };
static const optreg_load_options lenient = { .missing = OPTREG_MISSING_INIT,
                                             .unexpected = OPTREG_UNEXPECTED_IGNORE };

#endif
