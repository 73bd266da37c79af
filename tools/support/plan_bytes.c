/* SPDX-License-Identifier: MIT */
/* Sums over sweeps. */
#include "plan_bytes.h"

#include <glib.h>

uint32_t
plan_bytes(const optreg_optimizer *optimizer, const char *call)
{
  const optreg_sweep_info *sweeps = NULL;
  const size_t n = optreg_optimizer_sweeps(optimizer, &sweeps);
  uint32_t bytes = 0;

  for (size_t i = 0; i < n; i++) {
    if (g_str_equal(sweeps[i].call, call)) {
      bytes += sweeps[i].bytes_read + sweeps[i].bytes_written;
    }
  }
  return bytes;
}
