/* SPDX-License-Identifier: MIT */
/* Options and arguments of a verb. */
#ifndef OPTREG_CLI_USAGE_H
#define OPTREG_CLI_USAGE_H

#include <glib.h>
#include <stdbool.h>

typedef struct Usage {
  const char *verb;
  const char *arguments; /* as in the help: "NAME"; NULL: it takes none */
  guint least, most;     /* how many arguments */
  const char *summary;   /* above the options in the help */
  const char *notes;     /* below them, or NULL */
} Usage;

/* Numbers that no text gives: that an option of 32 or 64 bits is not there. */
#define USAGE_UNSET G_MININT
#define USAGE_UNSET_64 G_MININT64

/* Parse argv by `entries`. Numbers are decimal and nothing else; empty names, paths and
 * arguments are refused. *rest receives the arguments that are not options,
 * NULL-terminated, never NULL on success. False after --help and after --man (the
 * manual page), which it prints, and on an error. */
bool usage_parse(const Usage *usage, const GOptionEntry *entries, int argc, char **argv,
                 char ***rest, GError **error);

/* Whether an option's number is in 1..most. */
bool usage_check_count(const char *option, gint64 value, gint64 most, GError **error);

/* Whether it is in least..most. */
bool usage_check_range(const char *option, gint64 value, gint64 least, gint64 most,
                       GError **error);

#endif
