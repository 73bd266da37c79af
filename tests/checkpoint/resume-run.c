/* SPDX-License-Identifier: MIT */
/* A training process that begins with a checkpoint and ends with one.
 *
 * usage: resume-run CONFIG IN OUT FROM TO [reversed]
 * Trains the model of model.h for the calls FROM to TO. OPTREG_NUM_THREADS and
 * OPTREG_ISA are the library's. */
#include "resume.h"

#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
  const optreg_load_options load = { .with_parameters = true };
  const optreg_save_options save = { .with_parameters = true };
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *yaml = NULL;
  const bool is_reversed = argc == 7 && strcmp(argv[6], "reversed") == 0;
  g_test_init(&argc, &argv, NULL); /* it knows where the trees are */
  if (argc < 6 || !g_file_get_contents(argv[1], &yaml, NULL, NULL)) {
    return 2;
  }
  g_autoptr(Model) model = resume_model(yaml, is_reversed);
  optreg_optimizer_load(model->optimizer, argv[2], &load, &error);
  assert_no_error(error);
  model->n_calls = strtoul(argv[4], NULL, 10);
  model_train(model, (unsigned)(strtoul(argv[5], NULL, 10) - model->n_calls));
  optreg_optimizer_save(model->optimizer, argv[3], &save, &error);
  assert_no_error(error);
  return 0;
}
