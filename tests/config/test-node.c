/* SPDX-License-Identifier: MIT */
/* YAML text to a tree, and every text that is refused. */
#include "config/node.h"

#include "error.h"

#include <string.h>

typedef struct Refusal {
  const char *name, *yaml, *message;
} Refusal;

static const Refusal refusals[] = {
  { "empty", "", "a.yaml:1:1: the configuration is empty; write 'optimizer: NAME'" },
  { "comments-only", "# nothing\n\n",
    "a.yaml:1:1: the configuration is empty; write 'optimizer: NAME'" },
  { "empty-document", "---\n...\n",
    "a.yaml:2:1: the configuration is empty; write 'optimizer: NAME'" },
  { "scalar-at-the-top", "adadelta\n",
    "a.yaml:1:1: the configuration is not a mapping; write 'optimizer: NAME'" },
  { "sequence-at-the-top", "- optimizer: sgd\n",
    "a.yaml:1:1: the configuration is not a mapping; write 'optimizer: NAME'" },
  { "duplicate-key", "rho: 1\nepsilon: 2\n\"rho\": 3\n",
    "a.yaml:3:1: duplicate key 'rho', first at a.yaml:1:1; remove one of the two" },
  { "duplicate-key-inside", "groups:\n  - match: a\n    rho: 1\n    match: b\n",
    "a.yaml:4:5: duplicate key 'match', first at a.yaml:2:5; remove one of the two" },
  { "tab-before-key", "a:\n\tb: 1\n",
    "a.yaml:2:1: a tab is used as indentation; use spaces" },
  { "tab-after-value", "a: 1\n\tb: 1\n",
    "a.yaml:2:1: a tab is used as indentation; use spaces" },
  { "tab-after-spaces", "a:\n  \tb: 1\n",
    "a.yaml:2:3: a tab is used as indentation; use spaces" },
  { "anchor", "a: &x 1\n",
    "a.yaml:1:4: '&x' is an anchor in YAML, which is not supported; remove it" },
  { "anchor-of-mapping", "a: &x {b: 1}\n",
    "a.yaml:1:4: '&x' is an anchor in YAML, which is not supported; remove it" },
  { "anchor-of-key", "&x a: 1\n",
    "a.yaml:1:1: '&x' is an anchor in YAML, which is not supported; remove it" },
  { "alias", "a: *bias\n",
    "a.yaml:1:4: '*bias' is an alias in YAML, which is not supported; put patterns in "
    "quotes" },
  { "alias-as-key", "*x : 1\n",
    "a.yaml:1:1: '*x' is an alias in YAML, which is not supported; put patterns in "
    "quotes" },
  { "bare-pattern", "match: */bias\n",
    "a.yaml:1:8: a value that begins with '*' is an alias in YAML; put patterns in "
    "quotes" },
  { "bare-anchor", "a: &/x\n",
    "a.yaml:1:4: a value that begins with '&' is an anchor in YAML; put it in quotes" },
  { "tag", "a: !!float 1\n",
    "a.yaml:1:4: tag 'tag:yaml.org,2002:float' is not supported; remove it, the option "
    "decides the type" },
  { "tag-of-list", "a: !x [1]\n",
    "a.yaml:1:4: tag '!x' is not supported; remove it, the option decides the type" },
  { "tag-of-python-object", "a: !!python/object:os.system {x: 1}\n",
    "a.yaml:1:4: tag 'tag:yaml.org,2002:python/object:os.system' is not supported; "
    "remove it, the option decides the type" },
  { "second-document", "a: 1\n---\nb: 2\n",
    "a.yaml:2:1: a second document; one file holds one configuration" },
  { "list-as-key", "? [1, 2]\n: 3\n",
    "a.yaml:1:3: a key must be a word, not a list or mapping" },
  { "mapping-as-key", "{a: 1}: 2\n",
    "a.yaml:1:1: a key must be a word, not a list or mapping" },
  { "nine-levels", "a: [[[[[[[[1]]]]]]]]\n",
    "a.yaml:1:11: more than 8 levels deep; no option needs that" },
  { "open-bracket", "a: [1, 2\nb: 3\n",
    "a.yaml:1:4: this bracket is not closed, or a comma is missing in it" },
  { "open-brace", "a: {b: 1\n",
    "a.yaml:1:4: this bracket is not closed, or a comma is missing in it" },
  { "open-list", "a: [1, 2",
    "a.yaml:1:4: this bracket is not closed, or a comma is missing in it" },
  { "bracket-without-comma", "a: ['b' 'c']\n",
    "a.yaml:1:4: this bracket is not closed, or a comma is missing in it" },
  { "open-quote", "a: \"b\nc: 1\n", "a.yaml:1:4: this quotation mark is not closed" },
  { "open-quote-before-marker", "a: 'b\n---\nc: 1\n",
    "a.yaml:1:4: this quotation mark is not closed" },
  { "two-values-on-a-line", "a: 1 b: 2\n",
    "a.yaml:1:7: ':' is not expected here; put one 'key: value' on a line, aligned "
    "with the others, or the value in quotes" },
  { "deeper-key", "a: 1\n  b: 2\n",
    "a.yaml:2:4: ':' is not expected here; put one 'key: value' on a line, aligned "
    "with the others, or the value in quotes" },
  { "less-deep-key", "  a: 1\n b: 2\n",
    "a.yaml:2:2: text after the end of the configuration; align the keys" },
  { "text-after-braces", "{a: 1} b\n",
    "a.yaml:1:8: text after the end of the configuration; align the keys" },
  { "key-without-colon", "a: 1\nb\n",
    "a.yaml:2:1: a key without ':'; write 'key: value'" },
  { "list-beside-keys", "a: 1\n- b\n",
    "a.yaml:2:1: the indentation does not fit the lines above; align the keys" },
  { "reserved-character", "a: @b\n",
    "a.yaml:1:4: a value cannot begin with this character; put it in quotes" },
  { "reserved-backtick", "a: `b`\n",
    "a.yaml:1:4: a value cannot begin with this character; put it in quotes" },
  { "unknown-escape", "a: \"\\q\"\n",
    "a.yaml:1:4: unknown escape in double quotes; use single quotes" },
  { "half-a-pair", "a: \"x\\ud83d y\"\n",
    "a.yaml:1:8: this escape is no character; \\ud800 to \\udfff come in pairs, the "
    "first half up to \\udbff" },
  { "second-half-first", "{\"a\": \"\\ude00\\ud83d\"}",
    "a.yaml:1:10: this escape is no character; \\ud800 to \\udfff come in pairs, the "
    "first half up to \\udbff" },
  { "half-behind-a-pair", "{\"a\": \"\\ud83d\\ude00\\ud83d\"}",
    "a.yaml:1:22: this escape is no character; \\ud800 to \\udfff come in pairs, the "
    "first half up to \\udbff" },
  { "place-behind-pairs", "{\"a\": \"\\ud83d\\ude00 \\uD834\\uDD1E\", \"b\": @}",
    "a.yaml:1:41: a value cannot begin with this character; put it in quotes" },
  { "pair-without-quotes", "a: 'it''s \\ud83d\\ude00'\nb: @\n",
    "a.yaml:2:4: a value cannot begin with this character; put it in quotes" },
  { "two-marks",
    "\xEF\xBB\xBF\xEF\xBB\xBF"
    "a: 1\n",
    "a.yaml:1:1: a second byte order mark; save the file as UTF-8 without one" },
  { "escaped-nul", "a: \"x\\0y\"\n",
    "a.yaml:1:4: text with a NUL character; remove it" },
  { "control-character", "a: 1\nb: \x01\n",
    "a.yaml:2:4: a control character; save the file as plain UTF-8 text" },
  { "latin-1", "# \xc3\xa9t\xe9\na: 1\n",
    "a.yaml:1:5: not valid UTF-8; save the file as UTF-8 text" },
  { "cut-character", "a: \xe2\x82",
    "a.yaml:1:4: not valid UTF-8; save the file as UTF-8 text" },
  { "overlong-encoding", "a: \xc0\xaf\n",
    "a.yaml:1:4: not valid UTF-8; save the file as UTF-8 text" },
  { "yaml-3", "%YAML 3.0\n---\na: 1\n",
    "a.yaml:1:1: invalid YAML: found incompatible YAML document" },
};

static OptregNode *
parse(const char *yaml, GError **error)
{
  return optreg_node_parse(yaml, strlen(yaml), "a.yaml", error);
}

static void
test_refuse(const void *data)
{
  const Refusal *row = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(row->yaml, &error);

  g_assert_null(node);
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(error->message, ==, row->message);
}

static void
test_refuse_nul(void)
{
  static const char yaml[] = "a: 1\nb: \0\n";
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode)
      node = optreg_node_parse(yaml, sizeof yaml - 1, "a.yaml", &error);

  g_assert_null(node);
  g_assert_cmpstr(error->message, ==,
                  "a.yaml:2:4: a NUL byte; save the file as UTF-8 text");
}

static void
test_refuse_utf16(void)
{
  static const char yaml[] = "\xff\xfe"
                             "a\0:\0 \01\0";
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode)
      node = optreg_node_parse(yaml, sizeof yaml - 1, "a.yaml", &error);

  g_assert_null(node);
  g_assert_cmpstr(error->message, ==,
                  "a.yaml:1:1: not valid UTF-8; save the file as UTF-8 text");
}

static char *
repeat(const char *head, const char *text, size_t n)
{
  GString *string = g_string_new(head);

  for (size_t i = 0; i < n; i++) {
    g_string_append(string, text);
  }
  return g_string_free(string, false);
}

static void
test_refuse_large(void)
{
  g_autofree char *yaml = repeat("a: ", "0123456789abcdef", 65536);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(yaml, &error);

  g_assert_null(node);
  g_assert_cmpstr(
      error->message, ==,
      "a.yaml:1:1: the file is larger than 1 MiB; this is no configuration");
}

static void
test_refuse_deep(void)
{
  g_autofree char *yaml = repeat("a: ", "[", 1000000);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(yaml, &error);

  g_assert_null(node);
  g_assert_cmpstr(error->message, ==,
                  "a.yaml:1:11: more than 8 levels deep; no option needs that");
}

/* as many entries as fit: nothing is quadratic, nothing recurses along a list */
static void
test_accept_wide(void)
{
  g_autofree char *yaml = repeat("a:\n", "- 1\n", 250000);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(yaml, &error);
  size_t n = 0;

  g_assert_no_error(error);
  for (const OptregNode *entry = node->children->children; entry != NULL;
       entry = entry->next) {
    n++;
  }
  g_assert_cmpuint(n, ==, 250000);
}

static void
test_refuse_many_keys(void)
{
  GString *yaml = g_string_new(NULL);
  g_autoptr(GError) error = NULL;

  for (unsigned i = 0; i < 80000; i++) {
    g_string_append_printf(yaml, "k%u: 1\n", i);
  }
  g_string_append(yaml, "k7: 2\n");
  g_autofree char *text = g_string_free(yaml, false);
  g_autoptr(OptregNode) node = parse(text, &error);
  g_assert_null(node);
  g_assert_cmpstr(
      error->message, ==,
      "a.yaml:80001:1: duplicate key 'k7', first at a.yaml:8:1; remove one of the two");
}

/* accepted or refused, never worse; the copy has no byte to spare */
static void
parse_exactly(const char *yaml, gsize length)
{
  g_autofree char *copy = g_memdup2(yaml, MAX(length, 1));
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = optreg_node_parse(copy, length, "a.yaml", &error);

  g_assert_true((node == NULL) == (error != NULL));
}

/* every prefix, and every text with one byte changed */
static void
test_survive_damage(void)
{
  static const char bytes[] = "\0\t\n \"'#&*!%@[]{}:-?,|>\\\x80\xff";
  char yaml[] =
      "optimizer: adadelta # c\nrho: \"0.9\"\nname: 'x'\n"
      "loss_scale_factor: {dynamic: true}\ngroups:\n"
      "  - match: ['*/bias', \"a\\x41\\ud83d\\ude00\"]\n    rho: |\n      1\n";
  const size_t length = sizeof yaml - 1;

  for (size_t i = 0; i < length; i++) {
    const char original = yaml[i];
    parse_exactly(yaml, i);
    for (size_t j = 0; j < sizeof bytes - 1; j++) {
      yaml[i] = bytes[j];
      parse_exactly(yaml, length);
    }
    yaml[i] = original;
  }
}

static void
test_places(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node =
      parse("# c\nrho:   0.9\ngroups:\n  - match: ['*é', b]\n    rho: 1\n", &error);

  g_assert_no_error(error);
  const OptregNode *rho = optreg_node_get(node, "rho");
  g_assert_cmpuint(rho->key_line, ==, 2);
  g_assert_cmpuint(rho->key_column, ==, 1);
  g_assert_cmpuint(rho->line, ==, 2);
  g_assert_cmpuint(rho->column, ==, 8);
  const OptregNode *group = optreg_node_get(node, "groups")->children;
  g_assert_cmpint(group->kind, ==, OPTREG_NODE_MAPPING);
  g_assert_cmpuint(group->line, ==, 4);
  g_assert_cmpuint(group->column, ==, 5);
  const OptregNode *match = optreg_node_get(group, "match");
  g_assert_cmpint(match->kind, ==, OPTREG_NODE_SEQUENCE);
  g_assert_cmpstr(match->children->text, ==, "*é");
  g_assert_cmpuint(match->children->next->column, ==, 19);
  g_assert_null(optreg_node_get(node, "epsilon"));
}

/* what json.dump of Python writes */
static void
test_pairs(void)
{
  static const struct {
    const char *yaml, *text;
  } cases[] = {
    { "{\"a\": \"sgd \\ud83d\\ude00\"}", "sgd 😀" },
    { "{\"a\":\"\\uD83D\\uDE00\\ud834\\udd1e\"}", "😀𝄞" },
    { "{\"a\": \"\\udbff\\udfff\"}", "\xf4\x8f\xbf\xbf" },
    { "{\"a\": \"\\u00e9 \\ud83d\\ude00 \\\\u\"}", "é 😀 \\u" },
    { "{\"a\": \"\\\\ud83d\\\\ude00\"}", "\\ud83d\\ude00" },
    { "a: \"\\ud83d\\ude00\" # \"\\ud83d", "😀" },
    { "a: \\ud83d\\ude00", "\\ud83d\\ude00" },
    { "a: '\"\\ud83d\\ude00'", "\"\\ud83d\\ude00" },
    { "a: it's \"\\ud83d\\ude00\"", "it's \"\\ud83d\\ude00\"" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(OptregNode) node = parse(cases[i].yaml, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(optreg_node_get(node, "a")->text, ==, cases[i].text);
  }
}

/* every character beyond U+FFFF, and places that stay those of the file */
static void
test_all_pairs(void)
{
  for (gunichar c = 0x10000; c <= 0x10ffff; c += 0x3ff) {
    char utf8[7] = "";
    g_unichar_to_utf8(c, utf8);
    g_autofree char *yaml = g_strdup_printf("{\"\\u%04x\\u%04x\": 1, \"b\": 2}",
                                            0xd800 + ((c - 0x10000) >> 10),
                                            0xdc00 + (c & 0x3ff));
    g_autoptr(OptregNode) node = parse(yaml, NULL);
    g_assert_cmpstr(node->children->key, ==, utf8);
    g_assert_cmpuint(node->children->column, ==, 18);
    g_assert_cmpuint(node->children->next->key_column, ==, 21);
    g_assert_cmpuint(node->children->next->column, ==, 26);
  }
}

static void
test_null(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(
      "a:\nb: ~\nc: null\nd: NULL\ne: 'null'\nf: \"\"\ng: 0\nh: nULL\ni: []\n", &error);
  g_autoptr(GString) nulls = g_string_new(NULL);

  g_assert_no_error(error);
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    if (optreg_node_is_null(entry)) {
      g_string_append(nulls, entry->key);
    }
  }
  g_assert_cmpstr(nulls->str, ==, "abcd");
}

/* JSON is YAML; a mark at the start, a Windows line end and end markers are harmless */
static void
test_accept(const void *yaml)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregNode) node = parse(yaml, &error);

  g_assert_no_error(error);
  g_assert_cmpstr(optreg_node_get(node, "rho")->text, ==, "0.9");
  g_assert_cmpuint(optreg_node_get(node, "rho")->line, ==, 2);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path = g_strconcat("/node/refuse/", refusals[i].name, NULL);
    g_test_add_data_func(path, &refusals[i], test_refuse);
  }
  g_test_add_func("/node/refuse/nul", test_refuse_nul);
  g_test_add_func("/node/refuse/utf-16", test_refuse_utf16);
  g_test_add_func("/node/refuse/more-than-1-mib", test_refuse_large);
  g_test_add_func("/node/refuse/a-million-brackets", test_refuse_deep);
  g_test_add_func("/node/refuse/duplicate-among-many-keys", test_refuse_many_keys);
  g_test_add_func("/node/accept/a-long-list", test_accept_wide);
  g_test_add_data_func("/node/accept/json", "{\"a\": [\n\"b\"], \"rho\": 0.9}",
                       test_accept);
  g_test_add_data_func("/node/accept/json-with-tabs", "{\n\t\"rho\":\t0.9\n}",
                       test_accept);
  g_test_add_data_func("/node/accept/byte-order-mark", "\xef\xbb\xbf# c\nrho: 0.9\n",
                       test_accept);
  g_test_add_data_func("/node/accept/windows-line-ends", "a: 1\r\nrho: 0.9\r\n",
                       test_accept);
  g_test_add_data_func("/node/accept/document-markers", "---\nrho: 0.9\n...\n",
                       test_accept);
  g_test_add_func("/node/accept/pairs-of-surrogates", test_pairs);
  g_test_add_func("/node/accept/every-pair-of-surrogates", test_all_pairs);
  g_test_add_func("/node/survive-damage", test_survive_damage);
  g_test_add_func("/node/places-count-characters-from-1", test_places);
  g_test_add_func("/node/null-is-a-plain-word", test_null);
  return g_test_run();
}
