/* SPDX-License-Identifier: MIT */
/* Characters that look like others or cannot be seen. */
#include "config/oddity.h"

#include "config/place.h"

static const struct {
  gunichar c;
  const char *name;
} characters[] = {
  { 0x00a0, "a no-break space" },
  { 0x00ad, "a soft hyphen" },
  { 0x200b, "a zero width space" },
  { 0x200c, "a zero width non-joiner" },
  { 0x200d, "a zero width joiner" },
  { 0x2013, "an en dash" },
  { 0x2014, "an em dash" },
  { 0x2018, "a curly quotation mark" },
  { 0x2019, "a curly quotation mark" },
  { 0x201c, "a curly quotation mark" },
  { 0x201d, "a curly quotation mark" },
  { 0x202f, "a narrow no-break space" },
  { 0x2060, "a word joiner" },
  { 0x2212, "a minus sign that is no hyphen" },
  { 0x3000, "an ideographic space" },
  { 0xfeff, "a byte order mark" },
};

/* alphabets with letters that look like those of ASCII */
static const struct {
  GUnicodeScript script;
  const char *name;
} scripts[] = {
  { G_UNICODE_SCRIPT_CYRILLIC, "a Cyrillic letter" },
  { G_UNICODE_SCRIPT_GREEK, "a Greek letter" },
  { G_UNICODE_SCRIPT_ARMENIAN, "an Armenian letter" },
  { G_UNICODE_SCRIPT_CHEROKEE, "a Cherokee letter" },
  { G_UNICODE_SCRIPT_LATIN, "a letter beyond a to z" },
};

static const char *
name_of(gunichar c)
{
  for (size_t i = 0; i < G_N_ELEMENTS(characters); i++) {
    if (characters[i].c == c) {
      return characters[i].name;
    }
  }
  for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
    if (g_unichar_isalpha(c) && scripts[i].script == g_unichar_get_script(c)) {
      return scripts[i].name;
    }
  }
  return g_unichar_isgraph(c) ? NULL : "which cannot be seen";
}

char *
optreg_quote(const char *text)
{
  g_autofree char *excerpt = optreg_excerpt(text);
  unsigned place = 1;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p), place++) {
    const gunichar c = g_utf8_get_char(p);
    if (c >= 0x80) {
      const char *name = name_of(c);
      return g_strdup_printf("'%s' (character %u is U+%04X%s%s)", excerpt, place, c,
                             name != NULL ? ", " : "", name != NULL ? name : "");
    }
  }
  return g_strdup_printf("'%s'", excerpt);
}
