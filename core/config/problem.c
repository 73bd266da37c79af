/* SPDX-License-Identifier: MIT */
/* What libyaml complains about, in words that say what to do. */
#include "config/problem.h"

#include <stdbool.h>
#include <string.h>

typedef struct Explanation {
  const char *problem;
  const char *context; /* NULL: any */
  gunichar at;         /* 0: any */
  bool is_at_start;    /* the place to show is where the construct begins */
  const char *text;
} Explanation;

#define TAB "a tab is used as indentation; use spaces"
#define INDENTATION "the indentation does not fit the lines above; align the keys"
#define BRACKET "this bracket is not closed, or a comma is missing in it"
#define QUOTE "this quotation mark is not closed"

/* the first row that fits counts */
static const Explanation explanations[] = {
  { "found a tab character that violates indentation", NULL, 0, false, TAB },
  { "found a tab character where an indentation space is expected", NULL, 0, false,
    TAB },
  { "found character that cannot start any token", NULL, '\t', false, TAB },
  { "found character that cannot start any token", NULL, 0, false,
    "a value cannot begin with this character; put it in quotes" },
  { "did not find expected alphabetic or numeric character", "while scanning an alias",
    0, true,
    "a value that begins with '*' is an alias in YAML; put patterns in quotes" },
  { "did not find expected alphabetic or numeric character", "while scanning an anchor",
    0, true, "a value that begins with '&' is an anchor in YAML; put it in quotes" },
  { "mapping values are not allowed in this context", NULL, 0, false,
    "':' is not expected here; put one 'key: value' on a line, aligned with the "
    "others, or the value in quotes" },
  { "could not find expected ':'", NULL, 0, true,
    "a key without ':'; write 'key: value'" },
  { "did not find expected key", NULL, 0, false, INDENTATION },
  { "did not find expected '-' indicator", NULL, 0, false, INDENTATION },
  { "did not find expected ',' or ']'", NULL, 0, true, BRACKET },
  { "did not find expected ',' or '}'", NULL, 0, true, BRACKET },
  { "found unexpected end of stream", NULL, 0, true, QUOTE },
  { "found unexpected document indicator", NULL, 0, true, QUOTE },
  { "found invalid Unicode character escape code", NULL, 0, false,
    "this escape is no character; \\ud800 to \\udfff come in pairs, the first half up "
    "to "
    "\\udbff" },
  { "found unknown escape character", NULL, 0, true,
    "unknown escape in double quotes; use single quotes" },
  { "did not find expected <document start>", NULL, 0, false,
    "text after the end of the configuration; align the keys" },
  { "control characters are not allowed", NULL, 0, false,
    "a control character; save the file as plain UTF-8 text" },
};

static bool
fits(const Explanation *row, const char *problem, const char *context, gunichar at)
{
  return strcmp(row->problem, problem) == 0
         && (row->context == NULL || g_strcmp0(row->context, context) == 0)
         && (row->at == 0 || row->at == at);
}

char *
optreg_problem_explain(const char *problem, const char *context, gunichar at,
                       bool *is_at_start)
{
  *is_at_start = false;
  for (size_t i = 0; i < G_N_ELEMENTS(explanations); i++) {
    if (fits(&explanations[i], problem, context, at)) {
      *is_at_start = explanations[i].is_at_start;
      return g_strdup(explanations[i].text);
    }
  }
  return g_strconcat("invalid YAML: ", problem, context == NULL ? NULL : " ", context,
                     NULL);
}
