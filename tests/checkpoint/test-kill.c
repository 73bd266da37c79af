/* SPDX-License-Identifier: MIT */
/* A file is replaced as a whole or not at all, whenever we are killed. */
#include "folder.h"
#include "memory.h"
#include "world.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static const char yaml[] = "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n";

static bool
is_killed(pid_t child)
{
  int status = 0;

  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void
kill_at(const Model *model, const char *path, size_t at, bool is_without_unnamed)
{
  const pid_t child = fork();

  if (child == 0) {
    new_world();
    world.dies_at = at;
    world.is_without_unnamed = is_without_unnamed;
    world_save(model, path, NULL);
    _exit(1);
  }
  g_assert_true(is_killed(child));
}

static void
test_a_kill_at_any_byte_leaves_the_old_file(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;
  new_world();
  g_assert_true(world_save(model, folder->path, NULL));
  const size_t size = world.n_bytes;
  g_autoptr(GBytes) before = read_bytes(folder->path);
  model_train(model, 1);

  for (size_t at = 1; at <= size; at += at < 200 ? 13 : 997) {
    kill_at(model, folder->path, at, false);
    g_autoptr(GBytes) after = read_bytes(folder->path);
    assert_same_bytes(after, before);
  }
  if (has_unnamed_files(folder->directory)) {
    g_assert_cmpuint(count_files(folder->directory), ==, 1);
  }
}

/* a name that is new appears with the whole file */
static void
test_a_killed_first_save_leaves_nothing(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;

  if (!has_unnamed_files(folder->directory)) {
    g_test_skip("this file system has no files without a name");
    return;
  }
  kill_at(model, folder->path, 100, false);
  g_assert_cmpuint(count_files(folder->directory), ==, 0);
}

static char *
find_only_file(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  const char *name = g_dir_read_name(dir);

  g_assert_nonnull(name);
  g_assert_null(g_dir_read_name(dir));
  return g_build_filename(directory, name, NULL);
}

/* where files have names from the start, a minute later somebody else tidies up */
static void
test_what_a_kill_leaves_the_next_save_removes(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  struct timespec times[2] = { 0 };
  (void)data;
  kill_at(model, folder->path, 100, true);
  g_autofree char *left = find_only_file(folder->directory);

  g_assert_true(optreg_optimizer_save(model->optimizer, folder->path, NULL, NULL));
  g_assert_true(g_file_test(left, G_FILE_TEST_EXISTS)); /* it may be somebody's yet */
  clock_gettime(CLOCK_REALTIME, &times[0]);
  times[0].tv_sec -= 90;
  times[1] = times[0];
  g_assert_cmpint(utimensat(AT_FDCWD, left, times, 0), ==, 0);
  g_assert_true(optreg_optimizer_save(model->optimizer, folder->path, NULL, NULL));
  g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
  g_assert_cmpuint(count_files(folder->directory), ==, 1);
}

/* tells through the pipe how many saves are done */
static void
save_forever(Model *model, const char *path, int pipe_end)
{
  for (unsigned n = 1;; n++) {
    model_train(model, 1);
    if (!optreg_optimizer_save(model->optimizer, path, NULL, NULL)
        || write(pipe_end, &n, sizeof n) != sizeof n) {
      _exit(1);
    }
  }
}

/* the last number that was sent before the sender died; 0: none */
static unsigned
last_number(int pipe_end)
{
  unsigned last = 0, number;

  while (read(pipe_end, &number, sizeof number) == sizeof number) {
    last = number;
  }
  return last;
}

/* let the kernel kill this process then, so that nobody has to wait */
static void
die_after(unsigned microseconds)
{
  struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
  const struct itimerspec when = { .it_value = { microseconds / 1000000,
                                                 microseconds % 1000000 * 1000 + 1 } };
  timer_t timer;

  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0
      || timer_settime(timer, 0, &when, NULL) != 0) {
    _exit(2);
  }
}

/* kill a child that saves in a loop, and return how many saves it finished */
static unsigned
kill_while_saving(Model *model, const char *path, unsigned microseconds)
{
  int ends[2];

  g_assert_cmpint(pipe(ends), ==, 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    die_after(microseconds);
    save_forever(model, path, ends[1]);
  }
  close(ends[1]);
  const unsigned n = last_number(ends[0]);
  g_assert_true(is_killed(child));
  close(ends[0]);
  return n;
}

/* in microseconds, on this disk, with what else it has to do */
static unsigned
time_of_a_save(const Model *model, const char *path)
{
  const gint64 begin = g_get_monotonic_time();

  for (int i = 0; i < 4; i++) {
    g_assert_true(optreg_optimizer_save(model->optimizer, path, NULL, NULL));
  }
  return (unsigned)(g_get_monotonic_time() - begin) / 4 + 1;
}

/* 200 random moments; the file that is found is always the newest or the one before */
static void
test_kills_at_random_moments(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  unsigned n_saves = 0;
  (void)data;
  const gint32 longest = 2 * (gint32)time_of_a_save(model, folder->path) + 1000;

  for (unsigned i = 0; i < 200; i++) {
    g_autoptr(optreg_error) error = NULL;
    const uint64_t before = optreg_optimizer_last_step(model->optimizer)->step;
    const unsigned n = kill_while_saving(model, folder->path,
                                         (unsigned)g_test_rand_int_range(0, longest));
    optreg_optimizer_load(model->optimizer, folder->path, NULL, &error);
    assert_no_error(error);
    const uint64_t found = optreg_optimizer_last_step(model->optimizer)->step;
    g_assert_true(found == before + n || found == before + n + 1);
    n_saves += n;
  }
  g_test_message("%u saves were finished", n_saves);
  g_assert_cmpuint(n_saves, >, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/kill/at-any-byte", Folder, NULL, folder_set_up,
             test_a_kill_at_any_byte_leaves_the_old_file, folder_tear_down);
  g_test_add("/kill/first-save", Folder, NULL, folder_set_up,
             test_a_killed_first_save_leaves_nothing, folder_tear_down);
  g_test_add("/kill/leftovers", Folder, NULL, folder_set_up,
             test_what_a_kill_leaves_the_next_save_removes, folder_tear_down);
  g_test_add("/kill/at-random-moments", Folder, NULL, folder_set_up,
             test_kills_at_random_moments, folder_tear_down);
  return g_test_run();
}
