/* SPDX-License-Identifier: MIT */
/* An optimizer whose texts try to command a terminal and to be read backwards. */
#include <optreg/plugin.h>

OPTREG_KERNEL(update)
{
  float *p = span->param;
  const float *g = span->grad;

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - g[i];
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class deceptive = {
  OPTREG_OPTIMIZER,
  .name = "deceptive",
  .version = "1.0\x1b[2J",
  .license = "MIT",
  .doc = "safe \u202egnihton seod taht redaol\u202c \xc2\x9b" "31m red",
  .granularity = OPTREG_ELEMENT,
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&deceptive);
