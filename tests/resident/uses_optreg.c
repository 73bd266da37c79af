/* SPDX-License-Identifier: MIT */
/* A part of an application that is loaded while it runs, and linked to the library. */
#include <optreg/optreg.h>

OPTREG_API bool reads_checkpoint(const char *path);

bool
reads_checkpoint(const char *path)
{
  optreg_checkpoint *checkpoint = optreg_checkpoint_open(path, NULL);

  optreg_checkpoint_free(checkpoint);
  return checkpoint != NULL;
}
