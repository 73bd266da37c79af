/* SPDX-License-Identifier: MIT */
/* Storage types of parameters and gradients. */
#include "storage.h"

#include <optreg/plugin.h>
#include <string.h>

static void
load_f32(const void *stored, void *values, size_t n)
{
  memcpy(values, stored, n * sizeof(float));
}

static double
at_f32(const void *stored, uint64_t index)
{
  return (double)((const float *)stored)[index];
}

static void
load_f64(const void *stored, void *values, size_t n)
{
  memcpy(values, stored, n * sizeof(double));
}

static double
at_f64(const void *stored, uint64_t index)
{
  return ((const double *)stored)[index];
}

static const OptregCodec codecs[] = {
  { OPTREG_F32, "f32", sizeof(float), load_f32, at_f32 },
  { OPTREG_F64, "f64", sizeof(double), load_f64, at_f64 },
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
