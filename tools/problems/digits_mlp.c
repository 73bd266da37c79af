/* SPDX-License-Identifier: MIT */
/* digits-mlp: 8x8 handwritten digits, a tanh network 64-32-10; seconds, for every day.
 */
#include "problems.h"

#include "mlp.h"

static int32_t
digits_open(const optreg_problem_host *host, const double *options, uint32_t batch_size,
            void **self)
{
  static const size_t sizes[] = { 64, 32, 10 };
  g_autoptr(GError) error = NULL;
  Dataset *dataset = dataset_new_digits(&error);

  (void)options;
  if (dataset == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_FAILED, error->message);
  }
  Mlp *mlp =
      mlp_new(sizes, 2, ACTIVATION_TANH, classifier_capacity(dataset, batch_size));
  Parameters *parameters = parameters_new();
  mlp_add_parameters(mlp, parameters);
  *self = classifier_new(host, NULL, dataset, parameters, &mlp_model, mlp, batch_size);
  return OPTREG_PROBLEM_OK;
}

const optreg_problem_class problem_digits_mlp = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "digits-mlp",
  .version = "2",
  .doc = "8x8 handwritten digits (UCI), tanh network 64-32-10, cross-entropy",
  .tier = OPTREG_PROBLEM_SMOKE,
  .batch_size = 32,
  .epochs = 30,
  .open = digits_open,
  CLASSIFIER_FUNCTIONS,
};
