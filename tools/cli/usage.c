/* SPDX-License-Identifier: MIT */
/* Option parsing that never exits. */
#include "usage.h"

#include "manual.h"
#include "support/status.h"
#include "verbs.h"

#include <stdio.h>

static void
print_help(GOptionContext *context)
{
  g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
  GString *text = g_string_new(help);

  g_string_replace(text, "…", "...", 0);
  g_string_replace(text, "Usage:\n  ", "usage: ", 1);
  fputs(text->str, stdout);
  g_string_free(text, TRUE);
}

static bool
check_number(const Usage *usage, char *const *rest, GError **error)
{
  const guint n = g_strv_length((char **)rest);

  if (n >= usage->least && n <= usage->most) {
    return true;
  }
  if (n < usage->least) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s needs %s; try 'optreg %s --help'", usage->verb, usage->arguments,
                usage->verb);
  } else {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s: one argument too many: '%s'; try 'optreg %s --help'", usage->verb,
                rest[usage->most], usage->verb);
  }
  return false;
}

/* the same wording for what GLib finds wrong */
static bool
explain(const Usage *usage, GError *failure, GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: %s; try 'optreg %s --help'",
              usage->verb, failure->message, usage->verb);
  g_error_free(failure);
  return false;
}

static const GOptionEntry *
find_short(const GOptionEntry *entries, char letter)
{
  for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
    if (entry->short_name == letter) {
      return entry;
    }
  }
  return NULL;
}

/* where the value begins in "-j1" or "-nj1": behind the first letter that takes one; 0
 * in what is no short option with a value behind it */
static size_t
find_short_value(const GOptionEntry *entries, const char *text)
{
  if (text[0] != '-') {
    return 0;
  }
  for (size_t i = 1; text[i] != '\0'; i++) {
    const GOptionEntry *entry = find_short(entries, text[i]);
    if (entry == NULL || entry->arg != G_OPTION_ARG_NONE) {
      return entry != NULL && text[i + 1] != '\0' ? i + 1 : 0;
    }
  }
  return 0;
}

/* "-j1" as "-j" "1", which is all that GLib reads */
static char **
split_short_values(const GOptionEntry *entries, char *const *argv)
{
  GPtrArray *split = g_ptr_array_new();
  bool has_options = true; /* none behind "--" */

  for (; *argv != NULL; argv++) {
    const size_t value = has_options ? find_short_value(entries, *argv) : 0;
    has_options = has_options && !g_str_equal(*argv, "--");
    if (value > 0) {
      g_ptr_array_add(split, g_strndup(*argv, value));
    }
    g_ptr_array_add(split, g_strdup(*argv + value));
  }
  g_ptr_array_add(split, NULL);
  return (char **)g_ptr_array_free(split, FALSE);
}

bool
usage_parse(const Usage *usage, const GOptionEntry *entries, int argc, char **argv,
            char ***rest, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_autofree char *program = g_strconcat("optreg ", usage->verb, NULL);
  g_auto(GStrv) arguments = split_short_values(entries, argv);
  gboolean wants_help = FALSE, wants_manual = FALSE;
  GError *failure = NULL;
  const GOptionEntry own[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, "show this", NULL },
    { "man", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &wants_manual, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL,
      usage->arguments },
    G_OPTION_ENTRY_NULL,
  };

  (void)argc;
  g_set_prgname(program);
  g_option_context_set_help_enabled(context, FALSE);
  g_option_context_set_summary(context, usage->summary);
  g_option_context_set_description(context, usage->notes);
  g_option_context_add_main_entries(context, entries, NULL);
  g_option_context_add_main_entries(context, own, NULL);
  if (!g_option_context_parse_strv(context, &arguments, &failure)) {
    return explain(usage, failure, error);
  }
  if (wants_help) {
    print_help(context);
    return false;
  }
  if (wants_manual) {
    manual_print(usage, verbs_doc(usage->verb), entries);
    return false;
  }
  if (*rest == NULL) {
    *rest = g_new0(char *, 1);
  }
  return check_number(usage, *rest, error);
}

bool
usage_check_range(const char *option, int value, int least, int most, GError **error)
{
  if (value < least || value > most) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s must be in %d..%d, not %d",
                option, least, most, value);
    return false;
  }
  return true;
}

bool
usage_check_count(const char *option, int value, int most, GError **error)
{
  return usage_check_range(option, value, 1, most, error);
}
