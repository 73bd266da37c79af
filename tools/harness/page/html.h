/* SPDX-License-Identifier: MIT */
/* Pieces of HTML. Texts come from files, plugins and other people's problems: whatever
 * is not a literal of this program is escaped here. */
#ifndef OPTREG_HARNESS_PAGE_HTML_H
#define OPTREG_HARNESS_PAGE_HTML_H

#include <glib.h>

/* A copy that says the same inside an element or a quoted attribute and cannot end
 * either. Bytes that are no UTF-8 become U+FFFD. */
char *html_escape(const char *text);

/* Append `before`, the escaped text, `after`. */
void html_add(GString *html, const char *before, const char *text, const char *after);

/* <p class="CLASS">; takes `text` over, NULL adds nothing. */
void html_add_paragraph(GString *html, const char *class, char *text);

/* <td>; takes `text` over. The second one is sorted by its number, NaN last. */
void html_add_cell(GString *html, char *text);
void html_add_number(GString *html, double value, char *text);

/* <th> of a column, by whose values the table can be sorted. `hint`, may be NULL, is
 * what a pointer that rests on it is told. */
void html_add_heading(GString *html, const char *text, const char *hint);

#endif
