/* SPDX-License-Identifier: MIT */
/* Text for people: numbers, columns, near names. */
#include "support/columns.h"
#include "support/format.h"
#include "support/nearest.h"

#include <string.h>

static void
assert_text(char *text, const char *expected)
{
  g_assert_cmpstr(text, ==, expected);
  g_free(text);
}

static void
test_numbers(void)
{
  const uint64_t shape[] = { 64, 32 };

  assert_text(format_count(0), "0");
  assert_text(format_count(999), "999");
  assert_text(format_count(1000), "1,000");
  assert_text(format_count(1234567), "1,234,567");
  assert_text(format_bytes(0), "0 B");
  assert_text(format_bytes(999), "999 B");
  assert_text(format_bytes(1000), "1.0 kB");
  assert_text(format_bytes(19280), "19.3 kB");
  assert_text(format_bytes(999999), "1.0 MB");
  assert_text(format_bytes(400000000), "400 MB");
  assert_text(format_duration(0.04), "0.0 s");
  assert_text(format_duration(9.94), "9.9 s");
  assert_text(format_duration(9.96), "10 s");
  assert_text(format_duration(80.0), "1 min 20 s");
  assert_text(format_duration(59.6), "1 min 00 s");
  assert_text(format_duration(3661.0), "1 h 01 min");
  assert_text(format_plural(1, "seed"), "1 seed");
  assert_text(format_plural(2000, "seed"), "2,000 seeds");
  assert_text(format_shape(shape, 2), "[64, 32]");
  assert_text(format_shape(shape, 0), "[]");
}

/* what columns_print writes to a file, so in 100 columns and without colours */
static char *
print_to_text(const Columns *columns, size_t indent)
{
  char *text = NULL;
  size_t length = 0;
  FILE *stream = tmpfile();

  g_assert_nonnull(stream);
  columns_print(columns, indent, stream);
  length = (size_t)ftell(stream);
  rewind(stream);
  text = g_malloc0(length + 1);
  g_assert_cmpuint(fread(text, 1, length, stream), ==, length);
  fclose(stream);
  return text;
}

static void
test_columns_are_aligned(void)
{
  g_autoptr(Columns) columns = columns_new("lrl");

  columns_add_heading(columns, "name", "n", "doc");
  columns_add(columns, "sgd \xc2\xb1", "12", "x");
  columns_add(columns, "a", "3", "");
  g_autofree char *text = print_to_text(columns, 2);
  g_assert_cmpstr(text, ==,
                  "  name    n  doc\n"
                  "  sgd \xc2\xb1  12  x\n"
                  "  a       3\n");
}

static void
test_last_column_is_wrapped(void)
{
  g_autoptr(Columns) columns = columns_new("ll");
  g_autofree char *words = g_strnfill(120, 'x');

  for (size_t i = 9; i < 120; i += 10) {
    words[i] = ' ';
  }
  columns_add(columns, "key", words);
  g_autofree char *text = print_to_text(columns, 0);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 3);
  g_assert_cmpuint(strlen(lines[0]), <=, 100);
  g_assert_true(g_str_has_prefix(lines[0], "key  xxxxxxxxx xxx"));
  g_assert_true(g_str_has_prefix(lines[1], "     xxxxxxxxx xxx"));
}

static void
test_nearest(void)
{
  const char *const verbs[] = { "list", "info", "config", "compare", NULL };

  assert_text(nearest_explain("verb", "lst", verbs),
              "no verb is called 'lst'; did you mean 'list'?");
  assert_text(nearest_explain("verb", "comapre", verbs),
              "no verb is called 'comapre'; did you mean 'compare'?");
  assert_text(nearest_explain("verb", "frobnicate", verbs),
              "no verb is called 'frobnicate'; there is: list, info, config, compare");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/text/numbers", test_numbers);
  g_test_add_func("/text/columns/aligned", test_columns_are_aligned);
  g_test_add_func("/text/columns/last-one-wrapped", test_last_column_is_wrapped);
  g_test_add_func("/text/nearest", test_nearest);
  return g_test_run();
}
