/* SPDX-License-Identifier: MIT */
/* Schedules on the command line: the list and the picture. */
#include "support/plot.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* ---- the picture itself ---- */

static GArray *
points_of(const double *values, size_t n)
{
  GArray *points = g_array_new(FALSE, FALSE, sizeof(PlotPoint));

  for (size_t i = 0; i < n; i++) {
    const PlotPoint point = { (double)i, values[i] };
    g_array_append_val(points, point);
  }
  return points;
}

static char *
draw(const char *label, const double *values, size_t n)
{
  g_autoptr(Plot) plot = plot_new("a <b> & c");

  plot_add_panel(plot, "rate", "step", (double)n);
  plot_add_line(plot, label, "a note", points_of(values, n));
  return plot_render(plot);
}

static void
assert_well_formed(const char *svg)
{
  static const GMarkupParser parser = { 0 };
  g_autoptr(GMarkupParseContext)
      context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_markup_parse_context_parse(context, svg, -1, &error);
  g_assert_no_error(error);
  g_markup_parse_context_end_parse(context, &error);
  g_assert_no_error(error);
}

static size_t
count(const char *text, const char *part)
{
  size_t n = 0;

  for (const char *p = text; (p = strstr(p, part)) != NULL; p++) {
    n++;
  }
  return n;
}

static void
test_text_is_escaped(void)
{
  static const double values[] = { 1.0, 2.0 };
  g_autofree char *svg = draw("x", values, 2);

  assert_well_formed(svg);
  g_assert_nonnull(strstr(svg, "<title>a &lt;b&gt; &amp; c</title>"));
}

static void
test_gaps(void)
{
  const double values[] = { 1.0, 2.0, NAN, 3.0, INFINITY, 4.0 };
  g_autofree char *svg = draw("x", values, 6);
  const char *path = strstr(svg, "<path class=\"line");

  assert_well_formed(svg);
  g_assert_null(strstr(svg, "nan"));
  g_assert_null(strstr(svg, "inf"));
  g_autofree char *line = g_strndup(path, strcspn(path, "\n"));
  g_assert_cmpuint(count(line, "M"), ==, 3);
}

static void
test_nothing_finite(void)
{
  const double values[] = { NAN, NAN };
  g_autofree char *svg = draw("x", values, 2);

  assert_well_formed(svg);
  g_assert_null(strstr(svg, "nan"));
}

/* axes whose ends differ little, are equal, or are zero */
static void
test_flat_lines(void)
{
  static const double values[][2] = { { 0.9, 0.9 },         { 0.0, 0.0 },
                                      { 1.0, 1.0 + 1e-15 }, { -3.0, -3.0 },
                                      { 1e-300, 2e-300 },   { 0.0, 1e300 } };

  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autofree char *svg = draw("x", values[i], 2);
    assert_well_formed(svg);
    g_assert_cmpuint(count(svg, "class=\"grid\""), >, 2);
    g_assert_cmpuint(count(svg, "class=\"grid\""), <, 12);
    g_assert_null(strstr(svg, "nan"));
  }
}

/* a name for each line where there are several; ticks in whole steps */
static void
test_legend(void)
{
  static const double values[] = { 1.0, 0.5, 0.25 };
  g_autofree char *single = draw("alone", values, 3);
  g_autoptr(Plot) plot = plot_new("two");

  plot_add_panel(plot, "rate", "step", 3000.0);
  plot_add_line(plot, "first", "a note", points_of(values, 3));
  plot_add_line(plot, "second", "another", points_of(values, 2));
  g_autofree char *svg = plot_render(plot);

  g_assert_null(strstr(single, "alone"));
  g_assert_nonnull(strstr(single, ">a note<"));
  g_assert_nonnull(strstr(svg, ">first<"));
  g_assert_nonnull(strstr(svg, ">second<"));
  g_assert_nonnull(strstr(svg, ">another<"));
  g_assert_nonnull(strstr(svg, ">1,500<"));
  g_assert_nonnull(strstr(svg, "prefers-color-scheme:dark"));
}

/* ---- the command ---- */

typedef struct Run {
  char *out, *err;
  int status;
} Run;

static void
run_clear(Run *run)
{
  g_free(run->out);
  g_free(run->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* in a new folder that holds a.yaml and is removed; *svg receives what is drawn there
 */
static Run
run_on(const char *yaml, const char *line, char **svg)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-plot-XXXXXX", NULL);
  g_autofree char *config = g_build_filename(folder, "a.yaml", NULL);
  g_autofree char *picture = g_build_filename(folder, "out.svg", NULL);
  g_autofree char *command =
      g_strdup_printf("%s %s", g_getenv("OPTREG_TEST_CLI"), line);
  g_auto(GStrv) words = g_strsplit(command, " ", -1);
  g_autoptr(GError) error = NULL;
  Run run = { 0 };

  g_file_set_contents(config, yaml, -1, NULL);
  g_spawn_sync(folder, words, NULL, G_SPAWN_DEFAULT, NULL, NULL, &run.out, &run.err,
               &run.status, &error);
  g_assert_no_error(error);
  if (svg != NULL) {
    g_file_get_contents(picture, svg, NULL, NULL);
  }
  g_remove(config);
  g_remove(picture);
  g_rmdir(folder);
  return run;
}

static void
test_list(void)
{
  g_auto(Run) run = run_on("", "info --schedules", NULL);

  g_assert_cmpint(run.status, ==, 0);
  g_assert_nonnull(strstr(run.out, "exponential_decay: "));
  g_assert_nonnull(strstr(run.out, "noam: "));
  g_assert_nonnull(strstr(run.out, "(needs warmup_target)"));
}

static void
test_list_of_name(void)
{
  g_auto(Run) run = run_on("", "info --schedules sgd", NULL);

  g_assert_cmpint(run.status, !=, 0);
  g_assert_cmpstr(run.err, ==,
                  "optreg: info: --schedules takes no NAME; remove 'sgd'\n");
}

#define LINE "{schedule: linear, initial_value: 1, end_value: 0, steps: 50%"

static void
test_plot(void)
{
  g_autofree char *svg = NULL;
  g_auto(Run)
      run = run_on("optimizer: adadelta\nrho: " LINE "}\nlearning_rate: " LINE
                   "}\ngroups: [{match: '*/bias', learning_rate_multiplier: 2}]",
                   "config a.yaml --plot-schedule out.svg --steps 400", &svg);

  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.status, ==, 0);
  assert_well_formed(svg);
  g_assert_nonnull(strstr(svg, ">a.yaml over 400 steps<"));
  g_assert_nonnull(strstr(svg, ">learning_rate<"));
  g_assert_nonnull(strstr(svg, ">rho<"));
  g_assert_nonnull(strstr(svg, ">groups[0] */bias<"));
  g_assert_nonnull(strstr(svg, ">step (updates)<"));
  g_assert_cmpuint(count(svg, " d=\"M84.0 "), >=, 3);
}

/* groups that count differently have axes of their own */
static void
test_plot_of_two_counters(void)
{
  g_autofree char *svg = NULL;
  g_auto(Run) run = run_on(
      "optimizer: adadelta\ngradient_accumulation_steps: 3\nlearning_rate: " LINE
      ", counter: micro_step}\ngroups: [{match: '*/bias', learning_rate: " LINE "}}]",
      "config a.yaml --plot-schedule out.svg --steps 400", &svg);

  g_assert_cmpint(run.status, ==, 0);
  g_assert_nonnull(strstr(svg, ">micro_step (gradients)<"));
  g_assert_nonnull(strstr(svg, ">1,200<"));
  g_assert_nonnull(strstr(svg, ">step (updates)<"));
}

typedef struct Refusal {
  const char *name, *line, *message;
} Refusal;

static const Refusal refusals[] = {
  { "nothing-to-plot", "config a.yaml --plot-schedule out.svg",
    "a.yaml: no value follows a schedule; see 'optreg info --schedules'" },
  { "steps-alone", "config a.yaml --steps 5",
    "--steps is for --plot-schedule and --parameters; add one or remove --steps" },
  { "no-steps", "config a.yaml --plot-schedule out.svg --steps 0",
    "--steps must be in 1..10000000, not 0" },
};

static void
test_refuse(const void *data)
{
  const Refusal *row = data;
  g_autofree char *svg = NULL;
  g_auto(Run) run = run_on("optimizer: adadelta", row->line, &svg);

  g_assert_true(g_spawn_check_wait_status(run.status, NULL) == FALSE);
  g_assert_nonnull(strstr(run.err, row->message));
  g_assert_null(svg);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/escapes-text", test_text_is_escaped);
  g_test_add_func("/plot/leaves-gaps", test_gaps);
  g_test_add_func("/plot/nothing-finite", test_nothing_finite);
  g_test_add_func("/plot/flat-lines", test_flat_lines);
  g_test_add_func("/plot/legend", test_legend);
  g_test_add_func("/cli/info/schedules", test_list);
  g_test_add_func("/cli/info/schedules-of-a-name", test_list_of_name);
  g_test_add_func("/cli/plot-schedule", test_plot);
  g_test_add_func("/cli/plot-schedule/two-counters", test_plot_of_two_counters);
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path =
        g_strconcat("/cli/plot-schedule/refuse/", refusals[i].name, NULL);
    g_test_add_data_func(path, &refusals[i], test_refuse);
  }
  return g_test_run();
}
