/* SPDX-License-Identifier: MIT */
/* Text that is shown as YAML reads back as the same text. */
#include "config/config.h"
#include "config/scalar.h"
#include "printable.h"

#include <string.h>

static const OptregDescriptor toy = { .class = { .name = "toy" } };

static void
test_quotes(void)
{
  static const struct {
    const char *text, *shown;
  } cases[] = {
    { "adam", "adam" },
    { "my run 2", "my run 2" },
    { "sgd 😀", "sgd 😀" },
    { "a: b #c", "\"a: b #c\"" },
    { "yes", "\"yes\"" },
    { "Off", "\"Off\"" },
    { "~", "\"~\"" },
    { "null", "\"null\"" },
    { "1e3", "\"1e3\"" },
    { "2024-01-01", "\"2024-01-01\"" },
    { "inf", "\"inf\"" },
    { "*/bias", "\"*/bias\"" },
    { " a", "\" a\"" },
    { "a ", "\"a \"" },
    { "say \"a\\b\"", "\"say \\\"a\\\\b\\\"\"" },
    { "a\nb\tc\r", "\"a\\nb\\tc\\r\"" },
    { "\x1b[31m", "\"\\x1b[31m\"" },
    { "\u202ea", "\"\\u202ea\"" },
    { "\ufeff", "\"\\ufeff\"" },
    { "[a, b]", "\"[a, b]\"" },
    { "- a", "\"- a\"" },
    { "'", "\"'\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *shown = optreg_scalar_show(cases[i].text);
    g_assert_cmpstr(shown, ==, cases[i].shown);
  }
}

/* characters that mean something in YAML come more often than others */
static char *
random_text(void)
{
  static const char special[] =
      "  ::##''\"\"\\\\\n\n\t\r-?[]{},&*!|>%@`~=0123.eEyYnN/_\x1b\x7f";
  GString *text = g_string_new(NULL);

  for (int n = g_test_rand_int_range(1, 9); n > 0; n--) {
    gunichar c = (gunichar)special[g_test_rand_int_range(0, sizeof special - 1)];
    if (g_test_rand_int_range(0, 4) == 0) {
      do {
        c = (gunichar)g_test_rand_int_range(1, 0x110000);
      } while (c >= 0xd800 && c < 0xe000);
    } else if (g_test_rand_int_range(0, 4) == 0) {
      c = (gunichar)g_test_rand_int_range(1, 0x3000);
    }
    g_string_append_unichar(text, c);
  }
  return g_string_free(text, FALSE);
}

static void
assert_reads_back(const char *text)
{
  static const char *const forms[] = { "a: %s\n", "{a: %s, b: 1}" };
  g_autofree char *shown = optreg_scalar_show(text);

  g_assert_true(optreg_is_printable(shown));
  for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
    g_autoptr(GString) yaml = g_string_new(forms[i]);
    g_autoptr(GError) error = NULL;
    g_string_replace(yaml, "%s", shown, 1);
    g_autoptr(OptregNode)
        tree = optreg_node_parse(yaml->str, yaml->len, "a.yaml", &error);
    if (tree == NULL) {
      g_error("%s: %s", shown, error->message);
    }
    g_assert_cmpstr(optreg_node_get(tree, "a")->text, ==, text);
    g_assert_false(optreg_node_is_null(optreg_node_get(tree, "a")));
  }
}

static void
test_any_text(void)
{
  for (size_t i = 0; i < 50000; i++) {
    g_autofree char *text = random_text();
    assert_reads_back(text);
  }
}

static OptregConfig *
read_name(const char *shown)
{
  g_autofree char *yaml = g_strdup_printf("optimizer: toy\nname: %s\n", shown);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) tree = optreg_node_parse(yaml, strlen(yaml), "a.yaml", &error);
  OptregConfig *config =
      tree != NULL ? optreg_config_new(tree, "a.yaml", &toy, NULL, &error) : NULL;

  g_assert_no_error(error);
  return config;
}

/* what the options say is what one would write */
static void
test_any_name(void)
{
  for (size_t i = 0; i < 2000; i++) {
    g_autofree char *name = random_text();
    g_autofree char *shown = optreg_scalar_quote(name);
    g_autoptr(OptregConfig) config = read_name(shown);
    g_assert_cmpstr(config->name, ==, name);
    for (size_t j = 0; j < config->n_options; j++) {
      if (strcmp(config->options[j].name, "name") == 0) {
        g_autoptr(OptregConfig) again = read_name(config->options[j].value);
        g_assert_cmpstr(again->name, ==, name);
      }
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scalar/quotes-where-needed", test_quotes);
  g_test_add_func("/scalar/any-text-reads-back", test_any_text);
  g_test_add_func("/scalar/any-name-reads-back", test_any_name);
  return g_test_run();
}
