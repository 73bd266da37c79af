/* SPDX-License-Identifier: MIT */
/* Threads for the limit: started once, bound to no processor, fork and join. */
#ifndef OPTREG_BENCH_TEAM_H
#define OPTREG_BENCH_TEAM_H

#include <glib.h>
#include <stdint.h>

typedef struct Team Team;

typedef void (*TeamTask)(void *argument, size_t worker);

/* Of n threads, the caller's included; n > 0. NULL when they cannot all be started. */
Team *team_new(size_t n, GError **error);
void team_free(Team *team);

size_t team_size(const Team *team);

/* task(argument, worker) once for each worker; the caller is worker 0. */
void team_run(Team *team, TeamTask task, void *argument);

/* How many threads a step takes when it is asked for so many, 0 for the default; 0 for
 * an OPTREG_NUM_THREADS that is no number. *note: why there are fewer than asked for,
 * or NULL. */
size_t team_choose_size(uint32_t asked, char **note, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Team, team_free)

#endif
