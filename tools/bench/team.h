/* SPDX-License-Identifier: MIT */
/* Threads for the limit: started once, bound to no processor, fork and join. */
#ifndef OPTREG_BENCH_TEAM_H
#define OPTREG_BENCH_TEAM_H

#include <glib.h>

typedef struct Team Team;

typedef void (*TeamTask)(void *argument, size_t worker);

/* Of n threads, the caller's included; n > 0. */
Team *team_new(size_t n);
void team_free(Team *team);

size_t team_size(const Team *team);

/* task(argument, worker) once for each worker; the caller is worker 0. */
void team_run(Team *team, TeamTask task, void *argument);

/* As many as a step takes by itself: OPTREG_NUM_THREADS, else the processors of the
 * affinity mask. */
size_t team_default_size(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Team, team_free)

#endif
