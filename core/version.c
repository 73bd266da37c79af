/* SPDX-License-Identifier: MIT */
/* The version of the library. */
#include <optreg/optreg.h>

const char *
optreg_version(void)
{
  return OPTREG_VERSION;
}
