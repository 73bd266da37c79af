/* SPDX-License-Identifier: MIT */
/* What a fuzz target is: libFuzzer's entry, called with any bytes. */
#ifndef OPTREG_TESTS_FUZZ_TARGET_H
#define OPTREG_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
