/* SPDX-License-Identifier: MIT */
/* A stack whose size does not depend on the user's limit. */
#include "stack.h"

#include <pthread.h>
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
run_on_own_stack(void (*function)(void *argument), void *argument)
{
  Task task = { function, argument };
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_setattr_default_np(&attributes);
  if (pthread_create(&thread, &attributes, run, &task) == 0) {
    pthread_join(thread, NULL);
  } else {
    function(argument);
  }
  pthread_attr_destroy(&attributes);
}
