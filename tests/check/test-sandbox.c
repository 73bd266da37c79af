/* SPDX-License-Identifier: MIT */
/* A plugin that starts processes leaves none of them behind, one that waits is ended,
 * and one that reaches beyond its process is told so, whoever runs the checker. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- kernels and users ---- */

#define LOAD(field) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define SKIP_UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

/* prctl(PR_SET_SECCOMP, ...) is not known there */
static struct sock_filter without_filters[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_prctl, 3),
  LOAD(args[0]),
  SKIP_UNLESS_EQUAL(PR_SET_SECCOMP, 1),
  ANSWER(SECCOMP_RET_ERRNO | EINVAL),
  ANSWER(SECCOMP_RET_ALLOW),
};

/* as some containers have it */
static struct sock_filter without_memfd[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_memfd_create, 1),
  ANSWER(SECCOMP_RET_ERRNO | EPERM),
  ANSWER(SECCOMP_RET_ALLOW),
};

/* where a user may start no process more */
static struct sock_filter without_processes[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_clone, 1),
  ANSWER(SECCOMP_RET_ERRNO | EAGAIN),
  SKIP_UNLESS_EQUAL(SYS_clone3, 1),
  ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
  ANSWER(SECCOMP_RET_ALLOW),
};

/* where there is one process more and no thread */
static struct sock_filter without_threads[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_clone3, 1),
  ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
  SKIP_UNLESS_EQUAL(SYS_clone, 3),
  LOAD(args[0]),
  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
  ANSWER(SECCOMP_RET_ERRNO | EAGAIN),
  ANSWER(SECCOMP_RET_ALLOW),
};

#ifndef OPTREG_TEST_SANITIZERS
/* where no piece of 80 MB is left */
static struct sock_filter without_memory[] = {
  LOAD(nr),
  SKIP_UNLESS_EQUAL(SYS_mmap, 3),
  LOAD(args[1]),
  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 80 << 20, 0, 1),
  ANSWER(SECCOMP_RET_ERRNO | ENOMEM),
  ANSWER(SECCOMP_RET_ALLOW),
};
#endif

enum { NOBODY = 65534, NOT_TO_BE_HAD = 77 };

/* how the checker is run */
typedef struct Setting {
  struct sock_filter *filter; /* of the kernel it has, or NULL */
  unsigned short length;
  bool is_user;       /* not root, even if the test is */
  int resource;       /* that has a limit */
  rlim_t most;        /* which is that, or 0 for what there is */
  const char *folder; /* where; or NULL */
  const char *run;    /* one check, in the checker's process; or NULL */
  const char *call, *then, *temporary; /* variables of its environment, or NULL */
} Setting;

static bool
install(const struct sock_filter *filter, unsigned short length)
{
  const struct sock_fprog program = { length, (struct sock_filter *)filter };

  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static bool
become_user(void)
{
  return geteuid() != 0
         || (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0
             && setresuid(NOBODY, NOBODY, NOBODY) == 0
             && access(g_getenv("OPTREG_TEST_CLI"), X_OK) == 0);
}

/* in the process that becomes the checker */
static void
set_up(void *data)
{
  const Setting *setting = data;
  const struct rlimit limit = { setting->most, setting->most };

  if ((setting->is_user && !become_user())
      || (setting->most > 0
          && setrlimit((__rlimit_resource_t)setting->resource, &limit) != 0)
      || (setting->filter != NULL && !install(setting->filter, setting->length))) {
    _exit(NOT_TO_BE_HAD);
  }
}

static char **
make_environment(const Setting *setting)
{
  const struct {
    const char *name, *value;
  } variables[] = {
    { "OPTREG_TEST_CALL", setting->call },
    { "OPTREG_TEST_THEN", setting->then },
    { "TMPDIR", setting->temporary },
  };
  char **environment = g_get_environ();

  for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
    if (variables[i].value != NULL) {
      environment =
          g_environ_setenv(environment, variables[i].name, variables[i].value, TRUE);
    }
  }
  return environment;
}

/* ---- running the checker ---- */

static char *
built(const char *fixture)
{
  return g_strdup_printf("%s/%s.so", g_getenv("OPTREG_TEST_CHECK_FIXTURES"), fixture);
}

/* what it prints on both streams, or NULL when there is no such setting to be had. It
 * ends by itself */
static char *
check_file(const char *path, const Setting *setting)
{
  const char *command[] = { g_getenv("OPTREG_TEST_CLI"),
                            "check",
                            setting->run != NULL ? "--run" : "--limit",
                            setting->run != NULL ? setting->run : "1",
                            path,
                            NULL };
  g_auto(GStrv) environment = make_environment(setting);
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL, *errors = NULL;
  int status = 0;

  g_spawn_sync(setting->folder, (char **)command, environment, G_SPAWN_DEFAULT, set_up,
               (void *)setting, &output, &errors, &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == NOT_TO_BE_HAD) {
    return NULL;
  }
  g_assert_cmpint(status != 0, ==,
                  strstr(output, "error") != NULL || errors[0] != '\0');
  return g_strconcat(output, errors, NULL);
}

static char *
check(const char *fixture, const Setting *setting)
{
  g_autofree char *path = built(fixture);

  return check_file(path, setting);
}

static void
assert_contains(const char *output, const char *message)
{
  if (strstr(output, message) == NULL) {
    g_error("'%s' is not in: %s", message, output);
  }
}

/* ---- what is left behind ---- */

/* whoever survives its parent becomes a child of this process */
static void
assert_nobody_is_left(void)
{
  g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint(errno, ==, ECHILD);
}

static void
assert_ended(const char *fixture, const Setting *setting, const char *message)
{
  g_autofree char *output = check(fixture, setting);

  if (output == NULL) {
    g_test_skip("there is no such kernel or user here");
    return;
  }
  assert_contains(output, message);
  assert_nobody_is_left();
}

static const Setting as_it_is = { 0 };
static const Setting unfiltered = { .filter = without_filters,
                                    .length = G_N_ELEMENTS(without_filters) };

static void
test_a_fork(void)
{
  assert_ended("forks", &as_it_is, "error kernel.bounds: forks the process");
}

static void
test_forks_without_end(void)
{
  assert_ended("forks_for_ever", &as_it_is,
               "error kernel.bounds: calls clone (starts a process)");
}

static void
test_a_fork_where_nothing_is_filtered(void)
{
  assert_ended("forks", &unfiltered, "error kernel.bounds: forks the process");
}

static void
test_forks_without_end_where_nothing_is_filtered(void)
{
  assert_ended("forks_for_ever", &unfiltered,
               "error kernel.bounds: does not come to an end");
}

static void
test_standing_still(void)
{
  assert_ended("stands_still", &as_it_is,
               "error kernel.bounds: does not come to an end");
}

/* ---- what reaches beyond the process ---- */

static bool
can_filter(void)
{
  /* a kernel that can looks for the program, which is not there */
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1
         && errno == EFAULT;
}

typedef struct Reach {
  const char *call, *message;
} Reach;

static const Reach reaches[] = {
  { "kill-parent", "calls kill (signals another process)" },
  { "kill-child", "calls clone (starts a process)" },
  { "kill-all", "calls kill (signals another process)" },
  { "ptrace", "calls ptrace (reaches into another process)" },
#ifdef SYS_unlink
  { "unlink", "calls unlink (changes files)" },
#else
  { "unlink", "calls unlinkat (changes files)" },
#endif
  { "open", "calls openat (changes files)" },
  { "socket", "calls socket (reaches the network or other programs)" },
  { "mount", "calls mount (changes the system)" },
  { "unshare", "calls unshare (changes the system)" },
};

/* a folder with one file, which everybody may change */
typedef struct Place {
  char *folder, *victim;
} Place;

static void
place_init(Place *place)
{
  place->folder = g_dir_make_tmp("optreg-sandbox-XXXXXX", NULL);
  place->victim = g_build_filename(place->folder, "victim", NULL);
  g_assert_true(g_file_set_contents(place->victim, "text", 4, NULL));
  g_assert_cmpint(g_chmod(place->victim, 0666), ==, 0);
  g_assert_cmpint(g_chmod(place->folder, 0777), ==, 0);
}

static void
place_clear(Place *place)
{
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(place->victim, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "text");
  g_assert_cmpint(g_unlink(place->victim), ==, 0);
  g_assert_cmpint(g_rmdir(place->folder), ==, 0); /* nothing else is in it */
  g_free(place->folder);
  g_free(place->victim);
}

static void
assert_all_found(bool is_user, const char *then)
{
  Place place;

  if (!can_filter()) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  place_init(&place);
  for (size_t i = 0; i < G_N_ELEMENTS(reaches); i++) {
    g_autofree char *message =
        g_strconcat("error kernel.bounds: ", reaches[i].message, ", which", NULL);
    const Setting setting = {
      .is_user = is_user, .folder = place.folder, .call = reaches[i].call, .then = then
    };
    assert_ended("reaches_out", &setting, message);
  }
  place_clear(&place);
}

static void
test_a_user_reaches_out(void)
{
  assert_all_found(true, NULL);
}

static void
test_whoever_reaches_out_and_exits(void)
{
  assert_all_found(false, "exit");
}

/* the call is right, the file too: the sandbox finds nothing; it is a system call all
 * the same */
static void
test_right_calls(void)
{
  g_autofree char *output = check("reaches_out", &as_it_is);

  assert_contains(output, ": 1 warning, "); /* static.calls */
}

/* ---- root ---- */

static void
test_a_plugin_does_not_run_as_root(void)
{
  Place place;

  if (geteuid() != 0) {
    g_test_skip("only for root");
    return;
  }
  place_init(&place);
  g_assert_cmpint(g_chmod(place.victim, 0600), ==, 0);
  const Setting setting = { .folder = place.folder, .call = "who" };
  g_autofree char *output = check("reaches_out", &setting);
#ifdef OPTREG_TEST_SANITIZERS /* the check of system calls is skipped */
  assert_contains(output, ": 1 warning, ");
#else
  assert_contains(output, ": 1 error, 1 warning, "); /* it asks who it is */
#endif
  place_clear(&place);
}

/* nobody else may look into that folder */
static void
test_a_plugin_of_root_alone_is_checked(void)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-sandbox-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "right.so", NULL);
  g_autofree char *source = built("right");
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_assert_true(g_file_get_contents(source, &bytes, &length, NULL));
  g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
  g_assert_cmpint(g_chmod(path, 0600), ==, 0);

  g_autofree char *output = check_file(path, &as_it_is);
  assert_contains(output, "right.so: ");
  g_assert_null(strstr(output, "error"));
  g_unlink(path);
  g_rmdir(folder);
}

/* ---- limits that are not the plugin's fault ---- */

static void
test_a_small_stack(void)
{
  const Setting in_sandbox = { .resource = RLIMIT_STACK, .most = 64 << 10 };
  const Setting here = { .resource = RLIMIT_STACK,
                         .most = 64 << 10,
                         .run = "together.threads" };
  g_autofree char *all = check("right", &in_sandbox);
  g_autofree char *one = check("right", &here);

  assert_contains(all, "right.so: ");
  g_assert_null(strstr(all, "error"));
  g_assert_cmpstr(one, ==, "together.threads: passed\n");
}

static const Setting no_memfd = { .filter = without_memfd,
                                  .length = G_N_ELEMENTS(without_memfd) };

static void
test_output_without_memfd(void)
{
  assert_ended("prints", &no_memfd, "error kernel.bounds: writes to stdout or stderr");
  assert_ended("right", &no_memfd, " passed, ");
}

static void
test_no_file_for_output(void)
{
  Setting setting = no_memfd;

  setting.temporary = "/nonexistent";
  assert_ended("right", &setting,
               "optreg: static.file cannot be run: no file in '/nonexistent' for what "
               "it prints: No such file or directory");
}

/* ---- what the checker lacks is not the plugin's fault ---- */

static void
test_limits_that_leave_no_room(void)
{
  static const struct {
    int resource;
    rlim_t most;
    const char *message;
  } cases[] = {
#ifndef OPTREG_TEST_SANITIZERS /* which has no room itself */
    { RLIMIT_AS, 100 << 20, " MB of addresses, 'ulimit -v' permits 100: raise it\n" },
    { RLIMIT_AS, 200 << 20, " MB of addresses, 'ulimit -v' permits 200: raise it\n" },
    { RLIMIT_DATA, 20 << 20, " MB of data, 'ulimit -d' permits 20: raise it\n" },
#endif
    { RLIMIT_CPU, 1,
      "a check needs 2 s of a processor, 'ulimit -t' permits 1: raise it\n" },
    { RLIMIT_NOFILE, 6,
      "a check needs 8 open files, 'ulimit -n' permits 6: raise it\n" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const Setting setting = { .resource = cases[i].resource, .most = cases[i].most };
    g_autofree char *output = check("right", &setting);
    g_assert_true(g_str_has_prefix(output, "optreg: a check needs "));
    g_assert_true(g_str_has_suffix(output, cases[i].message));
  }
}

/* the user's, not the plugin's */
static void
test_a_level_that_is_none(void)
{
  g_setenv("OPTREG_ISA", "foo", TRUE);
  g_autofree char *output = check("right", &as_it_is);
  g_unsetenv("OPTREG_ISA");

  g_assert_cmpstr(output, ==,
                  "optreg: load.tables cannot be run: OPTREG_ISA is 'foo': set it to "
                  "baseline, x86-64-v3 or x86-64-v4\n");
}

static void
test_shortages(void)
{
  static const struct {
    struct sock_filter *filter;
    unsigned short length;
    const char *message;
  } cases[] = {
    { without_processes, G_N_ELEMENTS(without_processes),
      "optreg: static.file cannot be run: no process: Resource temporarily "
      "unavailable\n" },
    { without_threads, G_N_ELEMENTS(without_threads),
      "optreg: static.file cannot be run: no thread: Resource temporarily "
      "unavailable\n" },
#ifndef OPTREG_TEST_SANITIZERS /* which need much more */
    { without_memory, G_N_ELEMENTS(without_memory),
      "optreg: lifecycle.build cannot be run: no memory for what a plugin "
      "allocates\n" },
#endif
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const Setting setting = { .filter = cases[i].filter, .length = cases[i].length };
    g_autofree char *output = check("right", &setting);
    if (output == NULL) {
      g_test_skip("system calls cannot be filtered here");
      return;
    }
    g_assert_cmpstr(output, ==, cases[i].message);
  }
}

#ifndef OPTREG_TEST_SANITIZERS
static void
test_a_shortage_of_one_check(void)
{
  const Setting setting = { .filter = without_memory,
                            .length = G_N_ELEMENTS(without_memory),
                            .run = "lifecycle.build" };
  g_autofree char *output = check("right", &setting);

  if (output == NULL) {
    g_test_skip("system calls cannot be filtered here");
    return;
  }
  g_assert_cmpstr(output, ==,
                  "optreg: the check cannot be made: no memory for what a plugin "
                  "allocates\n");
}
#endif

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
  g_test_add_func("/sandbox/reaching-out/as-a-user", test_a_user_reaches_out);
  g_test_add_func("/sandbox/reaching-out/and-exiting",
                  test_whoever_reaches_out_and_exits);
  g_test_add_func("/sandbox/reaching-out/not-at-all", test_right_calls);
  g_test_add_func("/sandbox/as-root/is-left", test_a_plugin_does_not_run_as_root);
  g_test_add_func("/sandbox/as-root/reads-what-is-its-own",
                  test_a_plugin_of_root_alone_is_checked);
  g_test_add_func("/sandbox/limits/small-stack", test_a_small_stack);
  g_test_add_func("/sandbox/limits/no-memfd", test_output_without_memfd);
  g_test_add_func("/sandbox/limits/no-file", test_no_file_for_output);
  g_test_add_func("/sandbox/shortage/limits", test_limits_that_leave_no_room);
  g_test_add_func("/sandbox/shortage/level", test_a_level_that_is_none);
  g_test_add_func("/sandbox/shortage/of-each-kind", test_shortages);
#ifndef OPTREG_TEST_SANITIZERS
  g_test_add_func("/sandbox/shortage/of-one-check", test_a_shortage_of_one_check);
#endif
  return g_test_run();
}
