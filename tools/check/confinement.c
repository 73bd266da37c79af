/* SPDX-License-Identifier: MIT */
/* What a process that runs a plugin may not take from the machine. */
#include "confinement.h"

#include <errno.h>
#include <glib.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* ---- time and memory ---- */

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

/* ---- processes ---- */

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef OWN_ARCHITECTURE

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ANSWER_IF(test, value, error) \
  BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 0, 1), ANSWER(error)
#define ANSWER_UNLESS(test, value, error) \
  BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 1, 0), ANSWER(error)
#define SKIP_UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define PERMIT BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* threads yes, processes and programs no; clone3, whose flags are out of sight, is said
 * not to exist, whereupon the C library takes clone */
static struct sock_filter filter[] = {
  LOAD(arch),
  ANSWER_UNLESS(BPF_JEQ, OWN_ARCHITECTURE, EPERM),
  LOAD(nr),
#ifdef __x86_64__
  ANSWER_IF(BPF_JGE, 0x40000000, EPERM), /* the calls of x32 */
  ANSWER_IF(BPF_JEQ, SYS_fork, EPERM),
  ANSWER_IF(BPF_JEQ, SYS_vfork, EPERM),
#endif
  ANSWER_IF(BPF_JEQ, SYS_execve, EPERM),
  ANSWER_IF(BPF_JEQ, SYS_execveat, EPERM),
  ANSWER_IF(BPF_JEQ, SYS_clone3, ENOSYS),
  SKIP_UNLESS_EQUAL(SYS_clone, 3),
  LOAD(args[0]),
  ANSWER_UNLESS(BPF_JSET, CLONE_THREAD, EPERM),
  PERMIT,
};

static void
forbid_processes(void)
{
  const struct sock_fprog program = { G_N_ELEMENTS(filter), filter };

  /* where there are no filters, what has been started is ended with the check */
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
  }
}

#else

static void
forbid_processes(void)
{
}

#endif

void
confine(unsigned seconds)
{
  set_limits(seconds);
  signal(SIGCHLD, SIG_IGN); /* no zombies */
  forbid_processes();
}
