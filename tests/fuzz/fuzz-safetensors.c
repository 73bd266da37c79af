/* SPDX-License-Identifier: MIT */
/* Any bytes as a checkpoint: read, verify, then load although the checksums are wrong,
 * so that what lies behind them is reached; strictly and with every policy. */
#include "checkpoint/checksum.h"
#include "checkpoint/load.h"
#include "checkpoint/report.h"
#include "optimizer.h"
#include "subject.h"
#include "target.h"

#include <stdlib.h>

static const char *const configs[] = {
  "optimizer: adadelta\nuse_ema: true\ngradient_accumulation_steps: 3\n"
  "loss_scale_factor: dynamic\n",
  "optimizer: test_blob\n",
};

static optreg_optimizer *
new_optimizer(const char *yaml)
{
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(subject_registry(), yaml, "fuzz", NULL);

  if (optimizer == NULL || !subject_build(optimizer)) {
    abort();
  }
  return optimizer;
}

static void
load(optreg_optimizer *optimizer, const OptregTensorFile *file,
     const optreg_load_options *options)
{
  g_autoptr(GArray) report = optreg_report_new();

  if (optreg_load(optimizer->engine, file, options, report, NULL)) {
    optreg_optimizer_step(optimizer, NULL);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const optreg_rename renames[] = { { "b", "a/bias" }, { "a/bias", "c" } };
  static const optreg_load_options policies[] = {
    { .with_parameters = true },
    { .missing = OPTREG_MISSING_INIT, .unexpected = OPTREG_UNEXPECTED_IGNORE },
    { .missing = OPTREG_MISSING_INIT,
      .unexpected = OPTREG_UNEXPECTED_IGNORE,
      .renames = renames,
      .n_renames = G_N_ELEMENTS(renames),
      .with_parameters = true },
  };
  static optreg_optimizer *optimizers[G_N_ELEMENTS(configs)];
  g_autoptr(OptregTensorFile) file = optreg_tensor_file_parse(data, size, NULL);

  if (file == NULL) {
    return 0;
  }
  optreg_checksum_verify(file, NULL);
  optreg_load_check_format(file, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    if (optimizers[i] == NULL) {
      optimizers[i] = new_optimizer(configs[i]);
    }
    for (size_t j = 0; j < G_N_ELEMENTS(policies); j++) {
      load(optimizers[i], file, &policies[j]);
    }
  }
  return 0;
}
