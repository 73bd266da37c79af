/* SPDX-License-Identifier: MIT */
/* What a child says on stderr: kept without a name while it runs, so that a comparison
 * that is killed leaves nothing behind, and under a name when the child has said
 * something. */
#ifndef OPTREG_HARNESS_MESSAGES_H
#define OPTREG_HARNESS_MESSAGES_H

#include <gio/gio.h>
#include <stdbool.h>

typedef struct Messages Messages;

/* `path` is where they are kept in the end; the launcher's next child writes them. */
Messages *messages_new(const char *path, GSubprocessLauncher *launcher);
void messages_free(Messages *messages);

/* The last line that is not empty, newly allocated, or NULL. */
char *messages_last_line(const Messages *messages);

/* Give them their name, or take it from earlier ones when there are none or they are
 * not wanted. */
void messages_keep(const Messages *messages, bool are_wanted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Messages, messages_free)

#endif
