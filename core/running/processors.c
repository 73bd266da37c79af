/* SPDX-License-Identifier: MIT */
/* Which processors the threads of a step may use. */
#include "processors.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A process cannot ask later what it was allowed to begin with: once a thread has bound
 * itself, the kernel knows only that. Written once, before main or within dlopen. */
static OptregProcessors at_load;

static bool
read_thread(pid_t thread, OptregProcessors *processors)
{
  memset(processors, 0, sizeof *processors);
  return sched_getaffinity(thread, sizeof *processors, processors->sets) == 0;
}

__attribute__((constructor)) static void
note_processors(void)
{
  read_thread(0, &at_load);
}

size_t
optreg_processors_count(const OptregProcessors *processors)
{
  const int n = CPU_COUNT_S(sizeof *processors, processors->sets);

  return n > 0 ? (size_t)n : 1;
}

static void
add(OptregProcessors *processors, const OptregProcessors *others)
{
  CPU_OR_S(sizeof *processors, processors->sets, processors->sets, others->sets);
}

static void
add_threads(OptregProcessors *processors)
{
  DIR *threads = opendir("/proc/self/task");
  OptregProcessors one;

  for (const struct dirent *entry;
       threads != NULL && (entry = readdir(threads)) != NULL;) {
    const pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
    if (thread > 0 && read_thread(thread, &one)) {
      add(processors, &one);
    }
  }
  if (threads != NULL) {
    closedir(threads);
  }
}

typedef int (*Count)(void);
typedef int (*CountOf)(int place);
typedef void (*IdsOf)(int place, int *ids);

static void
add_place(OptregProcessors *processors, int place, CountOf count, IdsOf list)
{
  const int n = count(place);
  int *ids = n > 0 ? calloc((size_t)n, sizeof *ids) : NULL;

  if (ids != NULL) {
    list(place, ids);
  }
  for (int i = 0; ids != NULL && i < n; i++) {
    if (ids[i] >= 0 && ids[i] < OPTREG_MOST_PROCESSORS) {
      CPU_SET_S((size_t)ids[i], sizeof *processors, processors->sets);
    }
  }
  free(ids);
}

/* OpenMP binds the first thread before anybody else can look, but tells where it may
 * bind others: these functions are in its standard since 4.5 */
static void
add_openmp(OptregProcessors *processors)
{
  Count n_places;
  CountOf n_ids;
  IdsOf ids;

  *(void **)&n_places = dlsym(RTLD_DEFAULT, "omp_get_num_places");
  *(void **)&n_ids = dlsym(RTLD_DEFAULT, "omp_get_place_num_procs");
  *(void **)&ids = dlsym(RTLD_DEFAULT, "omp_get_place_proc_ids");
  if (n_places == NULL || n_ids == NULL || ids == NULL) {
    return;
  }
  const int n = n_places();
  for (int place = 0; place < n; place++) {
    add_place(processors, place, n_ids, ids);
  }
}

void
optreg_processors_find(OptregProcessors *processors)
{
  *processors = at_load;
  add_threads(processors);
  add_openmp(processors);
}
