/* SPDX-License-Identifier: MIT */
/* Names: validity, reservation, near matches. */
#include "names.h"

#include <string.h>

/* base options of today and words kept for tomorrow */
static const char *const reserved[] = {
  "optimizer", "name", "groups", "match", "learning_rate_multiplier", "weight_decay",
  "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum",
  "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps",
  "nonfinite", "max_consecutive_skips", "seed", "storage", "master", "dialect", "undo",
  "memory_budget", "maximize", "lookahead", "agc", "cautious", "gradient_centralization",
  "gradient_noise", "counter", "schedule",
};

bool
optreg_name_is_valid(const char *name)
{
  if (!g_ascii_islower(name[0]) || strnlen(name, 64) > 63) {
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

/* Levenshtein distance, one row at a time */
static size_t
edit_distance(const char *a, const char *b)
{
  const size_t n = strlen(b);
  g_autofree size_t *row = g_new(size_t, n + 1);

  for (size_t j = 0; j <= n; j++) {
    row[j] = j;
  }
  for (size_t i = 1; a[i - 1] != '\0'; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = MIN(MIN(row[j], row[j - 1]) + 1, substituted);
    }
  }
  return row[n];
}

const char *
optreg_name_nearest(const char *name, const char *const *candidates)
{
  const char *nearest = NULL;
  size_t best = G_MAXSIZE;

  for (; *candidates != NULL; candidates++) {
    const size_t limit = MAX(1, MAX(strlen(name), strlen(*candidates)) / 3);
    const size_t distance = edit_distance(name, *candidates);
    if (distance <= limit && distance < best) {
      best = distance;
      nearest = *candidates;
    }
  }
  return nearest;
}
