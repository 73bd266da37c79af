/* SPDX-License-Identifier: MIT */
/* A plugin that starts processes leaves none of them behind; one that waits is ended. */
#include <errno.h>
#include <glib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a kernel that filters no system calls ---- */

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define SKIP_UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)

/* prctl(PR_SET_SECCOMP, ...) is not known there */
static struct sock_filter without_filters[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_prctl, 3),
  LOAD(args[0]),
  SKIP_UNLESS_EQUAL(PR_SET_SECCOMP, 1),
  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static bool
take_filters_away(void)
{
  const struct sock_fprog program = { G_N_ELEMENTS(without_filters), without_filters };

  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static void
set_up(void *data)
{
  if (data != NULL && !take_filters_away()) {
    _exit(77);
  }
}

/* ---- tests ---- */

/* what it prints, or NULL when there is no such kernel to be had */
static char *
check(const char *fixture, bool has_filters)
{
  g_autofree char *path =
      g_strdup_printf("%s/%s.so", g_getenv("OPTREG_TEST_CHECK_FIXTURES"), fixture);
  const char *command[] = {
    g_getenv("OPTREG_TEST_CLI"), "check", "--limit", "1", path, NULL
  };
  g_autoptr(GError) error = NULL;
  char *output = NULL;
  int status = 0;

  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_DEFAULT, set_up,
               has_filters ? NULL : &status, &output, NULL, &status, &error);
  g_assert_no_error(error);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    g_clear_pointer(&output, g_free);
  }
  return output;
}

/* whoever survives its parent becomes a child of this process */
static void
assert_nobody_is_left(void)
{
  g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint(errno, ==, ECHILD);
}

static void
assert_ended(const char *fixture, bool has_filters, const char *message)
{
  g_autofree char *output = check(fixture, has_filters);

  if (output == NULL) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  if (strstr(output, message) == NULL) {
    g_error("'%s' is not in: %s", message, output);
  }
  assert_nobody_is_left();
}

static void
test_a_fork(void)
{
  assert_ended("forks", true, "error kernel.bounds: forks the process");
}

static void
test_forks_without_end(void)
{
  assert_ended("forks_for_ever", true, "error kernel.bounds: does not come to an end");
}

static void
test_a_fork_where_nothing_is_filtered(void)
{
  assert_ended("forks", false, "error kernel.bounds: forks the process");
}

static void
test_forks_without_end_where_nothing_is_filtered(void)
{
  assert_ended("forks_for_ever", false, "error kernel.bounds: does not come to an end");
}

static void
test_standing_still(void)
{
  assert_ended("stands_still", true, "error kernel.bounds: does not come to an end");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  g_test_add_func("/sandbox/fork", test_a_fork);
  g_test_add_func("/sandbox/forks-without-end", test_forks_without_end);
  g_test_add_func("/sandbox/standing-still", test_standing_still);
  g_test_add_func("/sandbox/unfiltered/fork", test_a_fork_where_nothing_is_filtered);
  g_test_add_func("/sandbox/unfiltered/forks-without-end",
                  test_forks_without_end_where_nothing_is_filtered);
  return g_test_run();
}
