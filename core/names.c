/* SPDX-License-Identifier: MIT */
/* Names: validity, reservation, near matches. */
#include "names.h"

#include <string.h>

#define LONGEST_NAME 63

/* base options of today and words kept for tomorrow */
static const char *const reserved[] = {
  "optimizer",
  "name",
  "groups",
  "match",
  "ndim",
  "learning_rate_multiplier",
  "weight_decay",
  "clipnorm",
  "clipvalue",
  "global_clipnorm",
  "use_ema",
  "ema_momentum",
  "ema_overwrite_frequency",
  "loss_scale_factor",
  "gradient_accumulation_steps",
  "nonfinite",
  "max_consecutive_skips",
  "seed",
  "storage",
  "master",
  "dialect",
  "undo",
  "memory_budget",
  "maximize",
  "lookahead",
  "agc",
  "cautious",
  "gradient_centralization",
  "gradient_noise",
  "counter",
  "schedule",
};

bool
optreg_name_is_valid(const char *name)
{
  if (!g_ascii_islower(name[0]) || strnlen(name, LONGEST_NAME + 1) > LONGEST_NAME) {
    return false;
  }
  for (const char *p = name; *p != '\0'; p++) {
    if (!g_ascii_islower(*p) && !g_ascii_isdigit(*p) && *p != '_') {
      return false;
    }
  }
  return true;
}

bool
optreg_name_is_reserved(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++) {
    if (strcmp(name, reserved[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* cost of turning the first letters of a and b into each other, from the costs of fewer
 * letters: one for a letter more, a letter less, another letter, two letters swapped */
static size_t
edit_cost(const char *a, const char *b, size_t i, size_t j, size_t *const rows[3])
{
  const size_t substituted = rows[1][j - 1] + (a[i - 1] != b[j - 1]);
  const size_t cost = MIN(MIN(rows[1][j], rows[0][j - 1]) + 1, substituted);
  const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2]
                          && a[i - 2] == b[j - 1];

  return is_swapped ? MIN(cost, rows[2][j - 2] + 1) : cost;
}

static size_t
edit_distance(const char *a, const char *b)
{
  const size_t n_a = strlen(a), n_b = strlen(b);
  g_autofree size_t *costs = g_new0(size_t, 3 * (n_b + 1));
  size_t *rows[3] = { costs, costs + n_b + 1, costs + 2 * (n_b + 1) };

  for (size_t j = 0; j <= n_b; j++) {
    rows[0][j] = j;
  }
  for (size_t i = 1; i <= n_a; i++) {
    size_t *oldest = rows[2];
    rows[2] = rows[1];
    rows[1] = rows[0];
    rows[0] = oldest;
    rows[0][0] = i;
    for (size_t j = 1; j <= n_b; j++) {
      rows[0][j] = edit_cost(a, b, i, j, rows);
    }
  }
  return rows[0][n_b];
}

/* in small letters, with one byte for a character beyond ASCII and none for one that
 * cannot be seen */
static char *
simplify(const char *name)
{
  g_autoptr(GString) simple = g_string_new(NULL);

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    if (c < 0x80) {
      g_string_append_c(simple, g_ascii_tolower((char)c));
    } else if (g_unichar_isgraph(c)) {
      g_string_append_c(simple, '\x80');
    }
  }
  return g_strdup(simple->str);
}

/* capitals are no difference, unless the candidate has them, too */
static size_t
distance_to(const char *name, const char *simple, const char *candidate)
{
  return MIN(edit_distance(name, candidate), edit_distance(simple, candidate));
}

const char *
optreg_name_nearest(const char *name, const char *const *candidates)
{
  const char *nearest = NULL;
  size_t best = G_MAXSIZE;

  if (strnlen(name, LONGEST_NAME + 1) > LONGEST_NAME
      || !g_utf8_validate(name, -1, NULL)) {
    return NULL;
  }
  g_autofree char *simple = simplify(name);
  for (; *candidates != NULL; candidates++) {
    const size_t limit = MAX(1, MAX(strlen(name), strlen(*candidates)) / 3);
    const size_t distance = distance_to(name, simple, *candidates);
    if (distance <= limit && distance < best) {
      best = distance;
      nearest = *candidates;
    }
  }
  return nearest;
}
