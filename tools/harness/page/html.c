/* SPDX-License-Identifier: MIT */
/* Escaped text in elements. */
#include "html.h"

#include "support/markup.h"

#include <math.h>

char *
html_escape(const char *text)
{
  return markup_escape(text);
}

void
html_add(GString *html, const char *before, const char *text, const char *after)
{
  g_autofree char *escaped = html_escape(text);

  g_string_append(html, before);
  g_string_append(html, escaped);
  g_string_append(html, after);
}

void
html_add_paragraph(GString *html, const char *class, char *text)
{
  if (text != NULL) {
    g_string_append_printf(html, "<p class=\"%s\" dir=\"auto\">", class);
    html_add(html, "", text, "</p>\n");
    g_free(text);
  }
}

void
html_add_cell(GString *html, char *text)
{
  html_add(html, "<td dir=\"auto\">", text, "</td>");
  g_free(text);
}

void
html_add_number(GString *html, double value, char *text)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE] = "";

  if (isfinite(value)) {
    g_ascii_dtostr(number, sizeof number, value);
  }
  g_string_append_printf(html, "<td data-value=\"%s\">", number);
  html_add(html, "", text, "</td>");
  g_free(text);
}

void
html_add_heading(GString *html, const char *text, const char *hint)
{
  g_string_append(html, "<th scope=\"col\"");
  if (hint != NULL) {
    html_add(html, " title=\"", hint, "\"");
  }
  html_add(html, ">", text, "</th>");
}
