/* SPDX-License-Identifier: MIT */
/* An experiment as a file again: what the command line said is in it, grids are
 * expanded, and its configurations are those of the results' folder. */
#include "arm_private.h"
#include "emit.h"

static void
append_number(GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append(text, g_ascii_dtostr(number, sizeof number, value));
}

static void
append_range(GString *text, const Range *range)
{
  g_string_append_printf(text, "      %s: {from: ", range->key);
  append_number(text, range->low);
  g_string_append(text, ", to: ");
  append_number(text, range->high);
  g_string_append_printf(text, ", scale: %s}\n", range->is_linear ? "linear" : "log");
}

static void
append_arm(GString *text, const Arm *arm, const char *folder)
{
  g_string_append_printf(text, "  \"%s\":\n    config: \"%s/%s.yaml\"\n", arm->name,
                         folder, arm->name);
  if (arm_is_tuned(arm)) {
    g_string_append(text, "    tune:\n");
  }
  for (guint i = 0; i < arm->space->len; i++) {
    append_range(text, &g_array_index(arm->space, Range, i));
  }
}

char *
experiment_to_text(const Experiment *experiment, const char *folder)
{
  static const char *const others[] = { "arms", "out", NULL };
  const Document *document = g_ptr_array_index(experiment->documents, 0);
  g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(Origin));
  GString *text = g_string_new("# written by optreg compare, read by optreg report\n");

  for (const OptregNode *entry = document->root->children; entry != NULL;
       entry = entry->next) {
    if (!g_strv_contains(others, entry->key)) {
      emit_entry(text, origins, document, entry);
    }
  }
  g_string_append(text, "arms:\n");
  for (guint i = 0; i < experiment->arms->len; i++) {
    append_arm(text, experiment_arm(experiment, i), folder);
  }
  return g_string_free(text, FALSE);
}
