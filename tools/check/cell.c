/* SPDX-License-Identifier: MIT */
/* The process in which one check runs. */
#include "cell.h"

#include "confinement.h"
#include "fault.h"
#include "shortage.h"
#include "stack.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { FORKED = 117 };

static Slip *own_slip; /* atfork handlers have no argument */

static void
note_fork(void)
{
  own_slip->has_forked = 1;
}

static void
end_forked(void)
{
  _exit(FORKED);
}

/* what it prints goes to a file that has no name; nothing else stays open */
static void
redirect(int output)
{
  const int nothing = open("/dev/null", O_RDONLY);

  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  closefrom(STDERR_FILENO + 1);
}

/* what a user has set for training is no part of the question */
static void
clear_environment(void)
{
  g_unsetenv("OPTREG_PLUGIN_PATH");
  g_unsetenv("OPTREG_NUM_THREADS");
}

void
cell_examine(const Errand *errand)
{
  Plugin plugin;

  plugin_init(&plugin, errand->subject->path);
  plugin.golden = errand->subject->golden;
  plugin.state = errand->subject->state;
  optreg_error *error = errand->needs_plugin ? plugin_open(&plugin) : NULL;
  if (error != NULL) {
    finding_fail(errand->finding, "%s", error->message);
    optreg_error_free(error);
  } else {
    errand->check->run(&plugin, errand->finding);
  }
  plugin_clear(&plugin);
}

/* in the thread that has the stack, and gets another for its faults */
static void
run(void *data)
{
  const Errand *errand = data;

  fault_explain_to(errand->finding);
  cell_examine(errand);
}

void
cell_run(const Errand *errand, int output, Slip *slip)
{
  Errand own = *errand;

  own.finding = &slip->finding;
  own_slip = slip;
  clear_environment();
  setpgid(0, 0);
  redirect(output);
  pthread_atfork(note_fork, NULL, end_forked);
  confine(own.subject->seconds, &slip->refused);
  shortage_tell_to(own.finding);
  run_on_own_stack(run, &own);
  slip->is_done = 1;
  _exit(0);
}
