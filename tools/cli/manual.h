/* SPDX-License-Identifier: MIT */
/* Manual pages, from what --help is made of. */
#ifndef OPTREG_CLI_MANUAL_H
#define OPTREG_CLI_MANUAL_H

#include "usage.h"

/* The beginning of a page: `page` is "optreg-list", `doc` its one line. */
void manual_begin(const char *page, const char *doc);

/* A heading, then text whose lines are kept as they are; NULL: nothing. */
void manual_section(const char *heading, const char *text);

/* A term and what it means. */
void manual_term(const char *term, const char *meaning);

/* The page of a verb, to stdout; what GOptionEntry knows becomes OPTIONS. */
void manual_print(const Usage *usage, const char *doc, const GOptionEntry *entries);

#endif
