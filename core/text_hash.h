/* SPDX-License-Identifier: MIT */
/* A hash for texts that others wrote.
 *
 * Anybody can write thousands of texts that g_str_hash() makes the same number of; a
 * table of them takes quadratic time. This hash is SipHash-1-3 under a key that each
 * process draws, so that nobody can know which texts collide. */
#ifndef OPTREG_CORE_TEXT_HASH_H
#define OPTREG_CORE_TEXT_HASH_H

#include <glib.h>

/* A GHashFunc, for tables whose keys are compared by g_str_equal(). [any thread] */
guint optreg_text_hash(gconstpointer text);

#endif
