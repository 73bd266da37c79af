/* SPDX-License-Identifier: MIT */
/* A check in a process of its own. */
#include "sandbox.h"

#include "cell.h"
#include "confinement.h"
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_FACTOR = 5, MOST_PERIODS = 10 };

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
explain_time(unsigned seconds, Finding *finding)
{
  finding_die(
      finding,
      "does not come to an end in its time, %u s of a processor; what is slow and "
      "not stuck gets more with --limit SECONDS",
      seconds);
}

static void
explain_signal(int number, unsigned seconds, Finding *finding)
{
  if (number == SIGSYS) { /* blocked, so that nobody could note which */
    finding_die(finding, "makes a system call that the sandbox refuses");
  } else if (number == SIGXCPU || number == SIGKILL) {
    explain_time(seconds, finding);
  } else if (has_filled_memory()) {
    finding_die(finding, "fills memory: more than %d MB, then signal %d (%s)",
                MEMORY_LIMIT >> 20, number, strsignal(number));
  } else {
    finding_die(finding, "ends the process: signal %d (%s)", number, strsignal(number));
  }
}

static void
explain_call(const Refused *refused, Finding *finding)
{
  char text[200];

  filter_describe(refused, text, sizeof text);
  finding_die(finding, "%s, which the sandbox refuses", text);
}

/* how the child ended, when it is not as it should */
static bool
explain_end(int status, bool is_in_time, unsigned seconds, const Slip *slip,
            Finding *finding)
{
  if (slip->refused.is_set) { /* and whatever that has led to */
    explain_call(&slip->refused, finding);
  } else if (!is_in_time) {
    explain_time(seconds, finding);
  } else if (WIFSIGNALED(status)) {
    explain_signal(WTERMSIG(status), seconds, finding);
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

/* memory that the plugin has filled is none that the checker lacks */
static void
judge_shortage(Finding *finding)
{
  if (finding->is_shortage && has_filled_memory()) {
    *finding = (Finding){ 0 };
    finding_die(finding, "fills memory: more than %d MB", MEMORY_LIMIT >> 20);
  }
}

static void
judge(int status, bool is_in_time, unsigned seconds, int output, Slip *slip,
      Finding *finding, bool *has_died)
{
  sanitize(&slip->finding);
  judge_shortage(&slip->finding);
  const bool has_printed = lseek(output, 0, SEEK_END) > 0;
  if (finding_is_set(&slip->finding) && !slip->is_done) {
    *finding = slip->finding; /* a fault that has been explained */
  }
  if (slip->has_forked) {
    finding_die(finding, "forks the process");
  }
  *has_died = explain_end(status, is_in_time, seconds, slip, finding);
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

static void
run_here(void *data)
{
  cell_examine(data);
}

void
sandbox_run_here(const Check *check, bool needs_plugin, const Subject *subject,
                 Finding *finding)
{
  Errand errand = { check, needs_plugin, subject, finding };

  run_on_own_stack(run_here, &errand);
}

/* memory, or where containers do not have it so, a file that has no name either */
static int
open_output(void)
{
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "optreg-XXXXXX", NULL);
  int output = memfd_create("output", MFD_CLOEXEC);

  if (output < 0) {
    output = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  }
  if (output < 0) {
    output = mkostemp(path, O_CLOEXEC);
    if (output >= 0) {
      unlink(path);
    }
  }
  return output;
}

static void
run_child(const Errand *errand, int output, Slip *slip, bool *has_died)
{
  int status = 0;
  const pid_t child = fork();

  if (child == 0) {
    cell_run(errand, output, slip);
  }
  if (child < 0) {
    finding_lack(errand->finding, "no process: %s", g_strerror(errno));
    return;
  }
  const bool is_in_time = wait_for(child, errand->subject->seconds, &status);
  end_group(child);
  judge(status, is_in_time, errand->subject->seconds, output, slip, errand->finding,
        has_died);
}

void
sandbox_run(const Check *check, bool needs_plugin, const Subject *subject,
            Finding *finding, bool *has_died)
{
  Slip *slip = mmap(NULL, sizeof *slip, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const int output = open_output();
  const Errand errand = { check, needs_plugin, subject, finding };

  *finding = (Finding){ 0 };
  *has_died = false;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (slip == MAP_FAILED) {
    finding_lack(finding, "no memory for its result");
  } else if (output < 0) {
    finding_lack(finding, "no file in '%s' for what it prints: %s", g_get_tmp_dir(),
                 g_strerror(errno));
  } else {
    run_child(&errand, output, slip, has_died);
  }
  if (output >= 0) {
    close(output);
  }
  if (slip != MAP_FAILED) {
    munmap(slip, sizeof *slip);
  }
}
