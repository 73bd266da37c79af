/* SPDX-License-Identifier: MIT */
/* A fuzz target without a fuzzer: run it on every file of some folders, then on every
 * beginning of each.
 *
 * usage: corpus-TARGET FOLDER... */
#include "target.h"

#include <glib.h>
#include <stdio.h>

static unsigned
run_file(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size;

  if (!g_file_get_contents(path, &bytes, &size, NULL)) {
    return 0;
  }
  for (gsize length = 0; length <= size; length++) {
    g_autofree uint8_t *part = g_memdup2(bytes, length); /* so that ASan sees its end */
    LLVMFuzzerTestOneInput(part != NULL ? part : (const uint8_t *)"", length);
  }
  return 1;
}

static unsigned
run_folder(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  unsigned n = 0;

  for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    n += run_file(path);
  }
  return n;
}

int
main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    const unsigned n = run_folder(argv[i]);
    printf("%s: %u files\n", argv[i], n);
    if (n == 0) {
      return 1;
    }
  }
  return argc > 1 ? 0 : 1;
}
