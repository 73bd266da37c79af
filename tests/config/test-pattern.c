/* SPDX-License-Identifier: MIT */
/* Patterns mean the same names in every locale. */
#include "config/pattern.h"

#include <fnmatch.h>
#include <locale.h>

static const char *const locales[] = { "C", "C.UTF-8" };

typedef struct Case {
  const char *name, *pattern, *fits, *differs; /* texts with spaces between them */
} Case;

static const Case cases[] = {
  { "star/any-characters", "*/bias", "a/bias a/b/bias /bias ü/bias", "bias a/bias/ b" },
  { "star/nothing", "a*", "a ab", "b ba" },
  { "star/several", "*a*b*", "ab xaxbx aab", "ba a b" },
  { "star/last-one-takes-more", "*ab", "ab aab abab", "aba" },
  { "question/one-character", "?", "a é 日 😀", "ab éé 日本" },
  { "question/two-characters", "??", "ab éé 日本", "a é 日" },
  { "question/between", "ün?/bias", "ünï/bias üni/bias", "ün/bias ünïï/bias" },
  { "set/one-of-a-few", "[é日]", "é 日", "e è 本 é日" },
  { "set/not-there", "[!a]", "b é 日 A", "a bb" },
  { "set/not-there-with-caret", "[^é]", "e è", "é" },
  { "set/range", "[a-c]x", "ax bx cx", "dx Ax" },
  { "set/range-of-code-points", "[à-ü]", "à é ü ö", "a z ÿ À" },
  { "set/range-to-beyond-16-bits", "[一-😀]", "日 😀", "a 😁" },
  { "set/bracket-first", "[]a]", "] a", "b []" },
  { "set/hyphen-last", "[a-]", "a -", "b" },
  { "set/hyphen-first", "[-a]", "a -", "b" },
  { "set/escaped", "[\\]\\-x]", "] - x", "\\ y" },
  { "set/never-closed", "w[0", "w[0", "w0 w" },
  { "class/letters", "[[:alpha:]]", "a Z é 日", "1 _ /" },
  { "class/digits", "w[[:digit:]]*", "w1 w10", "w wa w٣" },
  { "class/among-others", "[[:upper:]_0-2]", "A _ 1 É", "a 3" },
  { "class/not-there", "[![:lower:]]", "A 1", "a é" },
  { "escape/star", "a\\*", "a*", "ab a" },
  { "escape/backslash", "a\\\\b", "a\\b", "ab" },
  { "case/is-respected", "Bias", "Bias", "bias BIAS" },
  { "whole/no-part", "bias", "bias", "a/bias biases" },
};

static void
assert_all(const char *pattern, const char *texts, bool fits)
{
  g_auto(GStrv) list = g_strsplit(texts, " ", -1);

  for (size_t i = 0; list[i] != NULL; i++) {
    if (optreg_pattern_fits(pattern, list[i]) != fits) {
      g_error("'%s' %s '%s'", pattern, fits ? "does not fit" : "fits", list[i]);
    }
  }
}

static void
test_case(const void *data)
{
  const Case *test = data;

  for (size_t i = 0; i < G_N_ELEMENTS(locales); i++) {
    if (setlocale(LC_ALL, locales[i]) != NULL) {
      assert_all(test->pattern, test->fits, true);
      assert_all(test->pattern, test->differs, false);
    }
  }
  setlocale(LC_ALL, "C");
}

static void
test_empty_text(void)
{
  g_assert_true(optreg_pattern_fits("*", ""));
  g_assert_true(optreg_pattern_fits("", ""));
  g_assert_false(optreg_pattern_fits("?", ""));
  g_assert_false(optreg_pattern_fits("[!a]", ""));
}

/* quadratic, where naive backtracking would take for ever */
static void
test_many_stars(void)
{
  g_autofree char *text = g_strnfill(20000, 'a');

  g_assert_false(optreg_pattern_fits("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

/* in the C locale and in ASCII, fnmatch is a reference */
static void
test_agrees_with_fnmatch(void)
{
  static const char *const tokens[] = {
    "a", "b",    "-",    "]",     "*",    "*",     "*",           "?",
    "!", "[ab]", "[!a]", "[a-c]", "[]a]", "[^-b]", "[[:alpha:]]", "\\*",
  };
  static const char letters[] = "abc-]*!";

  setlocale(LC_ALL, "C");
  for (size_t i = 0; i < 200000; i++) {
    g_autoptr(GString) pattern = g_string_new(NULL), text = g_string_new(NULL);
    for (int n = g_test_rand_int_range(0, 7); n > 0; n--) {
      g_string_append(pattern, tokens[g_test_rand_int_range(0, G_N_ELEMENTS(tokens))]);
    }
    for (int n = g_test_rand_int_range(0, 7); n > 0; n--) {
      g_string_append_c(text, letters[g_test_rand_int_range(0, sizeof letters - 1)]);
    }
    if (optreg_pattern_fits(pattern->str, text->str)
        != (fnmatch(pattern->str, text->str, 0) == 0)) {
      g_error("'%s' and '%s': not as fnmatch", pattern->str, text->str);
    }
  }
}

static void
test_problems(void)
{
  static const struct {
    const char *pattern, *problem;
  } refusals[] = {
    { "[z-a]", "the range 'z-a' runs backwards; swap its ends" },
    { "w[0-9][ü-à]", "the range 'ü-à' runs backwards; swap its ends" },
    { "[[:letter:]]", "'[:letter:]' is no class of characters; known are *" },
    { "[[=e=]]", "'[=e=]' is no class of characters; known are *" },
    { "a\\", "ends with a backslash, *" },
  };
  static const char *const sound[] = { "*",           "[a-z]", "w[z-a", "a\\\\",
                                       "[[:digit:]]", "[]-a]", "[[:x]", "\\[z-a]" };

  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *problem = optreg_pattern_problem(refusals[i].pattern);
    g_assert_nonnull(problem);
    if (!g_pattern_match_simple(refusals[i].problem, problem)) {
      g_error("%s: %s", refusals[i].pattern, problem);
    }
  }
  for (size_t i = 0; i < G_N_ELEMENTS(sound); i++) {
    g_autofree char *problem = optreg_pattern_problem(sound[i]);
    g_assert_cmpstr(problem, ==, NULL);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/pattern/", cases[i].name, NULL);
    g_test_add_data_func(path, &cases[i], test_case);
  }
  g_test_add_func("/pattern/empty-text", test_empty_text);
  g_test_add_func("/pattern/many-stars", test_many_stars);
  g_test_add_func("/pattern/agrees-with-fnmatch", test_agrees_with_fnmatch);
  g_test_add_func("/pattern/problems", test_problems);
  return g_test_run();
}
