/* SPDX-License-Identifier: MIT */
/* What a stream can show. */
#ifndef OPTREG_TOOLS_SCREEN_H
#define OPTREG_TOOLS_SCREEN_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Screen {
  size_t width;  /* columns; a file has none, but people read it on something */
  bool is_tight; /* what does not fit is left out rather than broken */
  bool is_unicode;
  bool has_colour;
} Screen;

/* What a terminal is, up to 100 columns; a file has `width` of them. */
Screen screen_of(FILE *stream, size_t width);

/* Colours and symbols by which up to six things are told apart; more begin again. */
const char *screen_colour(const Screen *screen, size_t i);
const char *screen_symbol(const Screen *screen, size_t i);

/* Ends a colour. */
const char *screen_plain(const Screen *screen);

#endif
