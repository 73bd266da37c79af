/* SPDX-License-Identifier: MIT */
/* mnist-mlp: the network of Zeiler 2012, section 4.1, on the whole of MNIST. */
#include "problems.h"

#include "mlp.h"
#include "sets.h"

enum { ACTIVATION, VALIDATION };

static const optreg_problem_option options[] = {
  OPTREG_PROBLEM_CHOICE_ROW("activation", ACTIVATION_RELU, ACTIVATION_CHOICES,
                            "between the layers"),
  OPTREG_PROBLEM_INTEGER_ROW("validation", 5000, 0, 30000,
                             "training pictures kept for validation; with 0 all 60,000 "
                             "train, and nothing can be tuned"),
};

static int32_t
mnist_open(const optreg_problem_host *host, const double *values, uint32_t batch_size,
           void **self)
{
  static const size_t sizes[] = { 28 * 28, 500, 300, 10 };
  g_autoptr(GError) error = NULL;
  Dataset *dataset = dataset_new_idx("mnist", (size_t)values[VALIDATION], &error);

  if (dataset == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_NO_DATA, error->message);
  }
  Mlp *mlp = mlp_new(sizes, 3, (Activation)values[ACTIVATION],
                     classifier_capacity(dataset, batch_size));
  Parameters *parameters = parameters_new();
  mlp_add_parameters(mlp, parameters);
  *self = classifier_new(host, sets_identity("mnist"), dataset, parameters, &mlp_model,
                         mlp, batch_size);
  return OPTREG_PROBLEM_OK;
}

const optreg_problem_class problem_mnist_mlp = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "mnist-mlp",
  .version = "2",
  .doc = "28x28 handwritten digits (MNIST), network 784-500-300-10, cross-entropy",
  .tier = OPTREG_PROBLEM_STANDARD,
  .batch_size = 100,
  .epochs = 6,
  .options = OPTREG_PROBLEM_TABLE(options),
  .open = mnist_open,
  CLASSIFIER_FUNCTIONS,
};
