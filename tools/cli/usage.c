/* SPDX-License-Identifier: MIT */
/* Option parsing that never exits. */
#include "usage.h"

#include "manual.h"
#include "support/status.h"
#include "verbs.h"

#include <math.h>
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

/* ---- what GLib reads too generously ---- */

static bool
is_number(const GOptionEntry *entry)
{
  return entry->arg == G_OPTION_ARG_INT || entry->arg == G_OPTION_ARG_INT64
         || entry->arg == G_OPTION_ARG_DOUBLE;
}

/* the entries with texts in the place of numbers, for which *texts has room */
static GOptionEntry *
with_texts(const GOptionEntry *entries, char ***texts)
{
  size_t n = 0;

  while (entries[n].long_name != NULL) {
    n++;
  }
  GOptionEntry *copy = g_memdup2(entries, (n + 1) * sizeof *entries);
  *texts = g_new0(char *, n);
  for (size_t i = 0; i < n; i++) {
    if (is_number(&entries[i])) {
      copy[i].arg = G_OPTION_ARG_STRING;
      copy[i].arg_data = &(*texts)[i];
    }
  }
  return copy;
}

static void
free_texts(const GOptionEntry *entries, char **texts)
{
  for (size_t i = 0; entries[i].long_name != NULL; i++) {
    g_free(texts[i]);
  }
  g_free(texts);
}

static bool
refuse_value(const GOptionEntry *entry, const char *problem, const char *text,
             GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "--%s: '%s' is %s", entry->long_name,
              text, problem);
  return false;
}

/* decimal digits and perhaps a '-'; the least number of a type says that there is none
 */
static bool
read_whole(const GOptionEntry *entry, const char *text, GError **error)
{
  const bool is_wide = entry->arg == G_OPTION_ARG_INT64;
  const gint64 most = is_wide ? G_MAXINT64 : G_MAXINT;
  g_autoptr(GError) failure = NULL;
  gint64 value = 0;

  if (!g_ascii_string_to_signed(text, 10, -most, most, &value, &failure)) {
    const bool is_far = g_error_matches(failure, G_NUMBER_PARSER_ERROR,
                                        G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS);
    return refuse_value(entry, is_far ? "out of range" : "not a whole number", text,
                        error);
  }
  if (is_wide) {
    *(gint64 *)entry->arg_data = value;
  } else {
    *(gint *)entry->arg_data = (gint)value;
  }
  return true;
}

static bool
read_real(const GOptionEntry *entry, const char *text, GError **error)
{
  char *end;
  const double value = g_ascii_strtod(text, &end);

  /* no spaces before it, no hexadecimal digits, neither nan nor inf */
  if (text[strspn(text, "+-.0123456789eE")] != '\0' || end == text || *end != '\0'
      || !isfinite(value)) {
    return refuse_value(entry, "not a number", text, error);
  }
  *(double *)entry->arg_data = value;
  return true;
}

static bool
check_word(const char *option, const char *text, GError **error)
{
  if (text == NULL || text[0] != '\0') {
    return true;
  }
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s is empty", option);
  return false;
}

/* an empty path would be the current folder, an empty name nothing */
static bool
check_words(const char *option, char *const *words, GError **error)
{
  for (; words != NULL && *words != NULL; words++) {
    if (!check_word(option, *words, error)) {
      return false;
    }
  }
  return true;
}

static bool
take_value(const GOptionEntry *entry, const char *text, GError **error)
{
  g_autofree char *option = g_strconcat("--", entry->long_name, NULL);

  switch (entry->arg) {
  case G_OPTION_ARG_STRING:
  case G_OPTION_ARG_FILENAME:
    return check_word(option, *(char **)entry->arg_data, error);
  case G_OPTION_ARG_STRING_ARRAY:
  case G_OPTION_ARG_FILENAME_ARRAY:
    return check_words(option, *(char ***)entry->arg_data, error);
  case G_OPTION_ARG_INT:
  case G_OPTION_ARG_INT64:
    return text == NULL || read_whole(entry, text, error);
  case G_OPTION_ARG_DOUBLE:
    return text == NULL || read_real(entry, text, error);
  default:
    return true;
  }
}

static bool
take_values(const GOptionEntry *entries, char *const *texts, GError **error)
{
  for (size_t i = 0; entries[i].long_name != NULL; i++) {
    if (!take_value(&entries[i], texts[i], error)) {
      return false;
    }
  }
  return true;
}

/* ---- the whole ---- */

static bool
parse(const Usage *usage, const GOptionEntry *entries, const GOptionEntry *readable,
      char **argv, char ***rest, GError **error)
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

  g_set_prgname(program);
  g_option_context_set_help_enabled(context, FALSE);
  g_option_context_set_summary(context, usage->summary);
  g_option_context_set_description(context, usage->notes);
  g_option_context_add_main_entries(context, readable, NULL);
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
usage_parse(const Usage *usage, const GOptionEntry *entries, int argc, char **argv,
            char ***rest, GError **error)
{
  char **texts = NULL;
  g_autofree GOptionEntry *readable = with_texts(entries, &texts);
  const bool is_parsed = parse(usage, entries, readable, argv, rest, error)
                         && take_values(entries, texts, error)
                         && check_words("an argument", *rest, error);

  (void)argc;
  free_texts(entries, texts);
  return is_parsed;
}

bool
usage_check_range(const char *option, gint64 value, gint64 least, gint64 most,
                  GError **error)
{
  if (value < least || value > most) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s must be in %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT
                ", not %" G_GINT64_FORMAT,
                option, least, most, value);
    return false;
  }
  return true;
}

bool
usage_check_count(const char *option, gint64 value, gint64 most, GError **error)
{
  return usage_check_range(option, value, 1, most, error);
}
