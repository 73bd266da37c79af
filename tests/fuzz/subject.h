/* SPDX-License-Identifier: MIT */
/* A small optimizer for fuzz targets, with plugins that are linked in. */
#ifndef OPTREG_TESTS_FUZZ_SUBJECT_H
#define OPTREG_TESTS_FUZZ_SUBJECT_H

#include <optreg/optreg.h>

/* One registry for the whole process: adadelta, sgd and test_blob. */
optreg_registry *subject_registry(void);

/* Two parameters with gradients, one thread, 100 planned updates; built. False when the
 * configuration does not fit them. */
bool subject_build(optreg_optimizer *optimizer);

#endif
