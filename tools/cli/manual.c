/* SPDX-License-Identifier: MIT */
/* Manual pages: the texts of --help, marked up for man(7). */
#include "manual.h"

#include <optreg/optreg.h>
#include <stdio.h>

/* in a page a backslash, a hyphen and a dot or quote that begins a line are commands */
static void
print_escaped(const char *text)
{
  bool begins_line = true;

  for (; *text != '\0'; text++) {
    if (begins_line && (*text == '.' || *text == '\'')) {
      fputs("\\&", stdout);
    }
    if (*text == '\\') {
      fputs("\\e", stdout);
    } else if (*text == '-') {
      fputs("\\-", stdout);
    } else {
      fputc(*text, stdout);
    }
    begins_line = *text == '\n';
  }
}

void
manual_begin(const char *page, const char *doc)
{
  g_autofree char *title = g_ascii_strup(page, -1);

  printf(".TH %s 1 \"\" \"optreg %s\"\n.SH NAME\n", title, optreg_version());
  print_escaped(page);
  fputs(" \\- ", stdout);
  print_escaped(doc);
  fputc('\n', stdout);
}

void
manual_section(const char *heading, const char *text)
{
  if (text != NULL) {
    printf(".SH %s\n.nf\n", heading);
    print_escaped(text);
    fputs("\n.fi\n", stdout);
  }
}

void
manual_term(const char *term, const char *meaning)
{
  fputs(".TP\n", stdout);
  print_escaped(term);
  fputc('\n', stdout);
  print_escaped(meaning);
  fputc('\n', stdout);
}

static void
print_option(const GOptionEntry *entry)
{
  g_autoptr(GString) term = g_string_new(NULL);

  if (entry->short_name != '\0') {
    g_string_append_printf(term, "-%c, ", entry->short_name);
  }
  g_string_append_printf(term, "--%s", entry->long_name);
  if (entry->arg_description != NULL) {
    g_string_append_printf(term, "=%s", entry->arg_description);
  }
  manual_term(term->str, entry->description);
}

void
manual_print(const Usage *usage, const char *doc, const GOptionEntry *entries)
{
  g_autofree char *page = g_strconcat("optreg-", usage->verb, NULL);
  g_autofree char *synopsis =
      g_strdup_printf("optreg %s [OPTION...] %s", usage->verb,
                      usage->arguments != NULL ? usage->arguments : "");

  manual_begin(page, doc);
  manual_section("SYNOPSIS", g_strchomp(synopsis));
  manual_section("DESCRIPTION", usage->summary);
  fputs(".SH OPTIONS\n", stdout);
  for (; entries->long_name != NULL; entries++) {
    print_option(entries);
  }
  manual_term("-h, --help", "show this");
  manual_section("NOTES", usage->notes);
  fputs(".SH SEE ALSO\n.BR optreg (1)\n", stdout);
}
