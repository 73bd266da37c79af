/* SPDX-License-Identifier: MIT */
/* Options whose value is a mapping: "{schedule: linear, steps: 10}". */
#ifndef OPTREG_CLI_FLOW_H
#define OPTREG_CLI_FLOW_H

#include <glib.h>
#include <stdbool.h>

bool flow_is_mapping(const char *text);

/* Key to value text, both owned by the table; nested values stay text. `text` is a
 * mapping as the library writes it. */
GHashTable *flow_read(const char *text);

#endif
