/* SPDX-License-Identifier: MIT */
/* The JSON of a header: one strict pass over hostile text. */
#include "safetensors/header.h"

#include "error.h"
#include "proof.h"
#include "text_hash.h"

#include <string.h>

#define MAX_DEPTH 8
#define MAX_DIGITS 18
#define MAX_ENTRIES 64
#define FEW 16 /* keys that are compared one by one */

/* bytes for a member and for a number, in lists and tables that have just grown */
#define A_MEMBER 288u
#define A_NUMBER 48u

typedef struct Scan {
  const char *text, *at, *end;
  char *out; /* where the next decoded text goes */
  unsigned depth;
  GArray *numbers; /* uint64_t, of one member of the header */
  GArray *members; /* OptregHeaderMember, of one object inside */
  OptregHeaderVisitor visitor;
  GError **error;
} Scan;

/* the keys that an object has had so far */
typedef struct Keys {
  const char *few[FEW];
  unsigned n_few;
  GHashTable *many; /* all, when they are more than FEW */
} Keys;

static bool scan_value(Scan *scan, OptregHeaderMember *value);

static bool
fail(const Scan *scan, const char *problem)
{
  g_set_error(scan->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "header, byte %zu: %s",
              (size_t)(scan->at - scan->text), problem);
  return false;
}

static char
peek(const Scan *scan)
{
  return scan->at < scan->end ? *scan->at : '\0';
}

static void
skip_space(Scan *scan)
{
  while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\r'
         || peek(scan) == '\n') {
    scan->at++;
  }
}

static bool
take(Scan *scan, char expected, const char *problem)
{
  skip_space(scan);
  if (peek(scan) != expected) {
    return fail(scan, problem);
  }
  scan->at++;
  return true;
}

/* ---- texts ---- */

static bool
take_hex(Scan *scan, gunichar *unit)
{
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    if (!g_ascii_isxdigit(peek(scan))) {
      return fail(scan, "\\u needs four hexadecimal digits");
    }
    *unit = *unit * 16 + (gunichar)g_ascii_xdigit_value(*scan->at++);
  }
  return true;
}

static bool
is_between(gunichar unit, gunichar first, gunichar last)
{
  return unit >= first && unit <= last;
}

/* of a character beyond 16 bits, whose first half has been read */
static bool
take_second_half(Scan *scan, gunichar *character)
{
  gunichar second = 0;

  if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u') {
    return fail(scan, "the second half of a character is missing");
  }
  scan->at += 2;
  if (!take_hex(scan, &second)) {
    return false;
  }
  *character = 0x10000 + ((*character - 0xd800) << 10) + (second - 0xdc00);
  return is_between(second, 0xdc00, 0xdfff)
         || fail(scan, "the second half of a character is missing");
}

/* behind \u: a character, or both halves of one */
static bool
scan_unicode(Scan *scan)
{
  gunichar character;

  if (!take_hex(scan, &character)) {
    return false;
  }
  if (character == 0 || is_between(character, 0xdc00, 0xdfff)) {
    return fail(scan, "this escape stands for no character");
  }
  if (is_between(character, 0xd800, 0xdbff) && !take_second_half(scan, &character)) {
    return false;
  }
  scan->out += g_unichar_to_utf8(character, scan->out);
  return true;
}

static bool
scan_escape(Scan *scan)
{
  static const char letters[] = "\"\\/bfnrtu", meanings[] = "\"\\/\b\f\n\r\t";
  const char letter = peek(scan);
  const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

  if (found == NULL) {
    return fail(scan, "unknown escape");
  }
  scan->at++;
  if (letter == 'u') {
    return scan_unicode(scan);
  }
  *scan->out++ = meanings[found - letters];
  return true;
}

static bool
is_plain(const Scan *scan)
{
  return scan->at < scan->end && (guchar)*scan->at >= 0x20 && *scan->at != '"'
         && *scan->at != '\\';
}

/* a decoded text is never longer than in the header, and its quotes make room for the
 * NUL */
static bool
scan_string(Scan *scan, const char **decoded)
{
  if (!take(scan, '"', "a string is missing")) {
    return false;
  }
  *decoded = scan->out;
  for (;;) {
    while (is_plain(scan)) {
      *scan->out++ = *scan->at++;
    }
    if (peek(scan) != '\\') {
      break;
    }
    scan->at++;
    if (!scan_escape(scan)) {
      return false;
    }
  }
  if (scan->at < scan->end && *scan->at != '"') {
    return fail(scan, "a control character in a string");
  }
  *scan->out++ = '\0';
  return take(scan, '"', "a string does not end");
}

/* ---- numbers and arrays ---- */

static bool
scan_number(Scan *scan, OptregHeaderMember *value)
{
  const char *begin = scan->at;
  uint64_t number = 0;

  while (g_ascii_isdigit(peek(scan))) {
    number = number * 10 + (uint64_t)(*scan->at++ - '0');
  }
  if (scan->at - begin > MAX_DIGITS || (*begin == '0' && scan->at - begin > 1)) {
    return fail(scan, "not a whole number of at most 18 digits");
  }
  value->kind = OPTREG_HEADER_NUMBER;
  g_array_append_val(scan->numbers, number);
  return true;
}

static bool
scan_entries(Scan *scan, OptregHeaderMember *array)
{
  array->kind = OPTREG_HEADER_NUMBERS;
  array->first = scan->numbers->len;
  for (skip_space(scan); peek(scan) != ']'; skip_space(scan)) {
    OptregHeaderMember entry;
    if ((array->n > 0 && !take(scan, ',', "',' is missing"))
        || !scan_value(scan, &entry)) {
      return false;
    }
    if (array->n++ == MAX_ENTRIES) {
      return fail(scan, "an array of more than 64 entries");
    }
    if (entry.kind != OPTREG_HEADER_NUMBER) {
      array->kind = OPTREG_HEADER_ARRAY;
    }
  }
  return take(scan, ']', "']' is missing");
}

static bool
scan_array(Scan *scan, OptregHeaderMember *array)
{
  if (scan->depth == MAX_DEPTH) {
    return fail(scan, "nested more than 8 deep");
  }
  scan->at++;
  scan->depth++;
  const bool is_sound = scan_entries(scan, array);
  scan->depth--;
  return is_sound;
}

/* what is no object */
static bool
scan_value(Scan *scan, OptregHeaderMember *value)
{
  value->n = 0;
  skip_space(scan);
  switch (peek(scan)) {
  case '{':
    return fail(scan, "an object inside what describes a tensor");
  case '[':
    return scan_array(scan, value);
  case '"':
    value->kind = OPTREG_HEADER_TEXT;
    return scan_string(scan, &value->text);
  default:
    return g_ascii_isdigit(peek(scan))
               ? scan_number(scan, value)
               : fail(scan, "not an object, an array, a string or a whole number");
  }
}

/* ---- objects ---- */

static bool
add_to_table(Keys *keys, const char *key)
{
  if (keys->many == NULL) {
    keys->many = g_hash_table_new(optreg_text_hash, g_str_equal);
    for (unsigned i = 0; i < FEW; i++) {
      g_hash_table_add(keys->many, (char *)keys->few[i]);
    }
  }
  return g_hash_table_add(keys->many, (char *)key);
}

/* false: it is there already */
static bool
add_key(Keys *keys, const char *key)
{
  if (keys->n_few == FEW) {
    return add_to_table(keys, key);
  }
  for (unsigned i = 0; i < keys->n_few; i++) {
    if (strcmp(keys->few[i], key) == 0) {
      return false;
    }
  }
  keys->few[keys->n_few++] = key;
  return true;
}

/* up to and with the colon */
static bool
scan_key(Scan *scan, Keys *keys, const char **key)
{
  skip_space(scan);
  const char *begin = scan->at;

  if (!scan_string(scan, key)) {
    return false;
  }
  if (!add_key(keys, *key)) {
    scan->at = begin;
    return fail(scan, "this key is there twice");
  }
  return take(scan, ':', "':' is missing");
}

/* what an object is made of: key and value, the value scanned by `scan_member` */
static bool
scan_members(Scan *scan, Keys *keys, bool (*scan_member)(Scan *scan, const char *key))
{
  bool is_first = true;

  scan->at++;
  scan->depth++;
  for (skip_space(scan); peek(scan) != '}'; skip_space(scan)) {
    const char *key;
    if ((!is_first && !take(scan, ',', "',' is missing")) || !scan_key(scan, keys, &key)
        || !scan_member(scan, key)) {
      return false;
    }
    is_first = false;
  }
  scan->depth--;
  return take(scan, '}', "'}' is missing");
}

static bool
scan_object(Scan *scan, bool (*scan_member)(Scan *scan, const char *key))
{
  Keys keys = { .n_few = 0 };
  const bool is_sound = scan_members(scan, &keys, scan_member);

  g_clear_pointer(&keys.many, g_hash_table_unref);
  return is_sound;
}

static bool
scan_inner_member(Scan *scan, const char *key)
{
  OptregHeaderMember member = { .key = key };

  if (!scan_value(scan, &member)) {
    return false;
  }
  g_array_append_val(scan->members, member);
  return true;
}

/* the lists have stopped growing */
static void
find_numbers(const Scan *scan, OptregHeaderMember *member)
{
  if (member->kind == OPTREG_HEADER_NUMBERS && member->n > 0) {
    member->numbers = &g_array_index(scan->numbers, uint64_t, member->first);
  }
}

static void
visit(Scan *scan, OptregHeaderMember *member)
{
  OptregHeaderMember *inner = (OptregHeaderMember *)(void *)scan->members->data;

  for (guint i = 0; i < scan->members->len; i++) {
    find_numbers(scan, &inner[i]);
  }
  find_numbers(scan, member);
  if (member->kind == OPTREG_HEADER_OBJECT) {
    member->members = inner;
    member->n = scan->members->len;
  }
  scan->visitor.visit(scan->visitor.self, member);
}

static bool
scan_outer_member(Scan *scan, const char *key)
{
  OptregHeaderMember member = { .key = key, .kind = OPTREG_HEADER_OBJECT };

  g_array_set_size(scan->numbers, 0);
  g_array_set_size(scan->members, 0);
  skip_space(scan);
  if (!(peek(scan) == '{' ? scan_object(scan, scan_inner_member)
                          : scan_value(scan, &member))) {
    return false;
  }
  visit(scan, &member);
  return true;
}

static bool
scan_header(Scan *scan)
{
  const char *bad;

  if (!g_utf8_validate_len(scan->text, (gsize)(scan->end - scan->text), &bad)) {
    scan->at = bad;
    return fail(scan, "not UTF-8");
  }
  if (peek(scan) != '{') {
    return fail(scan, "'{' is missing");
  }
  if (!scan_object(scan, scan_outer_member)) {
    return false;
  }
  skip_space(scan);
  return scan->at == scan->end ? true : fail(scan, "something follows the header");
}

bool
optreg_header_scan(const char *text, size_t length, char *texts,
                   OptregHeaderVisitor visitor, GError **error)
{
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(OptregHeaderMember));
  Scan scan = { .text = text,
                .at = text,
                .end = text + length,
                .out = texts,
                .numbers = numbers,
                .members = members,
                .visitor = visitor,
                .error = error };

  return scan_header(&scan);
}

/* Each member has a colon behind a quote, each number a comma or a bracket before it.
 * Texts may have such characters, too, which makes the figure only larger. */
uint64_t
optreg_header_memory(const char *text, size_t length)
{
  uint64_t members = 0, numbers = 0;
  bool is_behind_quote = false;

  for (size_t i = 0; i < length; i++) {
    members += text[i] == ':' && is_behind_quote;
    numbers += text[i] == ',' || text[i] == '[';
    is_behind_quote = text[i] == '"' || (is_behind_quote && g_ascii_isspace(text[i]));
  }
  return optreg_memory_of_entries(0, 0) + length + members * A_MEMBER
         + numbers * A_NUMBER;
}
