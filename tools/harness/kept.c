/* SPDX-License-Identifier: MIT */
/* Damage in what can be made anew is told and not used. */
#include "kept.h"

#include "support/json_text.h"
#include "support/text.h"

static const struct {
  const char *name, *what_happens;
} files[] = {
  { "cost.json", "it is not used; 'optreg compare --cost' measures anew" },
  { "calibration.json", "it is not used; 'optreg compare --calibrate' makes it anew" },
  { "results.json", "it is made anew from the logs of the runs" },
};

static char *
find_damage(const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) root = json_text_read_file(path, &error);

  if (root == NULL) {
    return g_strdup(error->message);
  }
  return JSON_NODE_HOLDS_OBJECT(root) ? NULL
                                      : g_strdup_printf("%s: is no object", path);
}

void
kept_warn(const Comparison *comparison, FILE *stream)
{
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path =
        g_build_filename(comparison->directory, files[i].name, NULL);
    g_autofree char *damage = g_file_test(path, G_FILE_TEST_EXISTS) ? find_damage(path)
                                                                    : NULL;
    if (damage != NULL) {
      text_line(stream, "optreg: warning: %s: %s", damage, files[i].what_happens);
    }
  }
}
