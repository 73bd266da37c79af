/* SPDX-License-Identifier: MIT */
/* AdamW: Adam with decoupled weight decay on, which the core does for every optimizer.
 */
#define OPTIMIZER_NAME "adamw"
#define OPTIMIZER_DOC "Adam with decoupled weight decay"
#define OPTIMIZER_REFERENCE \
  "Loshchilov & Hutter 2019, arXiv:1711.05101; keras.optimizers.AdamW"
#define OPTIMIZER_DECAY 0.004

#include "../adam/adam.c"
