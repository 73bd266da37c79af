/* SPDX-License-Identifier: MIT */
/* Names that experiments give, in files that other programs read. */
#include "harness/archive.h"
#include "harness/experiment/arm_private.h"
#include "support/format.h"
#include "support/markup.h"
#include "support/plot.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- CSV ---- */

static void
test_cells_are_text(void)
{
  static const struct {
    const char *text, *cell;
  } rows[] = {
    { "adam", "adam" },
    { "", "" },
    { "a b", "a b" },
    { "a,b", "\"a,b\"" },
    { "a\"b", "\"a\"\"b\"" },
    { "a\nb", "\"a\nb\"" },
    { "a\rb", "\"a\rb\"" },
    { "=1+1", "'=1+1" },
    { "+1", "'+1" },
    { "-1", "'-1" },
    { "@SUM(A1)", "'@SUM(A1)" },
    { "\t=1", "\"'\t=1\"" },
    { "\r=1", "\"'\r=1\"" },
    { "=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"" },
    { "a=1", "a=1" },
    { "sgd[lr=-1]", "sgd[lr=-1]" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *cell = format_csv(rows[i].text);
    g_assert_cmpstr(cell, ==, rows[i].cell);
  }
}

/* ---- XML ---- */

/* section 2.2 of XML 1.0, but for what it discourages */
static bool
is_character_of_xml(gunichar c)
{
  return c == 0x9 || c == 0xa || c == 0xd || (c >= 0x20 && c <= 0xd7ff)
         || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* numbers of characters are looked at, too: they may not stand for others either */
static void
assert_is_xml(const char *text)
{
  g_autoptr(GError) error = NULL;
  const GMarkupParser parser = { 0 };
  g_autoptr(GMarkupParseContext)
      context = g_markup_parse_context_new(&parser, 0, NULL, NULL);

  g_assert_true(g_utf8_validate(text, -1, NULL));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
    g_assert_true(is_character_of_xml(g_utf8_get_char(p)));
    if (g_str_has_prefix(p, "&#")) {
      const guint64 c = p[2] == 'x' ? g_ascii_strtoull(p + 3, NULL, 16)
                                    : g_ascii_strtoull(p + 2, NULL, 10);
      g_assert_true(is_character_of_xml((gunichar)c));
    }
  }
  g_assert_true(g_markup_parse_context_parse(context, text, -1, &error));
  g_assert_true(g_markup_parse_context_end_parse(context, &error));
  g_assert_no_error(error);
}

/* all of two planes, and bytes that are no text */
static char *
every_character(void)
{
  GString *text = g_string_new("\xff\xc3(\xed\xa0\x80");

  for (gunichar c = 1; c < 0x11000; c++) {
    if (c < 0xd800 || c > 0xdfff) {
      g_string_append_unichar(text, c);
    }
  }
  return g_string_free(text, FALSE);
}

static void
test_any_text_is_xml(void)
{
  g_autofree char *all = every_character();
  g_autofree char *escaped = markup_escape(all);
  g_autofree char *element = g_strdup_printf("<a b=\"%s\">%s</a>", escaped, escaped);
  g_autofree char *few = markup_escape("a<b>&\"'\x1b\t\u00e9");

  assert_is_xml(element);
  g_assert_cmpstr(few, ==, "a&lt;b&gt;&amp;&quot;&apos;\uFFFD\t\u00e9");
}

static void
test_a_plot_of_any_names_is_xml(void)
{
  static const char *const names[] = {
    "a\x1b[31mb", "]]>", "</text><script>",
    "\xff\xfe",   "\"'", "\x7f\xc2\x85\xef\xbf\xbe"
  };

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(Plot) plot = plot_new(names[i]);
    for (int k = 0; k < 2; k++) {
      plot_add_panel(plot, names[i], names[i], 1.0);
      for (int line = 0; line <= k; line++) {
        GArray *points = g_array_new(FALSE, FALSE, sizeof(PlotPoint));
        const PlotPoint point = { 1.0, 0.5 };
        g_array_append_val(points, point);
        plot_add_line(plot, names[i], names[i], points);
      }
    }
    g_autofree char *svg = plot_render(plot);
    assert_is_xml(svg);
  }
}

/* ---- YAML ---- */

/* a name that only the writer would take is found before anything is trained */
static void
test_an_experiment_is_read_again(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  g_autofree char *folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "e.yaml", NULL),
                  *saved = g_build_filename(folder, "experiment.yaml", NULL),
                  *config = g_build_filename(folder, "a.yaml", NULL),
                  *configs = g_build_filename(folder, "configs", NULL),
                  *copy = g_build_filename(folder, "configs", "a.yaml", NULL);
  char *const files[] = { file, NULL };
  const ExperimentArguments arguments = {
    .files = files, .n_seeds = -1, .epochs = -1, .batch_size = -1, .n_trials = -1
  };
  g_autoptr(GError) error = NULL;

  g_assert_true(g_file_set_contents(config, "optimizer: sgd\n", -1, NULL));
  g_assert_true(g_file_set_contents(
      file, "name: \"tab'\\\"\\\\ \u00e9\"\narms: {a: a.yaml}\n", -1, NULL));
  g_assert_cmpint(g_mkdir(configs, 0700), ==, 0);
  g_assert_true(g_file_set_contents(copy, "optimizer: sgd\n", -1, NULL));
  g_autoptr(Comparison)
      comparison = comparison_new(experiment_new(&arguments, set, NULL));
  comparison->directory = g_strdup(folder);
  g_assert_true(archive_write(comparison, NULL));
  g_assert_true(archive_check(comparison, set, &error));
  g_assert_no_error(error);

  Arm *arm = g_ptr_array_index(comparison->experiment->arms, 0);
  g_free(arm->name);
  arm->name = g_strdup("a\"b");
  g_assert_true(archive_write(comparison, NULL));
  g_assert_false(archive_check(comparison, set, &error));
  g_assert_true(
      g_str_has_prefix(error->message, "this experiment could not be read again: "));
  g_assert_nonnull(strstr(error->message, "experiment.yaml:"));
  g_remove(file);
  g_remove(saved);
  g_remove(config);
  g_remove(copy);
  g_rmdir(configs);
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/foreign-files/csv", test_cells_are_text);
  g_test_add_func("/foreign-files/xml/any-text", test_any_text_is_xml);
  g_test_add_func("/foreign-files/xml/plot", test_a_plot_of_any_names_is_xml);
  g_test_add_func("/foreign-files/yaml", test_an_experiment_is_read_again);
  return g_test_run();
}
