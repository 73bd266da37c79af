/* SPDX-License-Identifier: MIT */
/* A check in a process of its own. */
#include "sandbox.h"

#include "fault.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* bytes beyond what the checker has */
enum { MEMORY_LIMIT = 256 << 20, CLOCK_FACTOR = 5, FORKED = 117 };

/* a sanitizer maps terabytes before anything else happens */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_MEMORY_LIMIT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_MEMORY_LIMIT 0
#endif
#endif
#ifndef HAS_MEMORY_LIMIT
#define HAS_MEMORY_LIMIT 1
#endif

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

static void
limit(int resource, rlim_t value)
{
  const struct rlimit both = { value, value };

  setrlimit(resource, &both);
}

/* of this process, in bytes */
static rlim_t
address_space(void)
{
  g_autofree char *text = NULL;

  g_file_get_contents("/proc/self/statm", &text, NULL, NULL);
  return text == NULL
             ? 0
             : g_ascii_strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
set_limits(unsigned seconds)
{
  const struct rlimit time = { seconds, seconds + 1 };

  setrlimit(RLIMIT_CPU, &time);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 1 << 20);
  if (HAS_MEMORY_LIMIT) {
    limit(RLIMIT_AS, address_space() + MEMORY_LIMIT);
  }
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
  set_limits(subject->seconds);
  sandbox_run_here(check, needs_plugin, subject, &slip->finding);
  slip->is_done = 1;
  _exit(0);
}

/* until the child ends or the clock says that it will not; false: it was killed */
static bool
wait_for(pid_t child, unsigned seconds, int *status)
{
  const gint64 end = g_get_monotonic_time()
                     + (gint64)seconds * CLOCK_FACTOR * G_USEC_PER_SEC;
  bool is_late = false;

  /* it lives for milliseconds: waiting ever longer costs less than being told */
  for (unsigned pause = 50; waitpid(child, status, WNOHANG) == 0;) {
    if (!is_late && g_get_monotonic_time() > end) {
      is_late = true;
      kill(child, SIGKILL);
    }
    g_usleep(pause);
    pause = MIN(pause + pause / 4, 5000);
  }
  /* what it has left behind */
  kill(-child, SIGKILL);
  return !is_late;
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
  const bool has_faulted = finding_is_set(&slip->finding) && !slip->is_done;
  if (has_faulted) {
    *finding = slip->finding;
  }
  *has_died = explain_end(status, is_in_time, slip, finding);
  if (!*has_died) {
    *finding = slip->finding;
  }
  if (slip->has_forked || lseek(output, 0, SEEK_END) > 0) {
    finding_fail(finding,
                 slip->has_forked ? "forks the process" : "writes to stdout or stderr");
    *has_died = true;
  }
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
  const pid_t child = fork();
  if (child == 0) {
    run_child(check, needs_plugin, subject, output, slip);
  }
  if (child < 0) {
    finding_fail(finding, "cannot be checked: %s", g_strerror(errno));
  } else {
    const bool is_in_time = wait_for(child, subject->seconds, &status);
    judge(status, is_in_time, output, slip, finding, has_died);
  }
  close(output);
  munmap(slip, sizeof *slip);
}
