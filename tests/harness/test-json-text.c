/* SPDX-License-Identifier: MIT */
/* JSON as it is written is JSON, and comes back to the bit; what json-glib must not see
 * is refused before. */
#include "support/json_scan.h"
#include "support/json_text.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

static char *
show(double value)
{
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_VALUE);

  json_node_set_double(node, value);
  return json_text_write(node, false);
}

/* ---- numbers ---- */

/* RFC 8259, section 6; and with a mark of what is no integer */
static void
assert_is_a_number_of_json(const char *text)
{
  if (!g_regex_match_simple("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$", text,
                            G_REGEX_DOLLAR_ENDONLY, 0)
      || strpbrk(text, ".eE") == NULL) {
    g_error("'%s' is no number of JSON", text);
  }
}

static void
assert_same_bits(double a, double b)
{
  g_assert_cmpmem(&a, sizeof a, &b, sizeof b);
}

static void
assert_comes_back(double value)
{
  g_autofree char *text = show(value);
  g_autofree char *inside = g_strdup_printf("{\"x\":[%s]}", text);
  g_autoptr(JsonNode) root = json_text_read(inside, -1, NULL);

  assert_is_a_number_of_json(text);
  assert_same_bits(g_ascii_strtod(text, NULL), value);
  g_assert_nonnull(root);
  JsonNode *node = json_array_get_element(
      json_object_get_array_member(json_node_get_object(root), "x"), 0);
  g_assert_cmpuint(json_node_get_value_type(node), ==, G_TYPE_DOUBLE);
  assert_same_bits(json_node_get_double(node), value);
  g_assert_cmpuint(strlen(text), <=, 24);
}

static double
from_bits(guint64 bits)
{
  double value;

  memcpy(&value, &bits, sizeof value);
  return value;
}

/* of 0 to 2046: subnormals and zero, and all that are finite */
static void
test_every_exponent(void)
{
  const guint64 mantissas[] = { 0,
                                1,
                                2,
                                G_GUINT64_CONSTANT(0x8000000000000),
                                G_GUINT64_CONSTANT(0x5555555555555),
                                G_GUINT64_CONSTANT(0xfffffffffffff) };

  for (guint64 exponent = 0; exponent < 2047; exponent++) {
    const guint64 random = ((guint64)g_test_rand_int() << 20)
                           ^ (guint64)g_test_rand_int();
    for (size_t i = 0; i < G_N_ELEMENTS(mantissas); i++) {
      assert_comes_back(from_bits(exponent << 52 | mantissas[i]));
      assert_comes_back(-from_bits(exponent << 52 | mantissas[i]));
    }
    assert_comes_back(
        from_bits(exponent << 52 | (random & G_GUINT64_CONSTANT(0xfffffffffffff))));
  }
}

static void
test_every_power_of_ten(void)
{
  for (int exponent = -323; exponent <= 308; exponent++) {
    g_autofree char *text = g_strdup_printf("1e%d", exponent);
    assert_comes_back(g_ascii_strtod(text, NULL));
  }
}

static void
test_numbers_are_short(void)
{
  static const struct {
    double value;
    const char *text;
  } rows[] = {
    { 1e-8, "1e-8" },
    { 1e-10, "1e-10" },
    { 1e18, "1e18" },
    { 0.1, "0.1" },
    { 1.0 / 3.0, "0.3333333333333333" },
    { 1.0, "1.0" },
    { -3.0, "-3.0" },
    { 0.0, "0.0" },
    { -0.0, "-0.0" },
    { 100000.0, "100000.0" },
    { 9007199254740992.0, "9007199254740992.0" },
    { 0x1p-1074, "5e-324" },
    { 0x1.fffffffffffffp1023, "1.7976931348623157e308" },
    { NAN, "null" },
    { -NAN, "null" },
    { INFINITY, "null" },
    { -INFINITY, "null" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = show(rows[i].value);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

static void
test_integers_are_exact(void)
{
  static const gint64 values[] = { 0,
                                   -1,
                                   G_GINT64_CONSTANT(9007199254740993), /* 2^53 + 1 */
                                   -G_GINT64_CONSTANT(9007199254740993),
                                   G_MAXINT64,
                                   -G_MAXINT64 };

  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_VALUE);
    json_node_set_int(node, values[i]);
    g_autofree char *text = json_text_write(node, false);
    g_autofree char *expected = g_strdup_printf("%" G_GINT64_FORMAT, values[i]);
    g_assert_cmpstr(text, ==, expected);
    g_autofree char *inside = g_strdup_printf("[%s]", text);
    g_autoptr(JsonNode) root = json_text_read(inside, -1, NULL);
    g_assert_cmpint(json_array_get_int_element(json_node_get_array(root), 0), ==,
                    values[i]);
  }
}

static void
test_a_comma_of_the_locale_is_none_of_ours(void)
{
  if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL) {
    g_test_skip("no locale with a comma is installed");
    return;
  }
  g_autofree char *text = show(0.5);
  setlocale(LC_NUMERIC, "C");
  g_assert_cmpstr(text, ==, "0.5");
}

/* ---- texts and layout ---- */

static void
test_any_text_comes_back(void)
{
  g_autoptr(GString) all = g_string_new(NULL);

  for (gunichar c = 1; c < 0x300; c++) {
    g_string_append_unichar(all, c);
  }
  g_string_append(all, "\u2028\U0001F600");
  g_autoptr(JsonObject) object = json_object_new();
  g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
  json_object_set_string_member(object, all->str, all->str);
  json_node_set_object(root, object);
  g_autofree char *text = json_text_write(root, true);
  g_autoptr(JsonObject) again = json_text_read_object(text, -1);
  g_assert_nonnull(again);
  g_assert_cmpstr(json_object_get_string_member(again, all->str), ==, all->str);
}

static void
test_bytes_that_are_no_text_are_replaced(void)
{
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_VALUE);

  json_node_set_string(node, "a\xff\x1b");
  g_autofree char *text = json_text_write(node, false);
  g_assert_cmpstr(text, ==, "\"a\uFFFD\\u001b\"");
}

/* but for doubles, as the library's own writer does */
static void
test_the_layout_is_that_of_json_glib(void)
{
  static const char json[] = "{\"a\":[1,-2,[],[[3]]],\"b\":{\"c\":null,\"d\":true,"
                             "\"e\":{\"f\":\"g\\\"\\\\\\n/\"}},\"\":false}";
  g_autoptr(JsonNode) root = json_from_string(json, NULL);

  for (int is_pretty = 0; is_pretty <= 1; is_pretty++) {
    g_autofree char *expected = json_to_string(root, is_pretty);
    g_autofree char *text = json_text_write(root, is_pretty);
    g_assert_cmpstr(text, ==, expected);
  }
}

/* ---- what is refused ---- */

/* `n` times the opening and the closing bracket */
static char *
nest(size_t n, const char *opening, const char *closing)
{
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < n; i++) {
    g_string_append(text, opening);
  }
  g_string_append(text, "1");
  for (size_t i = 0; i < n; i++) {
    g_string_append(text, closing);
  }
  return g_string_free(text, FALSE);
}

static void
assert_refused(const char *text, gssize size, const char *words)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(json_text_read(text, size, &error));
  g_assert_cmpstr(error->message, ==, words);
}

static void
test_depth_has_a_limit(void)
{
  static const struct {
    const char *opening, *closing;
  } kinds[] = {
    { "[", "]" }, { "{\"a\":", "}" }, { "[ \n", " ]" }, { "{\"a\":[\"[\",", "]}" }
  };

  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    const size_t most = i == 3 ? JSON_MOST_DEPTH / 2 : JSON_MOST_DEPTH;
    g_autofree char *good = nest(most, kinds[i].opening, kinds[i].closing);
    g_autoptr(JsonNode) root = json_text_read(good, -1, NULL);
    g_assert_nonnull(root);
    g_autofree char *bad = nest(most + 1, kinds[i].opening, kinds[i].closing);
    g_autofree char *worst = nest(200000, kinds[i].opening, kinds[i].closing);
    g_autofree char *open = nest(200000, kinds[i].opening, "");
    g_autofree char *words = g_strdup_printf("line %d: nested more than 64 deep",
                                             i == 2 ? JSON_MOST_DEPTH + 1 : 1);
    assert_refused(bad, -1, words);
    assert_refused(worst, -1, words);
    assert_refused(open, -1, words);
  }
}

/* brackets in strings are no nesting, and nothing hides brackets from the count */
static void
test_strings_are_skipped_and_comments_refused(void)
{
  g_autofree char *brackets = g_strnfill(100000, '[');
  g_autofree char *string = g_strdup_printf("[\"%s\\\"%s\"]", brackets, brackets);
  g_autoptr(JsonNode) root = json_text_read(string, -1, NULL);
  g_autofree char *comment = g_strdup_printf("/*\"*/%s//\"", brackets);
  g_autofree char *line = g_strdup_printf("//\"\n%s", brackets);
  g_autofree char *quote = g_strdup_printf("'\"'%s", brackets);

  g_assert_nonnull(root);
  assert_refused(comment, -1, "line 1: no JSON");
  assert_refused(line, -1, "line 1: no JSON");
  assert_refused(quote, -1, "line 1: no JSON");
}

static void
test_broken_texts_are_refused(void)
{
  static const struct {
    const char *text;
    gssize size;
    const char *words;
  } rows[] = {
    { "\n[\"\xff\"]", -1, "line 2: not UTF-8" },
    { "[\"a", -1, "line 1: a string does not end" },
    { "[\"a\\", -1, "line 1: a string does not end" },
    { "[\"a\\\"", -1, "line 1: a string does not end" },
    { "[\"a\nb\"]", -1, "line 1: a control character in a string" },
    { "[1]]", -1, "line 1: a bracket that was not opened" },
    { "[\0]", 3, "line 1: not UTF-8" },
    { "[\x01]", -1, "line 1: no JSON" },
    { "", -1, "there is nothing in it" },
    { " \n ", -1, "there is nothing in it" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %zu", i);
    assert_refused(rows[i].text, rows[i].size, rows[i].words);
  }
}

static void
test_size_has_a_limit(void)
{
  g_autofree char *spaces = g_strnfill((gsize)JSON_MOST_BYTES + 1, ' ');

  assert_refused(spaces, JSON_MOST_BYTES + 1, "line 1: more than 64 MiB");
}

/* ---- files ---- */

typedef struct Folder {
  char *directory, *path;
} Folder;

static void
set_up(Folder *folder, const void *unused)
{
  (void)unused;
  folder->directory = g_dir_make_tmp("optreg-test-XXXXXX", NULL);
  folder->path = g_build_filename(folder->directory, "a.json", NULL);
}

static void
tear_down(Folder *folder, const void *unused)
{
  (void)unused;
  g_remove(folder->path);
  g_assert_cmpint(g_rmdir(folder->directory), ==, 0);
  g_free(folder->directory);
  g_free(folder->path);
}

static void
test_a_file_is_read_again(Folder *folder, const void *unused)
{
  g_autoptr(GError) error = NULL;
  (void)unused;
  g_autoptr(JsonNode) root = json_text_read("{\"a\":1e-8,\"b\":[1,2.0]}", -1, NULL);

  g_assert_true(json_text_write_file(folder->path, root, &error));
  g_assert_no_error(error);
  g_autoptr(JsonNode) again = json_text_read_file(folder->path, &error);
  g_assert_no_error(error);
  g_assert_true(json_node_equal(root, again));
}

/* deeper than can be read: the file stays as it was */
static void
test_what_could_not_be_read_is_not_written(Folder *folder, const void *unused)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = nest(JSON_MOST_DEPTH + 1, "[", "]");
  g_autoptr(JsonNode) root = json_from_string(text, NULL);
  g_autofree char *after = NULL;

  (void)unused;
  g_assert_true(g_file_set_contents(folder->path, "[]", -1, NULL));
  g_assert_false(json_text_write_file(folder->path, root, &error));
  g_autofree char *words =
      g_strdup_printf("%s: not written, as it could not be read: line 65: nested more "
                      "than 64 deep",
                      folder->path);
  g_assert_cmpstr(error->message, ==, words);
  g_assert_true(g_file_get_contents(folder->path, &after, NULL, NULL));
  g_assert_cmpstr(after, ==, "[]");
}

/* nobody waits for who writes into a pipe */
static void
test_only_files_are_read(Folder *folder, const void *unused)
{
  g_autoptr(GError) none = NULL, pipe = NULL;

  (void)unused;
  g_assert_null(json_text_read_file(folder->path, &none));
  g_assert_true(g_str_has_suffix(none->message, "No such file or directory"));
  g_assert_cmpint(mkfifo(folder->path, 0600), ==, 0);
  g_assert_null(json_text_read_file(folder->path, &pipe));
  g_assert_true(g_str_has_suffix(pipe->message, ": not a regular file"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/numbers/every-exponent", test_every_exponent);
  g_test_add_func("/json/numbers/every-power-of-ten", test_every_power_of_ten);
  g_test_add_func("/json/numbers/are-short", test_numbers_are_short);
  g_test_add_func("/json/numbers/integers-are-exact", test_integers_are_exact);
  g_test_add_func("/json/numbers/no-comma", test_a_comma_of_the_locale_is_none_of_ours);
  g_test_add_func("/json/texts/come-back", test_any_text_comes_back);
  g_test_add_func("/json/texts/no-text", test_bytes_that_are_no_text_are_replaced);
  g_test_add_func("/json/layout", test_the_layout_is_that_of_json_glib);
  g_test_add_func("/json/refused/depth", test_depth_has_a_limit);
  g_test_add_func("/json/refused/comments",
                  test_strings_are_skipped_and_comments_refused);
  g_test_add_func("/json/refused/broken", test_broken_texts_are_refused);
  g_test_add_func("/json/refused/size", test_size_has_a_limit);
  g_test_add("/json/files/read-again", Folder, NULL, set_up, test_a_file_is_read_again,
             tear_down);
  g_test_add("/json/files/not-written", Folder, NULL, set_up,
             test_what_could_not_be_read_is_not_written, tear_down);
  g_test_add("/json/files/only-files", Folder, NULL, set_up, test_only_files_are_read,
             tear_down);
  return g_test_run();
}
