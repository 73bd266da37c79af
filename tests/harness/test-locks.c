/* SPDX-License-Identifier: MIT */
/* A lock that another comparison holds is waited for or named; one that cannot be had
 * for another reason is not taken for it. */
#include "cli.h"
#include "harness/machine_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static Cli cli;

static const struct {
  const char *name;
  int code;
} failures[] = { { "ENOSYS", ENOSYS },
                 { "EPERM", EPERM },
                 { "ENOLCK", ENOLCK },
                 { "EOPNOTSUPP", EOPNOTSUPP } };

/* from now on, and in all children, flock fails with the code */
static bool
deny_flock(int code)
{
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_flock, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)code),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS(filter), filter };

  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void
run_without_locks(gpointer code)
{
  if (!deny_flock(GPOINTER_TO_INT(code))) {
    _exit(77);
  }
}

static int
run_denied(const char *line, int code)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_auto(GStrv) words = cli_words(line);
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_cwd(launcher, cli.folder);
  g_subprocess_launcher_set_child_setup(launcher, run_without_locks,
                                        GINT_TO_POINTER(code), NULL);
  g_autoptr(GSubprocess) process =
      g_subprocess_launcher_spawnv(launcher, (const char *const *)words, &error);
  g_assert_no_error(error);
  return cli_wait(&cli, process);
}

static void
test_a_folder_that_cannot_be_locked(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
    g_autofree char *words =
        g_strdup_printf("optreg: cannot lock o/.lock: %s; name a folder with --out "
                        "where files can be locked\n",
                        g_strerror(failures[i].code));
    const int status =
        run_denied("compare adam.yaml --epochs 1 --seeds 1 --out o --problem quadratic",
                   failures[i].code);
    if (status == 77) {
      g_test_skip("system calls cannot be filtered here");
      return;
    }
    g_assert_cmpint(status, ==, 1);
    assert_has(cli.err, words);
    assert_lacks(cli.err, "another comparison");
  }
}

static void
test_a_folder_that_another_comparison_holds(void)
{
  g_autofree char *folder = cli_path(&cli, "held"),
                  *path = cli_path(&cli, "held/.lock");

  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint(flock(file, LOCK_EX), ==, 0);
  g_assert_cmpint(
      cli_run(&cli, "compare adam.yaml --seeds 1 --out held --problem quadratic"), ==,
      1);
  close(file);
  assert_has(cli.err, "optreg: another comparison is writing to held; wait for it");
}

/* it would wait for ever */
static void
test_a_machine_that_cannot_be_locked(gconstpointer data)
{
  const int code = *(const int *)data;

  if (g_test_subprocess()) {
    if (!deny_flock(code)) {
      fputs("no filter\n", stderr);
      return;
    }
    g_autoptr(MachineLock) lock = machine_lock_take(MACHINE_MEASURES, NULL);
    g_assert_nonnull(lock);
    return;
  }
  g_test_trap_subprocess(NULL, 60 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed();
  g_autofree char *words = g_strdup_printf(
      "*optreg: other comparisons on this machine are not kept out: no lock in *: %s*",
      g_strerror(code));
  g_test_trap_assert_stderr_unmatched("*waiting for*");
  g_test_trap_assert_stderr(words);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  cli_init(&cli);
  cli_write(&cli, "adam.yaml", "optimizer: adam\n");
  g_test_add_func("/locks/folder/denied", test_a_folder_that_cannot_be_locked);
  g_test_add_func("/locks/folder/held", test_a_folder_that_another_comparison_holds);
  for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
    g_autofree char *path = g_strconcat("/locks/machine/", failures[i].name, NULL);
    g_test_add_data_func(path, &failures[i].code, test_a_machine_that_cannot_be_locked);
  }
  const int status = g_test_run();
  cli_clear(&cli);
  return status;
}
