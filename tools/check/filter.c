/* SPDX-License-Identifier: MIT */
/* Which system calls a process that runs a plugin may make.
 *
 * A program for the kernel is made of two tables: calls that are permitted under a
 * condition, and calls that are refused otherwise. The kernel stops a refused call with
 * SIGSYS instead of an error code alone, because then a handler learns the call's
 * number; the handler lets the call fail with EPERM. A call that this file has never
 * heard of is said not to exist. */
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#define RETURN_REGISTER(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#define RETURN_REGISTER(context) (context)->uc_mcontext.regs[0]
#endif

#ifdef OWN_ARCHITECTURE

/* ---- the tables ---- */

enum { N_KNOWN = 470 }; /* numbers from here on are of kernels after 6.17 */

/* calls that are younger than the headers; the same number on every machine */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_removexattrat 466
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif

typedef enum Test { IS, IS_OWN_PROCESS, HAS, LACKS, IS_NOT } Test;

/* permitted where the argument passes the test */
static const struct Exception {
  int number, argument;
  Test test;
  uint32_t value;
} exceptions[] = {
#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
  { SYS_clone, 0, HAS, CLONE_THREAD },
  { SYS_kill, 0, IS_OWN_PROCESS, 0 },
  { SYS_tgkill, 0, IS_OWN_PROCESS, 0 },
  { SYS_rt_sigqueueinfo, 0, IS_OWN_PROCESS, 0 },
  { SYS_rt_tgsigqueueinfo, 0, IS_OWN_PROCESS, 0 },
  { SYS_prlimit64, 0, IS, 0 },
  { SYS_prlimit64, 0, IS_OWN_PROCESS, 0 },
  { SYS_rt_sigaction, 0, IS_NOT, SIGSYS },
  { SYS_rt_sigaction, 1, IS, 0 }, /* to look at a handler */
  { SYS_ioctl, 1, IS, TCGETS },   /* isatty */
  { SYS_ioctl, 1, IS, TIOCGWINSZ },
  { SYS_openat, 2, LACKS, WRITES },
#ifdef SYS_open
  { SYS_open, 1, LACKS, WRITES },
#endif
};

typedef struct Call {
  int number;
  const char *name, *what;
} Call;

#define CALL(name)          \
  {                         \
    SYS_##name, #name, WHAT \
  }

/* clang-format off */
static const Call calls[] = {
#define WHAT "starts a process"
  CALL(clone), CALL(execve), CALL(execveat),
#ifdef SYS_fork
  CALL(fork), CALL(vfork),
#endif
#undef WHAT
#define WHAT "signals another process"
  CALL(kill), CALL(tkill), CALL(tgkill), CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo),
  CALL(pidfd_send_signal),
#undef WHAT
#define WHAT "reaches into another process"
  CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(process_madvise),
  CALL(process_mrelease), CALL(pidfd_open), CALL(pidfd_getfd), CALL(kcmp),
  CALL(prlimit64), CALL(setpriority), CALL(ioprio_set), CALL(migrate_pages),
  CALL(move_pages), CALL(setpgid), CALL(setsid), CALL(perf_event_open),
#undef WHAT
#define WHAT "changes files"
  CALL(openat), CALL(openat2), CALL(open_by_handle_at), CALL(unlinkat), CALL(renameat2),
  CALL(linkat), CALL(symlinkat), CALL(mkdirat), CALL(mknodat), CALL(truncate),
  CALL(fchmod), CALL(fchmodat), CALL(fchmodat2), CALL(fchown), CALL(fchownat),
  CALL(utimensat), CALL(setxattr), CALL(lsetxattr), CALL(fsetxattr), CALL(setxattrat),
  CALL(removexattr), CALL(lremovexattr), CALL(fremovexattr), CALL(removexattrat),
  CALL(file_setattr),
#ifdef SYS_renameat
  CALL(renameat),
#endif
#ifdef SYS_open
  CALL(open), CALL(creat), CALL(unlink), CALL(rmdir), CALL(rename), CALL(link),
  CALL(symlink), CALL(mkdir), CALL(mknod), CALL(chmod), CALL(chown), CALL(lchown),
  CALL(utime), CALL(utimes), CALL(futimesat),
#endif
#undef WHAT
#define WHAT "controls a device"
  CALL(ioctl),
#undef WHAT
#define WHAT "reaches the network or other programs"
  CALL(socket), CALL(socketpair), CALL(connect), CALL(bind), CALL(listen), CALL(accept),
  CALL(accept4), CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(shmget), CALL(shmat),
  CALL(shmctl), CALL(semget), CALL(semctl), CALL(semop), CALL(semtimedop), CALL(msgget),
  CALL(msgctl), CALL(msgsnd), CALL(msgrcv), CALL(mq_open), CALL(mq_unlink),
  CALL(keyctl), CALL(add_key), CALL(request_key),
#undef WHAT
#define WHAT "goes past the sandbox"
  CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(bpf),
  CALL(userfaultfd), CALL(rt_sigaction),
#undef WHAT
#define WHAT "becomes another user"
  CALL(setuid), CALL(setgid), CALL(setreuid), CALL(setregid), CALL(setresuid),
  CALL(setresgid), CALL(setgroups), CALL(setfsuid), CALL(setfsgid), CALL(capset),
#undef WHAT
#define WHAT "changes the system"
  CALL(mount), CALL(umount2), CALL(move_mount), CALL(open_tree), CALL(open_tree_attr),
  CALL(fsopen), CALL(fsconfig), CALL(fsmount), CALL(fspick), CALL(mount_setattr),
  CALL(pivot_root), CALL(chroot), CALL(unshare), CALL(setns), CALL(swapon),
  CALL(swapoff),
  CALL(quotactl), CALL(quotactl_fd), CALL(acct), CALL(reboot), CALL(syslog),
  CALL(sethostname), CALL(setdomainname), CALL(settimeofday), CALL(clock_settime),
  CALL(adjtimex), CALL(clock_adjtime), CALL(init_module), CALL(finit_module),
  CALL(delete_module), CALL(kexec_load), CALL(kexec_file_load), CALL(fanotify_init),
  CALL(fanotify_mark), CALL(vhangup),
#ifdef SYS_iopl
  CALL(iopl), CALL(ioperm),
#endif
#undef WHAT
};
/* clang-format on */

/* ---- the program ---- */

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)
#define JUMP(test, value, if_true, if_false) \
  BPF_JUMP(BPF_JMP | (test) | BPF_K, value, if_true, if_false)

enum { MOST_INSTRUCTIONS = 8 + 5 * G_N_ELEMENTS(exceptions) + 2 * G_N_ELEMENTS(calls) };

typedef struct Program {
  struct sock_filter code[MOST_INSTRUCTIONS];
  unsigned short length;
} Program;

static void
append(Program *program, const struct sock_filter *code, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    program->code[program->length++] = code[i];
  }
}

static void
append_start(Program *program)
{
  const struct sock_filter code[] = {
    LOAD(arch),
    JUMP(BPF_JEQ, OWN_ARCHITECTURE, 1, 0),
    ANSWER(SECCOMP_RET_TRAP),
    LOAD(nr),
    /* whose flags are out of sight; the C library takes clone then */
    JUMP(BPF_JEQ, SYS_clone3, 1, 0),
    JUMP(BPF_JGE, N_KNOWN, 0, 1),
    ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
  };

  append(program, code, G_N_ELEMENTS(code));
}

/* the low half of an argument: processes, flags and commands are of 32 bits */
static void
append_exception(Program *program, const struct Exception *row)
{
  const uint32_t value = row->test == IS_OWN_PROCESS ? (uint32_t)getpid() : row->value;
  const bool is_of_bits = row->test == HAS || row->test == LACKS;
  const bool is_negated = row->test == LACKS || row->test == IS_NOT;
  const struct sock_filter code[] = {
    JUMP(BPF_JEQ, (uint32_t)row->number, 0, 4),
    LOAD(args[0]),
    JUMP(is_of_bits ? BPF_JSET : BPF_JEQ, value, is_negated, !is_negated),
    ANSWER(SECCOMP_RET_ALLOW),
    LOAD(nr),
  };

  append(program, code, G_N_ELEMENTS(code));
  program->code[program->length - 4].k +=
      (uint32_t)(sizeof(uint64_t) * (size_t)row->argument);
}

static void
append_refusal(Program *program, const Call *call)
{
  const struct sock_filter code[] = {
    JUMP(BPF_JEQ, (uint32_t)call->number, 0, 1),
    ANSWER(SECCOMP_RET_TRAP),
  };

  append(program, code, G_N_ELEMENTS(code));
}

static void
make_program(Program *program)
{
  static const struct sock_filter end = ANSWER(SECCOMP_RET_ALLOW);

  program->length = 0;
  append_start(program);
  for (size_t i = 0; i < G_N_ELEMENTS(exceptions); i++) {
    append_exception(program, &exceptions[i]);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    append_refusal(program, &calls[i]);
  }
  append(program, &end, 1);
}

/* ---- what the kernel has stopped ---- */

static Refused *notes; /* a signal's handler has no argument */
static void (*observer)(int number);

static void
handle(int signal, siginfo_t *info, void *context)
{
  (void)signal;
  if (observer != NULL) {
    observer(info->si_syscall);
  } else if (!notes->is_set) {
    notes->number = info->si_syscall;
    notes->is_foreign = info->si_arch != OWN_ARCHITECTURE;
    notes->is_set = 1;
  }
  RETURN_REGISTER((ucontext_t *)context) = -EPERM;
}

static bool
install_handler(void)
{
  const struct sigaction action = { .sa_sigaction = handle,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

  return sigaction(SIGSYS, &action, NULL) == 0;
}

void
filter_observe(void (*told)(int number))
{
  observer = told;
  if (notes == NULL) {
    install_handler();
  }
}

gboolean
filter_calls(Refused *refused)
{
  Program program;

  notes = refused;
  make_program(&program);
  const struct sock_fprog for_kernel = { program.length, program.code };
  return install_handler() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &for_kernel, 0, 0) == 0;
}

static const Call *
find_call(const Refused *refused)
{
  for (size_t i = 0; !refused->is_foreign && i < G_N_ELEMENTS(calls); i++) {
    if (calls[i].number == refused->number) {
      return &calls[i];
    }
  }
  return NULL;
}

void
filter_describe(const Refused *refused, char *text, gsize size)
{
  const Call *call = find_call(refused);

  if (call != NULL) {
    g_snprintf(text, size, "calls %s (%s)", call->name, call->what);
  } else {
    g_snprintf(text, size, "makes the system call %d of another architecture",
               refused->number);
  }
}

#else

void
filter_observe(void (*told)(int number))
{
  (void)told;
}

gboolean
filter_calls(Refused *refused)
{
  (void)refused;
  return FALSE;
}

void
filter_describe(const Refused *refused, char *text, gsize size)
{
  g_snprintf(text, size, "makes the system call %d", refused->number);
}

#endif
