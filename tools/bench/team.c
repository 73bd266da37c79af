/* SPDX-License-Identifier: MIT */
/* A fork and join that costs as little as the step's. */
#include "team.h"

#include "running/threads.h"
#include "support/status.h"

#include <stdatomic.h>
#include <stdbool.h>

/* passes of a step follow one another within microseconds */
#define SPINS 2000

typedef struct Member {
  Team *team;
  size_t worker;
  GThread *thread;
} Member;

struct Team {
  size_t n;
  Member *members; /* [0] is the caller */
  GMutex mutex;
  GCond work, done;
  atomic_uint round;
  atomic_size_t n_running;
  bool is_stopping;
  TeamTask task;
  void *argument;
};

static void
pause_briefly(void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

static unsigned
wait_for_round(Team *team, unsigned seen)
{
  for (unsigned i = 0; i < SPINS && atomic_load(&team->round) == seen; i++) {
    pause_briefly();
  }
  if (atomic_load(&team->round) == seen) {
    g_mutex_lock(&team->mutex);
    while (atomic_load(&team->round) == seen) {
      g_cond_wait(&team->work, &team->mutex);
    }
    g_mutex_unlock(&team->mutex);
  }
  return atomic_load(&team->round);
}

static void *
work(void *data)
{
  const Member *member = data;
  Team *team = member->team;
  unsigned round = 0;

  for (;;) {
    round = wait_for_round(team, round);
    if (team->is_stopping) {
      return NULL;
    }
    team->task(team->argument, member->worker);
    if (atomic_fetch_sub(&team->n_running, 1) == 1) {
      g_mutex_lock(&team->mutex);
      g_cond_signal(&team->done);
      g_mutex_unlock(&team->mutex);
    }
  }
}

Team *
team_new(size_t n, GError **error)
{
  Team *team = g_new0(Team, 1);

  team->n = 1;
  team->members = g_new0(Member, n);
  g_mutex_init(&team->mutex);
  g_cond_init(&team->work);
  g_cond_init(&team->done);
  for (; team->n < n; team->n++) {
    Member *member = &team->members[team->n];
    *member = (Member){ team, team->n, NULL };
    member->thread = g_thread_try_new("limit", work, member, error);
    if (member->thread == NULL) {
      g_prefix_error(error, "thread %zu of %zu: ", team->n + 1, n);
      team_free(team);
      return NULL;
    }
  }
  return team;
}

size_t
team_size(const Team *team)
{
  return team->n;
}

static void
announce(Team *team)
{
  g_mutex_lock(&team->mutex);
  atomic_fetch_add(&team->round, 1);
  g_cond_broadcast(&team->work);
  g_mutex_unlock(&team->mutex);
}

void
team_run(Team *team, TeamTask task, void *argument)
{
  team->task = task;
  team->argument = argument;
  atomic_store(&team->n_running, team->n - 1);
  if (team->n > 1) {
    announce(team);
  }
  task(argument, 0);
  for (unsigned i = 0; i < SPINS && atomic_load(&team->n_running) != 0; i++) {
    pause_briefly();
  }
  g_mutex_lock(&team->mutex);
  while (atomic_load(&team->n_running) != 0) {
    g_cond_wait(&team->done, &team->mutex);
  }
  g_mutex_unlock(&team->mutex);
}

void
team_free(Team *team)
{
  if (team == NULL) {
    return;
  }
  team->is_stopping = true;
  announce(team);
  for (size_t i = 1; i < team->n; i++) {
    g_thread_join(team->members[i].thread);
  }
  g_cond_clear(&team->work);
  g_cond_clear(&team->done);
  g_mutex_clear(&team->mutex);
  g_free(team->members);
  g_free(team);
}

size_t
team_choose_size(uint32_t asked, char **note, GError **error)
{
  g_autoptr(GError) problem = NULL;
  OptregThreads threads;

  if (!optreg_threads_choose(asked, &threads, &problem)) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, problem->message);
    return 0;
  }
  *note = optreg_threads_explain(&threads);
  return threads.n;
}
