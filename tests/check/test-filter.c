/* SPDX-License-Identifier: MIT */
/* The calls that a plugin's process may not make are refused and named; those that it
 * needs work.
 *
 * Nothing here does harm where the filter fails: signals have the number 0, other
 * arguments are wrong in a way that the kernel refuses anyway, and files are those of a
 * folder that the test has made. */
#include "check/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a process with a filter ---- */

/* shared with it */
typedef struct Outcome {
  Refused refused;
  long result;
  int error;
} Outcome;

typedef void (*Deed)(const void *data, Outcome *outcome);

static bool
can_filter(void)
{
  /* a kernel that can looks for the program, which is not there */
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1
         && errno == EFAULT;
}

/* do it in a child; *status is how that ended */
static Outcome
run_filtered(Deed deed, const void *data, int *status)
{
  Outcome *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();

  if (child == 0) {
    if (filter_calls(&shared->refused)) {
      deed(data, shared);
    }
    _exit(0);
  }
  g_assert_cmpint(waitpid(child, status, 0), ==, child);
  const Outcome outcome = *shared;
  munmap(shared, sizeof *shared);
  return outcome;
}

/* ---- what is refused ---- */

enum { PARENT = -77 }; /* stands for the process of the test */

typedef struct Call {
  const char *name;
  long number, arguments[5];
} Call;

static void
make_call(const void *data, Outcome *outcome)
{
  Call call = *(const Call *)data;

  for (size_t i = 0; i < G_N_ELEMENTS(call.arguments); i++) {
    call.arguments[i] = call.arguments[i] == PARENT ? getppid() : call.arguments[i];
  }
  outcome->result = syscall(call.number, call.arguments[0], call.arguments[1],
                            call.arguments[2], call.arguments[3], call.arguments[4]);
  outcome->error = errno;
}

static void
assert_refused(const Call *call)
{
  g_autofree char *expected = g_strdup_printf("calls %s (", call->name);
  int status = 0;
  const Outcome outcome = run_filtered(make_call, call, &status);
  char text[200];

  g_test_message("%s", call->name);
  g_assert_cmpint(status, ==, 0);
  g_assert_cmpint(outcome.result, ==, -1);
  g_assert_cmpint(outcome.error, ==, EPERM);
  g_assert_true(outcome.refused.is_set);
  filter_describe(&outcome.refused, text, sizeof text);
  g_assert_true(g_str_has_prefix(text, expected));
}

static void
assert_all_refused(const Call *calls, size_t n)
{
  if (!can_filter()) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  for (size_t i = 0; i < n; i++) {
    assert_refused(&calls[i]);
  }
}

#define CALL(name, ...) \
  {                     \
#name, SYS_##name,  \
    {                   \
      __VA_ARGS__       \
    }                   \
  }

static void
test_processes(void)
{
  const Call calls[] = {
    CALL(clone, SIGCHLD),
    CALL(execve, 0),
    CALL(execveat, -1, 0),
    CALL(kill, PARENT, 0),
    CALL(kill, -1, 0),
    CALL(kill, 0, 0),
    CALL(tkill, PARENT, 0),
    CALL(tgkill, PARENT, PARENT, 0),
    CALL(rt_sigqueueinfo, PARENT, 0, 0),
    CALL(rt_tgsigqueueinfo, PARENT, PARENT, 0, 0),
    CALL(pidfd_send_signal, -1, 0, 0, 0),
    CALL(ptrace, -1, PARENT),
    CALL(process_vm_readv, PARENT, 0, 0, 0, 0),
    CALL(process_vm_writev, PARENT, 0, 0, 0, 0),
    CALL(prlimit64, PARENT, RLIM_NLIMITS, 0, 0),
    CALL(setpriority, -1, PARENT, 0),
    CALL(setsid, 0),
    CALL(setpgid, -1, 0),
    CALL(perf_event_open, 0, 0, -1, -1, 0),
  };

  assert_all_refused(calls, G_N_ELEMENTS(calls));
}

static void
test_system(void)
{
  const Call calls[] = {
    CALL(mount, 0, 0, 0, 0, 0),
    CALL(umount2, 0, 0),
    CALL(move_mount, -1, 0, -1, 0, 0),
    CALL(fsopen, 0, 0),
    CALL(open_tree, -1, 0, 0),
    CALL(pivot_root, 0, 0),
    CALL(chroot, 0),
    CALL(unshare, 1),
    CALL(setns, -1, 0),
    CALL(bpf, -1, 0, 0),
    CALL(keyctl, -1),
    CALL(add_key, 0),
    CALL(request_key, 0),
    CALL(io_uring_setup, 0, 0),
    CALL(userfaultfd, -1),
    CALL(reboot, 0, 0, 0),
    CALL(sethostname, 0, 1 << 20),
    CALL(clock_settime, -1, 0),
    CALL(init_module, 0, 0, 0),
    CALL(swapon, 0, 0),
    CALL(setresuid, -1, -1, -1),
    CALL(setresgid, -1, -1, -1),
    CALL(setgroups, -1, 0),
    CALL(capset, 0, 0),
    CALL(rt_sigaction, SIGSYS, 1, 0, 8),
    CALL(ioctl, -1, 0x5412, 0), /* what types into a terminal */
  };

  assert_all_refused(calls, G_N_ELEMENTS(calls));
}

static void
test_network(void)
{
  const Call calls[] = {
    CALL(socket, -1, 0, 0),    CALL(socketpair, -1, 0, 0, 0),
    CALL(connect, -1, 0, 0),   CALL(bind, -1, 0, 0),
    CALL(sendto, -1, 0, 0, 0), CALL(sendmsg, -1, 0, 0),
    CALL(shmget, 0, 0, 0),     CALL(semget, 0, -1, 0),
    CALL(msgget, 1, 0),        CALL(mq_open, 0, 0, 0, 0),
    CALL(mq_unlink, 0),
  };

  assert_all_refused(calls, G_N_ELEMENTS(calls));
}

static void
test_files(void)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-filter-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "victim", NULL);
  g_autofree char *other = g_build_filename(folder, "other", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_set_contents(path, "text", 4, NULL));
  const long at = AT_FDCWD, victim = (long)path, new = (long)other;
  const Call calls[] = {
    CALL(openat, at, victim, O_WRONLY),
    CALL(openat, at, victim, O_RDWR | O_APPEND),
    CALL(openat, at, victim, O_RDONLY | O_TRUNC),
    CALL(openat, at, new, O_RDONLY | O_CREAT, 0600),
    CALL(openat, at, (long)folder, O_TMPFILE | O_RDWR, 0600),
    CALL(openat2, at, victim, 0, 0),
    CALL(unlinkat, at, victim, 0),
    CALL(renameat2, at, victim, at, new, 0),
    CALL(linkat, at, victim, at, new, 0),
    CALL(symlinkat, victim, at, new),
    CALL(mkdirat, at, new, 0700),
    CALL(mknodat, at, new, 0100600, 0),
    CALL(truncate, victim, 0),
    CALL(fchmodat, at, victim, 0777),
    CALL(fchownat, at, victim, -1, -1, 0),
    CALL(utimensat, at, victim, 0, 0),
    CALL(setxattr, victim, 0, 0, 0, 0),
#ifdef SYS_open
    CALL(open, victim, O_WRONLY),
    CALL(creat, victim, 0600),
    CALL(unlink, victim),
    CALL(rename, victim, new),
    CALL(mkdir, new, 0700),
    CALL(rmdir, (long)folder),
    CALL(chmod, victim, 0777),
#endif
  };

  assert_all_refused(calls, G_N_ELEMENTS(calls));
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "text");
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_rmdir(folder), ==, 0); /* nothing else is in it */
}

#if defined(__x86_64__)
static void
call_as_32_bits(const void *data, Outcome *outcome)
{
  long result = 20; /* getpid of the other table */

  (void)data;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  outcome->result = result;
}

static void
test_other_architectures(void)
{
  int status = 0;
  const Outcome outcome = run_filtered(call_as_32_bits, NULL, &status);
  char text[200];

  if (!can_filter() || WIFSIGNALED(status)) { /* a kernel without that table */
    g_test_skip("there is no other architecture here");
    return;
  }
  g_assert_cmpint(outcome.result, ==, -EPERM);
  filter_describe(&outcome.refused, text, sizeof text);
  g_assert_cmpstr(text, ==, "makes the system call 20 of another architecture");
}
#endif

/* a kernel of tomorrow may have calls that this filter does not know */
static void
test_unknown_calls_do_not_exist(void)
{
  static const Call call = { "unknown", 499, { 0 } };
  static const Call flags_out_of_sight = CALL(clone3, 0, 0);
  int status = 0;

  if (!can_filter()) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  Outcome outcome = run_filtered(make_call, &call, &status);
  g_assert_cmpint(outcome.error, ==, ENOSYS);
  outcome = run_filtered(make_call, &flags_out_of_sight, &status);
  g_assert_cmpint(outcome.error, ==, ENOSYS);
}

static void
kill_and_ptrace(const void *data, Outcome *outcome)
{
  (void)data, (void)outcome;
  syscall(SYS_kill, getppid(), 0);
  syscall(SYS_ptrace, -1, 0, 0, 0);
}

static void
test_the_first_is_named(void)
{
  int status = 0;
  const Outcome outcome = run_filtered(kill_and_ptrace, NULL, &status);
  char text[200];

  if (!can_filter()) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  filter_describe(&outcome.refused, text, sizeof text);
  g_assert_cmpstr(text, ==, "calls kill (signals another process)");
}

/* ---- what is permitted ---- */

static void *
note_thread(void *data)
{
  *(bool *)data = true;
  return NULL;
}

static void
do_what_is_permitted(const void *data, Outcome *outcome)
{
  pthread_t thread;
  bool has_run = false;
  char byte;
  struct rlimit limit;
  const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  const int memory = memfd_create("memory", MFD_CLOEXEC);

  (void)data;
  outcome->result = pthread_create(&thread, NULL, note_thread, &has_run) == 0
                    && pthread_join(thread, NULL) == 0 && has_run
                    && read(file, &byte, 1) == 1 && close(file) == 0
                    && write(memory, "x", 1) == 1 && ftruncate(memory, 4096) == 0
                    && signal(SIGUSR1, SIG_IGN) != SIG_ERR && raise(SIGUSR1) == 0
                    && kill(getpid(), SIGUSR1) == 0
                    && getrlimit(RLIMIT_CPU, &limit) == 0 && isatty(memory) == 0;
}

static void
test_what_is_needed_works(void)
{
  int status = 0;
  const Outcome outcome = run_filtered(do_what_is_permitted, NULL, &status);

  if (!can_filter()) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  g_assert_cmpint(status, ==, 0);
  g_assert_false(outcome.refused.is_set);
  g_assert_cmpint(outcome.result, ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/filter/refuses/processes", test_processes);
  g_test_add_func("/filter/refuses/system", test_system);
  g_test_add_func("/filter/refuses/network", test_network);
  g_test_add_func("/filter/refuses/files", test_files);
#if defined(__x86_64__)
  g_test_add_func("/filter/refuses/other-architectures", test_other_architectures);
#endif
  g_test_add_func("/filter/unknown-calls-do-not-exist",
                  test_unknown_calls_do_not_exist);
  g_test_add_func("/filter/names-the-first", test_the_first_is_named);
  g_test_add_func("/filter/what-is-needed-works", test_what_is_needed_works);
  return g_test_run();
}
