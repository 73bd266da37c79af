/* SPDX-License-Identifier: MIT */
/* Bars and estimates. */
#include "bar.h"

#include "support/format.h"

enum { BAR_WIDTH = 20 };

char *
bar_eta(gint64 start, double from, double done)
{
  const double elapsed = 1e-6 * (double)(g_get_monotonic_time() - start);

  if (done <= from || done >= 1.0) {
    return g_strdup("");
  }
  const double rest = elapsed * (1.0 - done) / (done - from);
  g_autofree char *text = rest < 1.0 ? g_strdup("<1 s") : format_duration(rest);
  return g_strdup_printf("ETA %s", text);
}

void
bar_print(double done, const char *text, FILE *stream)
{
  const bool has_colour = format_wants_colour(stream);
  const size_t width = format_width(stream);
  g_autofree char *line = g_strdup_printf(" %3.0f %%  %s", 100.0 * done, text);
  char bar[BAR_WIDTH + 1] = { 0 };

  for (size_t i = 0; i < BAR_WIDTH; i++) {
    bar[i] = (double)i < done * BAR_WIDTH ? '#' : '-';
  }
  fprintf(stream, "%s[%s]%s%.*s\033[K\n", has_colour ? "\033[32m" : "", bar,
          has_colour ? "\033[0m" : "",
          width > BAR_WIDTH + 2 ? (int)(width - BAR_WIDTH - 2) : 0, line);
}
