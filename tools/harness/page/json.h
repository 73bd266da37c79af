/* SPDX-License-Identifier: MIT */
/* JSON that may stand inside a script element: no text in it can end the element, and
 * it is also a literal of JavaScript. Numbers have the six digits that a chart can
 * show; what is not finite is null. */
#ifndef OPTREG_HARNESS_PAGE_JSON_H
#define OPTREG_HARNESS_PAGE_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct PageJson PageJson;

PageJson *page_json_new(void);

/* Ends it; the text is owned by the caller. */
char *page_json_free(PageJson *json);

/* '{' or '[', and back. */
void page_json_open(PageJson *json, char bracket);
void page_json_close(PageJson *json, char bracket);
void page_json_key(PageJson *json, const char *key);

void page_json_text(PageJson *json, const char *text);
void page_json_number(PageJson *json, double value);
void page_json_flag(PageJson *json, bool value);
/* A value that was written by this file already. */
void page_json_raw(PageJson *json, const char *value);
void page_json_numbers(PageJson *json, const double *values, size_t n);

#endif
