/* SPDX-License-Identifier: MIT */
/* fashion-cnn: a small convolutional network on Fashion-MNIST. */
#include "problems.h"

#include "cnn.h"
#include "sets.h"

enum { CHANNELS, VALIDATION };

static const optreg_problem_option options[] = {
  OPTREG_PROBLEM_INTEGER_ROW("channels", 8, 1, 64,
                             "of the first convolution; the second has twice as many"),
  OPTREG_PROBLEM_INTEGER_ROW("validation", 5000, 0, 30000,
                             "training pictures kept for validation; with 0 all 60,000 "
                             "train, and nothing can be tuned"),
};

static int32_t
fashion_open(const optreg_problem_host *host, const double *values, uint32_t batch_size,
             void **self)
{
  const CnnShape shape = { .side = 28,
                           .size = 5,
                           .n_channels = (size_t)values[CHANNELS],
                           .n_hidden = 128,
                           .n_classes = 10 };
  g_autoptr(GError) error = NULL;
  Dataset *dataset =
      dataset_new_idx("fashion-mnist", (size_t)values[VALIDATION], &error);

  if (dataset == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_NO_DATA, error->message);
  }
  Cnn *cnn = cnn_new(&shape, classifier_capacity(dataset, batch_size));
  Parameters *parameters = parameters_new();
  cnn_add_parameters(cnn, parameters);
  *self = classifier_new(host, sets_identity("fashion-mnist"), dataset, parameters,
                         &cnn_model, cnn, batch_size);
  return OPTREG_PROBLEM_OK;
}

const optreg_problem_class problem_fashion_cnn = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "fashion-cnn",
  .version = "2",
  .doc =
      "28x28 pictures of clothes (Fashion-MNIST), two 5x5 convolutions, 105k weights",
  .tier = OPTREG_PROBLEM_STANDARD,
  .batch_size = 64,
  .epochs = 5,
  .options = OPTREG_PROBLEM_TABLE(options),
  .open = fashion_open,
  CLASSIFIER_FUNCTIONS,
};
