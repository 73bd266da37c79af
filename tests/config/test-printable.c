/* SPDX-License-Identifier: MIT */
/* Text of others does nothing to a terminal and hides nothing. */
#include "printable.h"

typedef struct Case {
  const char *name, *text, *shown;
} Case;

static const Case cases[] = {
  { "letters", "a/b é 日本 😀 \\ '\"", "a/b é 日本 😀 \\ '\"" },
  { "nothing", "", "" },
  { "escape", "\x1b[31mred", "\\x1b[31mred" },
  { "line-feed", "a\nb", "a\\nb" },
  { "carriage-return", "a\rb", "a\\rb" },
  { "tab", "a\tb", "a\\tb" },
  { "backspace-and-delete", "a\b\x7f", "a\\x08\\x7f" },
  { "control-sequence-of-8-bits",
    "\xc2\x9b"
    "31m",
    "\\u009b31m" },
  { "next-line",
    "a\xc2\x85"
    "b",
    "a\\u0085b" },
  { "line-separator", "a\u2028b\u2029c", "a\\u2028b\\u2029c" },
  { "right-to-left-override", "safe \u202egnp.exe\u202c",
    "safe \\u202egnp.exe\\u202c" },
  { "isolates", "\u2066a\u2069", "\\u2066a\\u2069" },
  { "marks-of-direction", "\u200ea\u200f\u061c", "\\u200ea\\u200f\\u061c" },
  { "zero-width", "a\u200bb\u2060c\ufeffd", "a\\u200bb\\u2060c\\ufeffd" },
  { "soft-hyphen", "a\u00adb", "a\\u00adb" },
  { "tag", "a\U000e0041b", "a\\U000e0041b" },
  { "stray-byte",
    "a\xff"
    "b\x80",
    "a\\xffb\\x80" },
  { "cut-character", "a\xe2\x82", "a\\xe2\\x82" },
  { "surrogate", "\xed\xa0\xbd", "\\xed\\xa0\\xbd" },
  { "overlong", "\xc0\xaf", "\\xc0\\xaf" },
};

static void
test_case(const void *data)
{
  const Case *test = data;
  g_autofree char *shown = optreg_printable(test->text);

  g_assert_cmpstr(shown, ==, test->shown);
  g_assert_cmpint(optreg_is_printable(test->text), ==,
                  g_str_equal(test->text, test->shown));
}

/* whatever the bytes are, what is shown is UTF-8, harmless, and stays as it is */
static void
test_any_bytes(void)
{
  for (size_t i = 0; i < 100000; i++) {
    char text[9] = "";
    for (int n = g_test_rand_int_range(0, 9), j = 0; j < n; j++) {
      text[j] = (char)g_test_rand_int_range(1, 256);
    }
    g_autofree char *shown = optreg_printable(text);
    g_assert_true(g_utf8_validate(shown, -1, NULL));
    g_assert_true(optreg_is_printable(shown));
    for (const char *p = shown; *p != '\0'; p = g_utf8_next_char(p)) {
      g_assert_false(g_unichar_iscntrl(g_utf8_get_char(p)));
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/printable/", cases[i].name, NULL);
    g_test_add_data_func(path, &cases[i], test_case);
  }
  g_test_add_func("/printable/any-bytes", test_any_bytes);
  return g_test_run();
}
