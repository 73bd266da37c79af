/* SPDX-License-Identifier: MIT */
/* How expectations are read. */
#ifndef OPTREG_HARNESS_EXPERIMENT_EXPECT_PRIVATE_H
#define OPTREG_HARNESS_EXPERIMENT_EXPECT_PRIVATE_H

#include "document.h"
#include "experiment.h"

/* An empty array of Expectation. */
GArray *expectations_new(void);

/* Read `expect`, which may be NULL, into experiment->expectations. Arms and tasks must
 * be there. */
bool expectations_read(Experiment *experiment, const Document *document,
                       const OptregNode *list, GError **error);

#endif
