/* SPDX-License-Identifier: MIT */
/* Storage types of parameters and gradients. */
#include "storage.h"

#include <optreg/plugin.h>
#include <string.h>

static void
load_f32(const void *stored, float *values, size_t n)
{
  memcpy(values, stored, n * sizeof(float));
}

static void
store_f32(const float *values, void *stored, size_t n)
{
  memcpy(stored, values, n * sizeof(float));
}

static const OptregCodec codecs[] = {
  { OPTREG_F32, "f32", sizeof(float), load_f32, store_f32 },
};

const OptregCodec *
optreg_codec_find(uint32_t dtype)
{
  for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
    if (codecs[i].dtype == dtype) {
      return &codecs[i];
    }
  }
  return NULL;
}
