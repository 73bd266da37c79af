/* SPDX-License-Identifier: MIT */
/* Patterns for names, by code points. */
#include "config/pattern.h"

#include <string.h>

typedef gboolean (*Predicate)(gunichar c);

static gboolean
is_ascii_digit(gunichar c)
{
  return c >= '0' && c <= '9';
}

static gboolean
is_blank(gunichar c)
{
  return c == '\t' || g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR;
}

/* those of POSIX; digits are the ten of ASCII there, too */
static const struct {
  const char *name;
  Predicate contains;
} classes[] = {
  { "alnum", g_unichar_isalnum }, { "alpha", g_unichar_isalpha },
  { "blank", is_blank },          { "cntrl", g_unichar_iscntrl },
  { "digit", is_ascii_digit },    { "graph", g_unichar_isgraph },
  { "lower", g_unichar_islower }, { "print", g_unichar_isprint },
  { "punct", g_unichar_ispunct }, { "space", g_unichar_isspace },
  { "upper", g_unichar_isupper }, { "xdigit", g_unichar_isxdigit },
};

/* a member of a set: a class, or a range of code points */
typedef struct Member {
  Predicate class;
  gunichar low, high;
  char *problem;
} Member;

static Predicate
find_class(const char *name, size_t length)
{
  for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
    if (strlen(classes[i].name) == length
        && strncmp(classes[i].name, name, length) == 0) {
      return classes[i].contains;
    }
  }
  return NULL;
}

/* "[:alpha:]", "[.a.]", "[=a=]"; returns where it ends, or NULL when it is none */
static const char *
read_class(const char *p, Member *member)
{
  const char mark = p[0] == '[' ? p[1] : '\0';
  const char closing[] = { mark, ']', '\0' };
  const char *end = mark != '\0' && strchr(":.=", mark) != NULL ? strstr(p + 2, closing)
                                                                : NULL;

  if (end == NULL) {
    return NULL;
  }
  member->class = mark == ':' ? find_class(p + 2, (size_t)(end - p - 2)) : NULL;
  if (member->class == NULL) {
    member->problem = g_strdup_printf(
        "'%.*s' is no class of characters; known are [:alnum:], [:alpha:], [:digit:], "
        "[:lower:], [:upper:], [:punct:] and the others of POSIX",
        (int)(end + 2 - p), p);
  }
  return end + 2;
}

/* a character that may stand behind a backslash */
static const char *
read_character(const char *p, gunichar *c)
{
  if (p[0] == '\\' && p[1] != '\0') {
    p++;
  }
  *c = g_utf8_get_char(p);
  return g_utf8_next_char(p);
}

static const char *
read_range(const char *p, Member *member)
{
  const char *start = p;

  p = read_character(p, &member->low);
  member->high = member->low;
  if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
    p = read_character(p + 1, &member->high);
  }
  if (member->high < member->low) {
    member->problem = g_strdup_printf("the range '%.*s' runs backwards; swap its ends",
                                      (int)(p - start), start);
  }
  return p;
}

static bool
contains(const Member *member, gunichar c)
{
  return member->class != NULL ? member->class(c)
                               : c >= member->low && c <= member->high;
}

/* What stands behind '['. Returns where the set ends, or NULL when it is not closed.
 * *problem, if wanted, is the first of its members. */
static const char *
read_set(const char *p, gunichar c, bool *has_it, char **problem)
{
  const bool is_negated = *p == '!' || *p == '^';
  const char *first = is_negated ? p + 1 : p;
  g_autofree char *first_problem = NULL;

  *has_it = false;
  for (p = first; *p != '\0' && (*p != ']' || p == first);) {
    Member member = { 0 };
    const char *end = read_class(p, &member);
    p = end != NULL ? end : read_range(p, &member);
    *has_it |= member.problem == NULL && contains(&member, c);
    if (first_problem == NULL) {
      first_problem = g_steal_pointer(&member.problem);
    }
    g_free(member.problem);
  }
  if (*p == '\0') {
    return NULL;
  }
  *has_it ^= is_negated;
  if (problem != NULL) {
    *problem = g_steal_pointer(&first_problem);
  }
  return p + 1;
}

/* whether the pattern begins with something for c; then *pattern is behind it */
static bool
takes(const char **pattern, gunichar c)
{
  const char *p = *pattern;
  gunichar wanted;
  bool has_it = false;

  if (*p == '?') {
    *pattern = p + 1;
    return true;
  }
  const char *end = *p == '[' ? read_set(p + 1, c, &has_it, NULL) : NULL;
  if (end != NULL) {
    *pattern = end;
    return has_it;
  }
  *pattern = read_character(p, &wanted);
  return wanted == c;
}

/* only the last '*' ever has to take more: what an earlier one takes, it could take */
bool
optreg_pattern_fits(const char *pattern, const char *text)
{
  const char *after_star = NULL, *taken = NULL;

  while (*text != '\0') {
    if (*pattern == '*') {
      after_star = ++pattern;
      taken = text;
    } else if (*pattern != '\0' && takes(&pattern, g_utf8_get_char(text))) {
      text = g_utf8_next_char(text);
    } else if (after_star == NULL) {
      return false;
    } else {
      pattern = after_star;
      text = taken = g_utf8_next_char(taken);
    }
  }
  return pattern[strspn(pattern, "*")] == '\0';
}

char *
optreg_pattern_problem(const char *pattern)
{
  char *problem = NULL;

  for (const char *p = pattern; *p != '\0' && problem == NULL;) {
    bool has_it;
    const char *end = *p == '[' ? read_set(p + 1, 0, &has_it, &problem) : NULL;
    if (p[0] == '\\' && p[1] == '\0') {
      return g_strdup(
          "ends with a backslash, which stands before the character that is "
          "meant; write two of them for itself");
    }
    p = end != NULL ? end : g_utf8_next_char(*p == '\\' ? p + 1 : p);
  }
  return problem;
}
