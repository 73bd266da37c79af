/* SPDX-License-Identifier: MIT */
/* Colours, dashes and shapes of arms. */
#include "marks.h"

#include "support/axis.h"

size_t
marks_colour(size_t arm)
{
  return arm % MARKS_COLOURS;
}

size_t
marks_dashes(size_t arm)
{
  return (arm + arm / MARKS_COLOURS) % MARKS_DASHES;
}

size_t
marks_shape(size_t arm)
{
  return arm % MARKS_SHAPES;
}

char *
marks_class(size_t arm)
{
  return g_strdup_printf("c%zu d%zu", marks_colour(arm), marks_dashes(arm));
}

char *
marks_outline(size_t arm, double x, double y)
{
  /* from the centre: circle, square, triangle, diamond, cross, triangle upside down */
  static const char *const outlines[MARKS_SHAPES] = {
    "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
    "m-4.5 -4.5h9v9h-9z",
    "m0 -6l6 10h-12z",
    "m0 -6l6 6l-6 6l-6 -6z",
    "m-5 -5l10 10m0 -10l-10 10",
    "m0 6l6 -10h-12z",
  };
  char at_x[G_ASCII_DTOSTR_BUF_SIZE], at_y[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup_printf("M%s %s%s", axis_show(x, "%.1f", at_x),
                         axis_show(y, "%.1f", at_y), outlines[marks_shape(arm)]);
}

void
marks_add_sample(GString *html, size_t arm)
{
  g_autofree char *look = marks_class(arm);
  g_autofree char *outline = marks_outline(arm, 20.0, 8.0);

  g_string_append_printf(html,
                         "<svg class=\"sample\" viewBox=\"0 0 40 16\" "
                         "aria-hidden=\"true\"><path class=\"trace %s\" d=\"M1 8h38\"/>"
                         "<path class=\"mark %s\" d=\"%s\"/></svg>",
                         look, look, outline);
}
