/* SPDX-License-Identifier: MIT */
/* System calls of one thread become a finding. */
#include "trap.h"

#include "filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static Finding *volatile target;

void
trap_forget(void)
{
  target = NULL;
}

#ifdef OWN_ARCHITECTURE

#define NAME(call)    \
  {                   \
    SYS_##call, #call \
  }

/* those that plugins have been seen to make; others are told by number */
static const struct {
  long number;
  const char *name;
} names[] = {
  NAME(bind),         NAME(chdir),          NAME(clock_gettime), NAME(clock_nanosleep),
  NAME(close),        NAME(connect),        NAME(execve),        NAME(getcwd),
  NAME(getpid),       NAME(getppid),        NAME(getrandom),     NAME(gettid),
  NAME(getuid),       NAME(geteuid),        NAME(getgid),        NAME(ioctl),
  NAME(kill),         NAME(lseek),          NAME(mkdirat),       NAME(nanosleep),
  NAME(openat),       NAME(ppoll),          NAME(prctl),         NAME(ptrace),
  NAME(read),         NAME(readlinkat),     NAME(recvfrom),      NAME(renameat),
  NAME(rt_sigaction), NAME(rt_sigprocmask), NAME(sendto),        NAME(setrlimit),
  NAME(socket),       NAME(statx),          NAME(umask),         NAME(uname),
  NAME(unlinkat),     NAME(unshare),        NAME(wait4),         NAME(write),
  NAME(writev),
#ifdef __x86_64__
  NAME(access),       NAME(alarm),          NAME(fork),          NAME(mkdir),
  NAME(open),         NAME(pause),          NAME(poll),          NAME(rename),
  NAME(stat),         NAME(time),           NAME(unlink),        NAME(vfork),
#endif
};

static void
note(int number)
{
  const char *name = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    name = names[i].number == number ? names[i].name : name;
  }
  if (target != NULL && name != NULL) {
    finding_fail(target, "makes the system call %s", name);
  } else if (target != NULL) {
    finding_fail(target, "makes the system call number %d", number);
  }
}

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define PERMIT(call)                                     \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define TRAP BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)

/* what the allocator and the end of a thread need */
static struct sock_filter filter[] = {
  LOAD(arch),
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0),
  TRAP,
  LOAD(nr),
  PERMIT(mmap),
  PERMIT(munmap),
  PERMIT(mremap),
  PERMIT(mprotect),
  PERMIT(madvise),
  PERMIT(brk),
  PERMIT(futex),
  PERMIT(sched_yield),
  PERMIT(rt_sigreturn),
  PERMIT(exit),
  PERMIT(exit_group),
  PERMIT(tgkill), /* abort, which is reported as such */
  TRAP,
};

bool
trap_calls(Finding *finding)
{
  const struct sock_fprog program = { G_N_ELEMENTS(filter), filter };

  target = finding;
  filter_observe(note);
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

bool
trap_calls(Finding *finding)
{
  (void)finding;
  return false;
}

#endif
