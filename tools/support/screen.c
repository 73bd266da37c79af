/* SPDX-License-Identifier: MIT */
/* Streams as pages. */
#include "screen.h"

#include "format.h"

enum { WIDEST = 100 };

/* of the basic sixteen, those that are legible on light and on dark */
static const char *const colours[] = { "\033[34m", "\033[31m", "\033[32m",
                                       "\033[35m", "\033[36m", "\033[33m" };
static const char *const symbols[] = { "●", "▲", "■", "◆", "○", "△" };
static const char *const ascii_symbols[] = { "*", "+", "x", "o", "#", "%" };

Screen
screen_of(FILE *stream, size_t width)
{
  const bool is_terminal = format_is_terminal(stream);

  return (Screen){ .width = is_terminal ? MIN(format_width(stream), WIDEST) : width,
                   .is_tight = is_terminal,
                   .is_unicode = g_get_charset(NULL),
                   .has_colour = format_wants_colour(stream) };
}

const char *
screen_colour(const Screen *screen, size_t i)
{
  return screen->has_colour ? colours[i % G_N_ELEMENTS(colours)] : "";
}

const char *
screen_symbol(const Screen *screen, size_t i)
{
  return screen->is_unicode ? symbols[i % G_N_ELEMENTS(symbols)]
                            : ascii_symbols[i % G_N_ELEMENTS(ascii_symbols)];
}

const char *
screen_plain(const Screen *screen)
{
  return screen->has_colour ? "\033[0m" : "";
}
