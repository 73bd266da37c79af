/* SPDX-License-Identifier: MIT */
/* Sentences on a screen. */
#ifndef OPTREG_TOOLS_PROSE_H
#define OPTREG_TOOLS_PROSE_H

#include "screen.h"

/* In lines of the screen's width. */
void prose_print(const char *text, const Screen *screen, FILE *stream);

/* On one line, so that it can be searched for, unless the screen is tight. */
void prose_print_line(const char *text, const Screen *screen, FILE *stream);

#endif
