/* SPDX-License-Identifier: MIT */
/* Reading the header of a safetensors file. */
#ifndef OPTREG_CORE_HEADER_READ_H
#define OPTREG_CORE_HEADER_READ_H

#include "checkpoint/tensor_file.h"

/* Tensors and metadata of a header whose data have `data_size` bytes: each dtype known,
 * each shape as long as its offsets say, no hole, no overlap, nothing left over. `data`
 * stays NULL until optreg_header_place. OPTREG_ERROR_DAMAGED. */
OptregTensorFile *optreg_header_read(const char *text, size_t length,
                                     uint64_t data_size, GError **error);

/* Say where the data are. */
void optreg_header_place(OptregTensorFile *file, const guint8 *data);

#endif
