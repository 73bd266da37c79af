/* SPDX-License-Identifier: MIT */
/* A stack whose size does not depend on the user's limit. */
#include "stack.h"

#include "shortage.h"

#include <signal.h>
#include <stddef.h>

typedef struct Task {
  void (*function)(void *argument);
  void *argument;
} Task;

/* what the thread found as its stack for signals is there again when it ends, for
 * whoever has put it there */
static void *
run(void *data)
{
  const Task *task = data;
  stack_t before;

  sigaltstack(NULL, &before);
  task->function(task->argument);
  sigaltstack(&before, NULL);
  return NULL;
}

void
run_in_thread(const pthread_attr_t *attributes, void *(*function)(void *argument),
              void *argument)
{
  pthread_t thread;
  const int failure = pthread_create(&thread, attributes, function, argument);

  if (failure != 0) {
    shortage("no thread: %s", g_strerror(failure));
  }
  pthread_join(thread, NULL);
}

void
run_on_own_stack(void (*function)(void *argument), void *argument)
{
  Task task = { function, argument };
  pthread_attr_t attributes;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_setattr_default_np(&attributes);
  run_in_thread(&attributes, run, &task);
  pthread_attr_destroy(&attributes);
}
