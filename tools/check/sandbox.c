/* SPDX-License-Identifier: MIT */
/* A check in a process of its own. */
#include "sandbox.h"

#include "confinement.h"
#include "fault.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_FACTOR = 5, MOST_PERIODS = 10, FORKED = 117 };

/* shared by the checker and the child */
typedef struct Slip {
  Finding finding;
  int is_done, has_forked;
} Slip;

static Slip *own_slip; /* of a child: atfork handlers have no argument */

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

/* what it prints goes to a file that has no name */
static void
redirect_output(int output)
{
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
}

void
sandbox_run_here(const Check *check, bool needs_plugin, const Subject *subject,
                 Finding *finding)
{
  Plugin plugin;

  plugin_init(&plugin, subject->path);
  plugin.golden = subject->golden;
  plugin.state = subject->state;
  optreg_error *error = needs_plugin ? plugin_open(&plugin) : NULL;
  if (error != NULL) {
    finding_fail(finding, "%s", error->message);
    optreg_error_free(error);
  } else {
    check->run(&plugin, finding);
  }
  plugin_clear(&plugin);
}

static void G_GNUC_NORETURN
run_child(const Check *check, bool needs_plugin, const Subject *subject, int output,
          Slip *slip)
{
  /* what a user has set for training is no part of the question */
  g_unsetenv("OPTREG_PLUGIN_PATH");
  g_unsetenv("OPTREG_NUM_THREADS");
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect_output(output);
  own_slip = slip;
  pthread_atfork(note_fork, NULL, end_forked);
  fault_explain_to(&slip->finding);
  confine(subject->seconds);
  sandbox_run_here(check, needs_plugin, subject, &slip->finding);
  slip->is_done = 1;
  _exit(0);
}

static gint64
processor_time(pid_t process)
{
  clockid_t clock;
  struct timespec time = { 0 };

  if (clock_getcpuclockid(process, &clock) == 0) {
    clock_gettime(clock, &time);
  }
  return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* false: the time has passed, and it has not ended */
static bool
wait_until(gint64 end, pid_t child, int *status)
{
  /* it lives for milliseconds: waiting ever longer costs less than being told */
  for (unsigned pause = 50; waitpid(child, status, WNOHANG) == 0;) {
    if (g_get_monotonic_time() > end) {
      return false;
    }
    g_usleep(pause);
    pause = MIN(pause + pause / 4, 5000);
  }
  return true;
}

/* until the child ends or it is certain that it will not; false: it was killed. One
 * that waits for a processor is not to blame, so what counts is a period without any
 * work */
static bool
wait_for(pid_t child, unsigned seconds, int *status)
{
  const gint64 period = (gint64)seconds * CLOCK_FACTOR * G_USEC_PER_SEC;

  for (size_t i = 0; i < MOST_PERIODS; i++) {
    const gint64 before = processor_time(child);
    if (wait_until(g_get_monotonic_time() + period, child, status)) {
      return true;
    }
    if (processor_time(child) == before) {
      break;
    }
  }
  kill(child, SIGKILL);
  waitpid(child, status, 0);
  return false;
}

/* what it has started and left behind: its children have become ours */
static void
end_group(pid_t group)
{
  kill(-group, SIGKILL);
  while (waitpid(-group, NULL, 0) > 0) {
  }
}

/* the largest of all children so far, which end at the first that is too large */
static bool
has_filled_memory(void)
{
  struct rusage usage;

  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_maxrss > MEMORY_LIMIT / 1024 / 10 * 7;
}

static void
explain_signal(int number, Finding *finding)
{
  if (number == SIGXCPU || number == SIGKILL) {
    finding_die(finding, "does not come to an end: stopped after its time");
  } else if (has_filled_memory()) {
    finding_die(finding, "fills memory: more than %d MB, then signal %d (%s)",
                MEMORY_LIMIT >> 20, number, strsignal(number));
  } else {
    finding_die(finding, "ends the process: signal %d (%s)", number, strsignal(number));
  }
}

/* how the child ended, when it is not as it should */
static bool
explain_end(int status, bool is_in_time, const Slip *slip, Finding *finding)
{
  if (!is_in_time) {
    finding_die(finding, "does not come to an end: stopped after its time");
  } else if (WIFSIGNALED(status)) {
    explain_signal(WTERMSIG(status), finding);
  } else if (slip->is_done == 0) {
    finding_die(finding, "ends the process: exit status %d", WEXITSTATUS(status));
  } else {
    return false;
  }
  return true;
}

/* the plugin has run with that memory mapped, and may have written to it */
static void
sanitize(Finding *finding)
{
  const size_t size = sizeof finding->message;

  finding->message[size - 1] = '\0';
  if (finding->verdict > VERDICT_SKIPPED
      || !g_utf8_validate(finding->message, -1, NULL)) {
    finding->verdict = VERDICT_FAILED;
    g_strlcpy(finding->message, "writes to memory that is not its own", size);
  }
}

static void
judge(int status, bool is_in_time, int output, Slip *slip, Finding *finding,
      bool *has_died)
{
  sanitize(&slip->finding);
  const bool has_printed = lseek(output, 0, SEEK_END) > 0;
  if (finding_is_set(&slip->finding) && !slip->is_done) {
    *finding = slip->finding; /* a fault that has been explained */
  }
  if (slip->has_forked) {
    finding_die(finding, "forks the process");
  }
  *has_died = explain_end(status, is_in_time, slip, finding);
  if (!*has_died && !finding_is_set(finding)) {
    *finding = slip->finding;
  }
  if (has_printed) {
    finding_die(finding, "writes to stdout or stderr");
  }
  *has_died |= slip->has_forked || has_printed;
  if (!finding_is_set(finding)) {
    finding->verdict = VERDICT_PASSED;
  }
}

void
sandbox_run(const Check *check, bool needs_plugin, const Subject *subject,
            Finding *finding, bool *has_died)
{
  Slip *slip = mmap(NULL, sizeof *slip, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const int output = memfd_create("output", MFD_CLOEXEC);
  int status = 0;

  *finding = (Finding){ 0 };
  *has_died = false;
  if (slip == MAP_FAILED || output < 0) {
    g_error("no memory for a check");
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t child = fork();
  if (child == 0) {
    run_child(check, needs_plugin, subject, output, slip);
  }
  if (child < 0) {
    finding_fail(finding, "cannot be checked: %s", g_strerror(errno));
  } else {
    const bool is_in_time = wait_for(child, subject->seconds, &status);
    end_group(child);
    judge(status, is_in_time, output, slip, finding, has_died);
  }
  close(output);
  munmap(slip, sizeof *slip);
}
