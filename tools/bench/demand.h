/* SPDX-License-Identifier: MIT */
/* What an optimizer's options and slots say about its traffic. */
#ifndef OPTREG_BENCH_DEMAND_H
#define OPTREG_BENCH_DEMAND_H

#include "shapes.h"
#include "traffic.h"

#include <optreg/optreg.h>

/* Of a built optimizer; false with an error when it has more state than the limit's
 * loops know. A slot counts when it has at least half as many elements as the model. */
bool demand_read(Features *features, optreg_registry *registry,
                 const optreg_optimizer *optimizer, const Shapes *shapes,
                 GError **error);

/* An option outside groups as it would be written; NULL when there is none. */
const char *demand_option(const optreg_optimizer *optimizer, const char *name);

#endif
