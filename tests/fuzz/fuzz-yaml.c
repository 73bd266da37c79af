/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration; one that is accepted is built, stepped and saved. */
#include "subject.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

static void
use(optreg_optimizer *optimizer)
{
  const optreg_option_info *options;
  size_t size;

  optreg_optimizer_options(optimizer, &options);
  if (!subject_build(optimizer)) {
    return;
  }
  for (int i = 0; i < 3; i++) {
    optreg_optimizer_step(optimizer, NULL);
  }
  void *bytes = optreg_optimizer_save_to_memory(optimizer, NULL, &size, NULL);
  if (bytes == NULL
      || !optreg_optimizer_load_from_memory(optimizer, bytes, size, NULL, NULL)) {
    abort(); /* what was saved can be loaded */
  }
  optreg_memory_free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *yaml = malloc(size + 1);
  optreg_error *error = NULL;

  memcpy(yaml, data, size);
  yaml[size] = '\0';
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(subject_registry(), yaml, "fuzz", &error);
  if (optimizer != NULL) {
    use(optimizer);
  } else if (error == NULL || error->message[0] == '\0') {
    abort(); /* a refusal has words */
  }
  optreg_error_free(error);
  optreg_optimizer_free(optimizer);
  free(yaml);
  return 0;
}
