/* SPDX-License-Identifier: MIT */
/* A process that goes on with trainings: each begins with a checkpoint and ends with
 * one.
 *
 * usage: resume-run (FOLDER FROM TO ORDER)...
 * Trains the model of model.h, configured by FOLDER/config.yaml, for the calls FROM to
 * TO, from FOLDER/in.safetensors to FOLDER/out.safetensors; ORDER is "same" or
 * "reversed". OPTREG_NUM_THREADS and OPTREG_ISA are the library's. */
#include "resume.h"

#include <stdlib.h>
#include <string.h>

static void
go_on(char *const *arguments)
{
  const optreg_load_options load = { .with_parameters = true };
  g_autofree char *config = g_build_filename(arguments[0], "config.yaml", NULL);
  g_autofree char *in = g_build_filename(arguments[0], "in.safetensors", NULL);
  g_autofree char *out = g_build_filename(arguments[0], "out.safetensors", NULL);
  g_autofree char *yaml = NULL;
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(g_file_get_contents(config, &yaml, NULL, NULL));
  g_autoptr(Model) model = resume_model(yaml, strcmp(arguments[3], "reversed") == 0);
  optreg_optimizer_load(model->optimizer, in, &load, &error);
  assert_no_error(error);
  model->n_calls = strtoul(arguments[1], NULL, 10);
  model_train(model, (unsigned)(strtoul(arguments[2], NULL, 10) - model->n_calls));
  write_all(model, out);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL); /* it knows where the trees are */
  for (int i = 1; i + 3 < argc; i += 4) {
    go_on(argv + i);
  }
  return 0;
}
