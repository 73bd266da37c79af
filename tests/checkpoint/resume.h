/* SPDX-License-Identifier: MIT */
/* The model that resumed runs train, the same in both processes. */
#ifndef OPTREG_TESTS_CHECKPOINT_RESUME_H
#define OPTREG_TESTS_CHECKPOINT_RESUME_H

#include "memory.h"

static inline Model *
resume_model(const char *yaml, bool is_reversed)
{
  static ModelRow reversed[MODEL_N_ROWS];
  g_autoptr(optreg_error) error = NULL;

  for (size_t i = 0; i < MODEL_N_ROWS; i++) {
    reversed[i] = model_rows[MODEL_N_ROWS - 1 - i];
  }
  Model *model = model_new(optimizer_from_text(yaml),
                           is_reversed ? reversed : model_rows, MODEL_N_ROWS);
  optreg_optimizer_set_total_steps(model->optimizer, 40, &error);
  assert_no_error(error);
  model_build(model);
  return model;
}

#endif
