/* SPDX-License-Identifier: MIT */
/* Charts of characters: points in, exact rows out. */
#include "support/chart.h"
#include "support/columns.h"
#include "support/forest.h"
#include "support/format.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static const Screen unicode = { .width = 40, .is_unicode = true };
static const Screen ascii = { .width = 40 };
static const Screen colours = { .width = 30, .is_unicode = true, .has_colour = true };

static const double xs[] = { 0.0, 1.0, 2.0, 3.0, 4.0 };
static const double rising[] = { 0.0, 0.25, 0.5, 0.75, 1.0 };
static const double gap[] = { 1.0, 1.0, NAN, 0.5, 0.0 };

static const ChartLine two_lines[] = {
  { .label = "rising", .owner = 0, .n = 5, .x = xs, .y = rising },
  { .label = "with a gap", .owner = 2, .n = 5, .x = xs, .y = gap },
};

static Chart
plain_chart(void)
{
  return (Chart){ .x_label = "epochs",
                  .x_low = 0.0,
                  .x_high = 4.0,
                  .y_low = 0.0,
                  .y_high = 1.0,
                  .rows = 5 };
}

static void
assert_drawn(char *text, const char *expected)
{
  g_assert_cmpstr(text, ==, expected);
  g_free(text);
}

static void
test_lines_are_dots_of_braille(void)
{
  const Chart chart = plain_chart();

  assert_drawn(chart_draw(&chart, two_lines, 2, &unicode),
               "● rising   ■ with a gap\n"
               "     1.00 ┤⠉⠉⠉⠉⠉⠉⠉⠁               ⢀⣀⠤⠔⠒⠉\n"
               "          │                 ⢀●⠤⠔⠒⠉⠁\n"
               "     0.50 ┤           ⢀⣀⠤⠴⠒⠉⠁   ⠠⢄⡀\n"
               "          │     ⢀⣀⠤⠔⠒⠉⠁           ⠈⠢⣀\n"
               "        0 ┤⣀⠤⠔●⠉⠁                    ■⠢⢄\n"
               "          └─────────────────────────────\n"
               "           0          epochs           4\n");
}

static void
test_lines_are_symbols_in_ascii(void)
{
  const Chart chart = plain_chart();

  assert_drawn(chart_draw(&chart, two_lines, 2, &ascii),
               "* rising   x with a gap\n"
               "     1.00 |xxxxxxxx                 ****\n"
               "          |                  ********\n"
               "     0.50 |           ********  xx\n"
               "          |    ********           xxxx\n"
               "        0 |*****                     xxx\n"
               "          +-----------------------------\n"
               "           0          epochs           4\n");
}

static void
test_colours_are_those_of_the_owner(void)
{
  const Chart chart = plain_chart();

  assert_drawn(chart_draw(&chart, two_lines + 1, 1, &colours),
               "\033[32m■\033[0m with a gap\n"
               "     1.00 "
               "┤\033[32m⠉\033[0m\033[32m⠉\033[0m\033[32m⠉\033[0m\033[32m⠉\033[0m\033["
               "32m⠉\033[0m\n"
               "          │\n"
               "     0.50 ┤              \033[32m⠤\033[0m\033[32m⡀\033[0m\n"
               "          │               \033[32m⠘\033[0m\033[32m⢄\033[0m\n"
               "        0 ┤                 \033[32m⠑\033[0m\033[32m⢄\033[0m\n"
               "          └───────────────────\n"
               "           0     epochs      4\n");
}

/* a straight line in ratios; shares in percent; what is below the axis is cut off */
static void
test_axes_are_logarithmic_where_asked(void)
{
  static const double powers[] = { 1.0, 10.0, 100.0 };
  static const double shares[] = { 0.0001, 0.001, 0.1 };
  const ChartLine line = { "a", 0, 3, powers, shares };
  const Chart chart = { .x_label = "s",
                        .x_low = 1.0,
                        .x_high = 100.0,
                        .y_low = 0.001,
                        .y_high = 0.1,
                        .is_log_x = true,
                        .is_log_y = true,
                        .is_share = true,
                        .rows = 3 };

  assert_drawn(chart_draw(&chart, &line, 1, &ascii),
               "* a\n"
               "     10 % |                         ****\n"
               "      1 % |                  *******\n"
               "    0.1 % |              ****\n"
               "          +-----------------------------\n"
               "           1            s            100\n");
}

/* legends are broken, long names cut, and nothing is wider than the screen */
static void
test_a_narrow_screen_stays_intact(void)
{
  const Screen narrow = { .width = 28, .is_unicode = true };
  const Chart chart = plain_chart();
  const ChartLine lines[] = {
    { "sgd[learning_rate=0.1,momentum=0.9]", 0, 5, xs, rising },
    { "a", 1, 5, xs, rising },
    { "b", 2, 5, xs, rising },
  };
  g_autofree char *text = chart_draw(&chart, lines, 3, &narrow);
  g_auto(GStrv) rows = g_strsplit(text, "\n", -1);

  g_assert_cmpstr(rows[0], ==, "● sgd[learning_rate=0.1,m...");
  g_assert_cmpstr(rows[1], ==, "▲ a   ■ b");
  for (size_t i = 0; rows[i] != NULL; i++) {
    g_assert_cmpint(g_utf8_strlen(rows[i], -1), <=, 28);
  }
}

/* ---- forests ---- */

static const ForestRow forest_rows[] = {
  { "adam", "+0.50 better", 1, 0.25, 0.75, 0.5 },
  { "sgd", "-0.10 none", 2, -INFINITY, INFINITY, -0.1 },
  { "lost", "-", 3, NAN, NAN, NAN },
};
static const Forest forest = { .effect = 0.2, .left = "worse", .right = "better" };

static void
test_forest(void)
{
  const Screen wide = { .width = 60, .is_unicode = true };

  assert_drawn(forest_draw(&forest, forest_rows, 3, &wide),
               "adam    ┊       │       ┊ ├────────●─────────┤  +0.50 better\n"
               "sgd   ◂─────●────────────────────────────────▸  -0.10 none\n"
               "lost    ┊       │       ┊                       -\n"
               "        ← worse 0 better →\n");
}

static void
test_forest_in_ascii_without_room_for_text(void)
{
  const Screen narrow = { .width = 30 };

  assert_drawn(forest_draw(&forest, forest_rows, 3, &narrow),
               "adam   :    |   : [----o-----]\n"
               "sgd   <--o------------------->\n"
               "lost   :    |   :\n"
               "   <- worse 0 better ->\n");
}

/* ---- columns ---- */

static char *
print(const Columns *columns, const Screen *screen)
{
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);

  columns_print_on(columns, 0, screen, stream);
  fclose(stream);
  return text;
}

/* capitals go, from the right, but only where there is an edge to break at */
static void
test_columns_that_do_not_fit_are_left_out(void)
{
  const Screen tight = { .width = 12, .is_tight = true };
  const Screen loose = { .width = 12 };
  g_autoptr(Columns) columns = columns_new("lrRR");

  columns_add(columns, "arm", "score", "ms", "bytes");
  assert_drawn(print(columns, &tight), "arm  score\n");
  assert_drawn(print(columns, &loose), "arm  score  ms  bytes\n");
}

static void
test_units_and_intervals_stay_together(void)
{
  const Screen screen = { .width = 30 };
  g_autoptr(Columns) columns = columns_new("l");

  columns_add(columns,
              "a difference of the size 0.5 pp in [-0.25, 0.75] is 97.5 % sure");
  assert_drawn(print(columns, &screen), "a difference of the size\n"
                                        "0.5 pp in [-0.25, 0.75] is\n"
                                        "97.5 % sure\n");
}

/* a stream to a terminal that does not know its width, as in many containers */
static FILE *
open_terminal_of_width(unsigned short width)
{
  const int end = posix_openpt(O_RDWR | O_NOCTTY);
  const struct winsize size = { .ws_row = 24, .ws_col = width };

  if (end < 0) {
    return NULL;
  }
  g_assert_cmpint(ioctl(end, TIOCSWINSZ, &size), ==, 0);
  return fdopen(end, "r+");
}

static void
test_a_terminal_that_does_not_tell_its_width_has_80_columns(void)
{
  static const struct {
    const char *columns;
    unsigned short width;
    size_t expected;
  } cases[] = {
    { NULL, 0, 80 }, { "132", 0, 132 }, { "132", 60, 60 }, { "", 0, 80 },
    { "0", 0, 80 },  { "-5", 0, 80 },   { "wide", 0, 80 }, { "99999999", 0, 80 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    FILE *terminal = open_terminal_of_width(cases[i].width);
    if (terminal == NULL) {
      g_test_skip("there are no pseudo-terminals here");
      return;
    }
    g_unsetenv("COLUMNS");
    if (cases[i].columns != NULL) {
      g_setenv("COLUMNS", cases[i].columns, TRUE);
    }
    g_assert_cmpuint(format_width(terminal), ==, cases[i].expected);
    fclose(terminal);
  }
  g_unsetenv("COLUMNS");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chart/braille", test_lines_are_dots_of_braille);
  g_test_add_func("/chart/ascii", test_lines_are_symbols_in_ascii);
  g_test_add_func("/chart/colours", test_colours_are_those_of_the_owner);
  g_test_add_func("/chart/logarithmic", test_axes_are_logarithmic_where_asked);
  g_test_add_func("/chart/narrow", test_a_narrow_screen_stays_intact);
  g_test_add_func("/chart/forest", test_forest);
  g_test_add_func("/chart/forest/narrow", test_forest_in_ascii_without_room_for_text);
  g_test_add_func("/chart/columns/left-out", test_columns_that_do_not_fit_are_left_out);
  g_test_add_func("/chart/width",
                  test_a_terminal_that_does_not_tell_its_width_has_80_columns);
  g_test_add_func("/chart/columns/together", test_units_and_intervals_stay_together);
  return g_test_run();
}
