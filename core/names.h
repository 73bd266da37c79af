/* SPDX-License-Identifier: MIT */
/* Names: which are valid, which are taken, which is nearest to a misspelt one. */
#ifndef OPTREG_CORE_NAMES_H
#define OPTREG_CORE_NAMES_H

#include <glib.h>
#include <stdbool.h>

/* ^[a-z][a-z0-9_]{0,62}$ */
bool optreg_name_is_valid(const char *name);

/* A key of the configuration that belongs to the core now or may one day, so that no
 * plugin may use it for a hyperparameter (learning_rate is the plugin's own). */
bool optreg_name_is_reserved(const char *name);

/* The candidate (NULL-terminated array) nearest to `name` by edit distance,
 * capitals counting as small letters, or NULL
 * when none is near: at most a third of the longer name, at least 1. */
const char *optreg_name_nearest(const char *name, const char *const *candidates);

#endif
