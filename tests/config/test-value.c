/* SPDX-License-Identifier: MIT */
/* Text to a typed value and back: the row decides the type. */
#include "config/value.h"

#include "config/number.h"

#include <locale.h>
#include <math.h>

static const optreg_hyperparameter rows[] = {
  OPTREG_REAL_ROW("share", 0.5, 0.0, 1.0, 0, "closed at both ends"),
  OPTREG_REAL_ROW("open", 0.5, 0.0, 1.0, OPTREG_MINIMUM_OPEN | OPTREG_MAXIMUM_OPEN,
                  "open"),
  OPTREG_REAL_ROW("any", 0.0, -INFINITY, INFINITY, 0, "every finite number"),
  OPTREG_REAL_ROW("bound", INFINITY, 0.0, INFINITY, 0, "may be infinite"),
  OPTREG_INTEGER_ROW("count", 10, 1, INFINITY, 0, "at least one"),
  OPTREG_INTEGER_ROW("level", 0, -3, 3, 0, "both signs"),
  OPTREG_BOOLEAN_ROW("flag", 0, NULL, 0, "a switch"),
  OPTREG_CHOICE_ROW("mode", 0, "sum|mean|no", NULL, 0, "a word"),
};

typedef struct Text {
  const char *row, *text;
  double value;
} Text;

static const Text accepted[] = {
  { "any", "1", 1.0 },
  { "any", "1e-4", 1e-4 },
  { "any", "1e4", 1e4 },
  { "any", "1E+4", 1e4 },
  { "any", ".5", 0.5 },
  { "any", "5.", 5.0 },
  { "any", "-0.5", -0.5 },
  { "any", "+.5e1", 5.0 },
  { "any", "1_000", 1000.0 },
  { "any", "1_000_000.000_1", 1000000.0001 },
  { "any", "012", 12.0 },
  { "any", "0.1000000000000000055511151231257827", 0.1 },
  { "any", "0e-999", 0.0 },
  { "any", "1.7976931348623157e308", 1.7976931348623157e308 },
  { "any", "5e-324", 5e-324 },
  { "any", "-0", 0.0 },
  { "share", "0", 0.0 },
  { "share", "1", 1.0 },
  { "bound", "inf", INFINITY },
  { "bound", ".inf", INFINITY },
  { "bound", "+.INF", INFINITY },
  { "count", "1", 1.0 },
  { "count", "1_000", 1000.0 },
  { "count", "9007199254740992", 9007199254740992.0 },
  { "level", "-3", -3.0 },
  { "flag", "true", 1.0 },
  { "flag", "False", 0.0 },
  { "flag", "yes", 1.0 },
  { "flag", "NO", 0.0 },
  { "flag", "on", 1.0 },
  { "flag", "off", 0.0 },
  { "mode", "sum", 0.0 },
  { "mode", "mean", 1.0 },
  { "mode", "no", 2.0 },
};

typedef struct Refusal {
  const char *row, *text, *message;
} Refusal;

static const Refusal refusals[] = {
  { "share", "1.5", "1.5 is out of range, permitted is [0, 1]" },
  { "share", "-1e-9", "-1e-9 is out of range, permitted is [0, 1]" },
  { "share", "inf", "inf is out of range, permitted is [0, 1]" },
  { "open", "0", "0 is out of range, permitted is (0, 1)" },
  { "open", "1", "1 is out of range, permitted is (0, 1)" },
  { "any", "inf", "inf is out of range, permitted is (-inf, inf)" },
  { "any", "-.inf", "-.inf is out of range, permitted is (-inf, inf)" },
  { "bound", "-inf", "-inf is out of range, permitted is [0, inf]" },
  { "any", "1:30", "'1:30' is not a number, permitted is (-inf, inf)" },
  { "any", "nan", "'nan' is not a number, permitted is (-inf, inf)" },
  { "any", ".NaN", "'.NaN' is not a number, permitted is (-inf, inf)" },
  { "any", "infinity", "'infinity' is not a number, permitted is (-inf, inf)" },
  { "any", "0x10", "'0x10' is not a number, permitted is (-inf, inf)" },
  { "any", "1,5", "'1,5' is not a number, permitted is (-inf, inf)" },
  { "any", "1e", "'1e' is not a number, permitted is (-inf, inf)" },
  { "any", "e5", "'e5' is not a number, permitted is (-inf, inf)" },
  { "any", ".", "'.' is not a number, permitted is (-inf, inf)" },
  { "any", "-", "'-' is not a number, permitted is (-inf, inf)" },
  { "any", "--1", "'--1' is not a number, permitted is (-inf, inf)" },
  { "any", "", "'' is not a number, permitted is (-inf, inf)" },
  { "any", " 1", "' 1' is not a number, permitted is (-inf, inf)" },
  { "any", "1 ", "'1 ' is not a number, permitted is (-inf, inf)" },
  { "any", "1f", "'1f' is not a number, permitted is (-inf, inf)" },
  { "any", "_1", "'_1' is not a number, permitted is (-inf, inf)" },
  { "any", "1_", "'1_' is not a number, permitted is (-inf, inf)" },
  { "any", "1__0", "'1__0' is not a number, permitted is (-inf, inf)" },
  { "any", "1_.5", "'1_.5' is not a number, permitted is (-inf, inf)" },
  { "any", "1._5", "'1._5' is not a number, permitted is (-inf, inf)" },
  { "any", "true", "'true' is not a number, permitted is (-inf, inf)" },
  { "any", "1e999", "1e999 is too large for a number" },
  { "any", "1e-999", "1e-999 is too small for a number; write 0 if you mean it" },
  { "count", "0", "0 is out of range, permitted is [1, inf)" },
  { "count", "2.5", "'2.5' is not an integer, permitted is [1, inf)" },
  { "count", "2.0", "'2.0' is not an integer, permitted is [1, inf)" },
  { "count", "1e3", "'1e3' is not an integer, permitted is [1, inf)" },
  { "count", "inf", "'inf' is not an integer, permitted is [1, inf)" },
  { "count", "ten", "'ten' is not an integer, permitted is [1, inf)" },
  { "count", "9007199254740994",
    "9007199254740994 is too large for an integer, at most 2^53" },
  { "level", "-4", "-4 is out of range, permitted is [-3, 3]" },
  { "flag", "1", "'1' is neither true nor false" },
  { "flag", "y", "'y' is neither true nor false" },
  { "flag", "", "'' is neither true nor false" },
  { "mode", "Sum", "'Sum' is not one of sum, mean, no" },
  { "mode", "false", "'false' is not one of sum, mean, no" },
  { "mode", "sum|mean", "'sum|mean' is not one of sum, mean, no" },
  { "any", "a very long text that nobody wants to read again in an error message\n",
    "'a very long text that nobody wants to read again in an er...' is not a number, "
    "permitted is (-inf, inf)" },
  { "any", "two\nlines", "'two\\nlines' is not a number, permitted is (-inf, inf)" },
};

static const optreg_hyperparameter *
row_of(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (g_str_equal(rows[i].name, name)) {
      return &rows[i];
    }
  }
  g_assert_not_reached();
}

static void
test_accept(const void *data)
{
  const Text *row = data;
  double value = 777.0;
  g_autofree char *problem = optreg_value_read(row_of(row->row), row->text, &value);

  g_assert_cmpstr(problem, ==, NULL);
  g_assert_cmpfloat(value, ==, row->value);
  g_assert_false(value == 0.0 && signbit(value));
}

static void
test_refuse(const void *data)
{
  const Refusal *row = data;
  double value = 777.0;
  g_autofree char *problem = optreg_value_read(row_of(row->row), row->text, &value);

  g_assert_cmpstr(problem, ==, row->message);
  g_assert_cmpfloat(value, ==, 777.0);
}

static const Text shown[] = {
  { "any", "0", 0.0 },
  { "any", "0.1", 0.1 },
  { "any", "0.001", 0.001 },
  { "any", "1e-4", 1e-4 },
  { "any", "2.5e-7", 2.5e-7 },
  { "any", "0.30000000000000004", 0.1 + 0.2 },
  { "any", "100", 100.0 },
  { "any", "32768", 32768.0 },
  { "any", "9007199254740992", 9007199254740992.0 },
  { "any", "1e20", 1e20 },
  { "any", "1.7976931348623157e308", 1.7976931348623157e308 },
  { "any", "5e-324", 5e-324 },
  { "any", "-12.5", -12.5 },
  { "any", "999.9999", 999.9999 },
  { "any", "inf", INFINITY },
  { "any", "-inf", -INFINITY },
  { "count", "1000000", 1e6 },
  { "flag", "true", 1.0 },
  { "flag", "false", 0.0 },
  { "mode", "mean", 1.0 },
};

static void
test_show(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
    g_autofree char *text = optreg_value_show(row_of(shown[i].row), shown[i].value);
    g_assert_cmpstr(text, ==, shown[i].text);
  }
}

/* what is shown reads back as the same double */
static void
test_round_trip(void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed(7);

  for (size_t i = 0; i < 20000; i++) {
    const double number =
        ldexp(g_rand_double(random) - 0.5, g_rand_int_range(random, -99, 99));
    g_autofree char *text = optreg_number_show(number);
    double back = 0.0;
    g_assert_cmpint(optreg_number_read(text, &back), !=, OPTREG_NUMBER_NONE);
    g_assert_cmpfloat(back, ==, number);
  }
}

/* a locale whose numbers have a comma, if the machine has one */
static bool
set_comma_locale(void)
{
  static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "it_IT.UTF-8",
                                       "es_ES.UTF-8", "de_DE",       "fr_FR" };

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    if (setlocale(LC_ALL, names[i]) != NULL) {
      return g_str_equal(localeconv()->decimal_point, ",");
    }
  }
  return false;
}

static void
test_locale(void)
{
  double value = 0.0;

  if (!set_comma_locale()) {
    g_test_skip("no locale with a decimal comma is installed");
    return;
  }
  g_autofree char *problem = optreg_value_read(row_of("any"), "2.5", &value);
  g_autofree char *text = optreg_number_show(2.5);
  setlocale(LC_ALL, "C");
  g_assert_cmpstr(problem, ==, NULL);
  g_assert_cmpfloat(value, ==, 2.5);
  g_assert_cmpstr(text, ==, "2.5");
}

typedef struct Words {
  const char *row, *type, *range, *expectation;
} Words;

static const Words words[] = {
  { "share", "real", "[0, 1]", "a number in [0, 1]" },
  { "open", "real", "(0, 1)", "a number in (0, 1)" },
  { "any", "real", "(-inf, inf)", "a number in (-inf, inf)" },
  { "bound", "real", "[0, inf]", "a number in [0, inf]" },
  { "count", "integer", "[1, inf)", "an integer in [1, inf)" },
  { "flag", "boolean", "false | true", "true or false" },
  { "mode", "choice", "sum | mean | no", "one of sum, mean, no" },
};

static void
test_words(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    const optreg_hyperparameter *row = row_of(words[i].row);
    g_autofree char *range = optreg_value_range(row);
    g_autofree char *expectation = optreg_value_expectation(row);
    g_assert_cmpstr(optreg_value_type(row), ==, words[i].type);
    g_assert_cmpstr(range, ==, words[i].range);
    g_assert_cmpstr(expectation, ==, words[i].expectation);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++) {
    g_autofree char *path = g_strdup_printf("/value/accept/%s/%zu", accepted[i].row, i);
    g_test_add_data_func(path, &accepted[i], test_accept);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path = g_strdup_printf("/value/refuse/%s/%zu", refusals[i].row, i);
    g_test_add_data_func(path, &refusals[i], test_refuse);
  }
  g_test_add_func("/value/show-is-short", test_show);
  g_test_add_func("/value/show-reads-back-exactly", test_round_trip);
  g_test_add_func("/value/the-locale-does-not-matter", test_locale);
  g_test_add_func("/value/words-for-types-and-ranges", test_words);
  return g_test_run();
}
