/* SPDX-License-Identifier: MIT */
/* A file is replaced as a whole or not at all, whatever fails, whenever we are killed.
 */
#include "checkpoint/save.h"
#include "error.h"
#include "memory.h"
#include "optimizer.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char yaml[] = "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n";

/* ---- a folder of its own for each test ---- */

typedef struct Folder {
  char *directory, *path;
} Folder;

static void
set_up(Folder *folder, gconstpointer data)
{
  (void)data;
  folder->directory = g_dir_make_tmp("optreg-XXXXXX", NULL);
  folder->path = g_build_filename(folder->directory, "state.safetensors", NULL);
}

static size_t
count_files(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  size_t n = 0;

  while (g_dir_read_name(dir) != NULL) {
    n++;
  }
  return n;
}

/* some file systems have no files without a name; a kill leaves a named one behind
 * there */
static bool
has_unnamed_files(const char *directory)
{
  const int fd = open(directory, O_TMPFILE | O_WRONLY, 0600);

  return fd >= 0 && close(fd) == 0;
}

static void
remove_files(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name = g_dir_read_name(dir); name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_unlink(path);
  }
}

static void
tear_down(Folder *folder, gconstpointer data)
{
  (void)data;
  remove_files(folder->directory);
  g_assert_cmpint(g_rmdir(folder->directory), ==, 0);
  g_free(folder->directory);
  g_free(folder->path);
}

static GBytes *
read_bytes(const char *path)
{
  char *bytes;
  gsize size;

  g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
  return g_bytes_new_take(bytes, size);
}

/* ---- calls that fail when they are told to ---- */

static struct {
  unsigned n_calls, fails_at; /* 1 is the first; 0: none */
  int code;
  size_t n_bytes, dies_at; /* written so far; killed after so many, if not 0 */
  size_t most;             /* bytes that one write takes */
  bool is_without_unnamed; /* the file system has no O_TMPFILE */
  GString *log;            /* of the calls */
} world;

/* every call passes here with its letter */
static bool
fails(char letter)
{
  g_string_append_c(world.log, letter);
  if (++world.n_calls == world.fails_at) {
    errno = world.code;
    return true;
  }
  return false;
}

static int
world_open(const char *path, int flags, mode_t mode)
{
  if (world.is_without_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return fails('o') ? -1 : optreg_file_system.open(path, flags, mode);
}

static ssize_t
world_write(int fd, const void *bytes, size_t size)
{
  size_t n = MIN(size, world.most);

  if (fails('w')) {
    return -1;
  }
  if (world.dies_at != 0) {
    n = MIN(n, world.dies_at - world.n_bytes);
  }
  const ssize_t written = optreg_file_system.write(fd, bytes, n);
  world.n_bytes += written > 0 ? (size_t)written : 0;
  if (world.n_bytes == world.dies_at && world.dies_at != 0) {
    raise(SIGKILL);
  }
  return written;
}

static int
world_fsync(int fd)
{
  return fails('s') ? -1 : optreg_file_system.fsync(fd);
}

static int
world_link_open(int fd, const char *path)
{
  return fails('l') ? -1 : optreg_file_system.link_open(fd, path);
}

static int
world_rename(const char *from, const char *to)
{
  return fails('r') ? -1 : optreg_file_system.rename(from, to);
}

static int
world_close(int fd)
{
  const bool is_failing = fails('c');
  const int code = errno;
  const int status = optreg_file_system.close(fd);

  errno = code;
  return is_failing ? -1 : status;
}

static const OptregFileCalls world_calls = {
  .open = world_open,
  .write = world_write,
  .fsync = world_fsync,
  .link_open = world_link_open,
  .rename = world_rename,
  .unlink = unlink,
  .close = world_close,
};

static void
new_world(void)
{
  GString *log = world.log != NULL ? world.log : g_string_new(NULL);

  memset(&world, 0, sizeof world);
  world.log = g_string_truncate(log, 0);
  world.most = SIZE_MAX;
}

static bool
save(const Model *model, const char *path, GError **error)
{
  return optreg_save_to_file(model->optimizer->engine, &world_calls, path, true, error);
}

/* ---- failures ---- */

typedef struct Failure {
  const char *path;
  int code;
  bool is_without_unnamed;
} Failure;

static const Failure failures[] = {
  { "ENOSPC", ENOSPC, false },      { "EIO", EIO, false },
  { "ENOSPC-named", ENOSPC, true }, { "EIO-named", EIO, true },
  { "EDQUOT", EDQUOT, false },
};

/* whichever call fails, the file from before is there, alone, and the next save works;
 * the exceptions are calls after the rename, when the new file is in place */
static void
test_every_failure_leaves_a_whole_file(Folder *folder, gconstpointer data)
{
  const Failure *failure = data;
  g_autoptr(Model) model = model_from_text(yaml);
  unsigned n_failures = 0;
  new_world();
  world.most = 512;
  g_assert_true(save(model, folder->path, NULL));

  for (unsigned at = 1;; at++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) before = read_bytes(folder->path);
    model_train(model, 1);
    g_autoptr(GBytes) expected = save_all(model);
    new_world();
    world.most = 512;
    world.is_without_unnamed = failure->is_without_unnamed;
    world.code = failure->code;
    world.fails_at = at;
    const bool is_saved = save(model, folder->path, &error);
    g_autoptr(GBytes) after = read_bytes(folder->path);
    g_assert_cmpuint(count_files(folder->directory), ==, 1);
    g_assert_true(g_bytes_equal(after, before) || g_bytes_equal(after, expected));
    g_assert_true(!is_saved || g_bytes_equal(after, expected));
    if (world.n_calls < at) {
      break;
    }
    if (!is_saved) {
      n_failures++;
      g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_IO);
      g_assert_true(g_str_has_prefix(error->message, folder->path));
      g_assert_nonnull(strstr(error->message, g_strerror(failure->code)));
      g_assert_cmpint(g_bytes_equal(after, before), ==,
                      strstr(error->message, "is untouched") != NULL);
    }
  }
  g_assert_cmpuint(n_failures, >, 50); /* writes, open, flushes, names, rename */
}

/* what a power cut cannot undo: bytes before the name, the name before we return */
static void
test_everything_is_flushed_in_time(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text("optimizer: sgd\n");
  (void)data;

  new_world();
  g_assert_true(optreg_save_to_file(model->optimizer->engine, &world_calls,
                                    folder->path, false, NULL));
  if (has_unnamed_files(folder->directory)) {
    g_assert_cmpstr(world.log->str, ==, "owslcrosc");
  }
  new_world();
  world.is_without_unnamed = true;
  g_assert_true(optreg_save_to_file(model->optimizer->engine, &world_calls,
                                    folder->path, false, NULL));
  g_assert_cmpstr(world.log->str, ==, "owscrosc");
}

static void
test_a_first_save_that_fails_leaves_nothing(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;
  new_world();
  world.most = 512;
  world.fails_at = 9;
  world.code = ENOSPC;

  g_assert_false(save(model, folder->path, NULL));
  g_assert_cmpuint(count_files(folder->directory), ==, 0);
}

static void
test_short_writes_and_interruptions_lose_nothing(Folder *folder, gconstpointer data)
{
  static const size_t most[] = { 1, 7, 63, 4096 };
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;

  for (size_t i = 0; i < G_N_ELEMENTS(most); i++) {
    new_world();
    world.most = most[i];
    world.fails_at = 3;
    world.code = EINTR;
    model_train(model, 1);
    g_assert_true(save(model, folder->path, NULL));
    g_autoptr(GBytes) expected = save_all(model);
    g_autoptr(GBytes) actual = read_bytes(folder->path);
    assert_same_bytes(actual, expected);
  }
}

static void
test_a_file_that_cannot_be_made(void)
{
  g_autoptr(Model) model = model_from_text(yaml);
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(
      optreg_optimizer_save(model->optimizer, "/nowhere/at/all", NULL, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_IO);
  g_assert_cmpstr(error->message, ==,
                  "/nowhere/at/all: a file cannot be made in this directory: No such "
                  "file or directory; what was there before is untouched");
}

static void
test_the_file_has_the_mode_that_new_files_have(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  struct stat status;
  (void)data;
  const mode_t mask = umask(027);

  g_assert_true(optreg_optimizer_save(model->optimizer, folder->path, NULL, NULL));
  umask(mask);
  g_assert_cmpint(g_stat(folder->path, &status), ==, 0);
  g_assert_cmpint(status.st_mode & 0777, ==, 0640);
}

/* ---- kills ---- */

static bool
is_killed(pid_t child)
{
  int status = 0;

  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void
test_a_kill_at_any_byte_leaves_the_old_file(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;
  new_world();
  g_assert_true(save(model, folder->path, NULL));
  const size_t size = world.n_bytes;
  g_autoptr(GBytes) before = read_bytes(folder->path);
  model_train(model, 1);

  for (size_t at = 1; at <= size; at += at < 200 ? 13 : 997) {
    const pid_t child = fork();
    if (child == 0) {
      new_world();
      world.dies_at = at;
      save(model, folder->path, NULL);
      _exit(1);
    }
    g_assert_true(is_killed(child));
    g_autoptr(GBytes) after = read_bytes(folder->path);
    assert_same_bytes(after, before);
  }
  if (has_unnamed_files(folder->directory)) {
    g_assert_cmpuint(count_files(folder->directory), ==, 1);
  }
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

/* kill a child that saves in a loop, and return how many saves it finished */
static unsigned
kill_while_saving(Model *model, const char *path, unsigned microseconds)
{
  int ends[2];

  g_assert_cmpint(pipe(ends), ==, 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    save_forever(model, path, ends[1]);
  }
  close(ends[1]);
  g_usleep(microseconds);
  kill(child, SIGKILL);
  g_assert_true(is_killed(child));
  const unsigned n = last_number(ends[0]);
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

#define ADD(path, data, test) \
  g_test_add("/file/" path, Folder, data, set_up, test, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
    g_autofree char *path = g_strconcat("/file/failures/", failures[i].path, NULL);
    g_test_add(path, Folder, &failures[i], set_up,
               test_every_failure_leaves_a_whole_file, tear_down);
  }
  ADD("a-first-save-that-fails-leaves-nothing", NULL,
      test_a_first_save_that_fails_leaves_nothing);
  ADD("short-writes-and-interruptions", NULL,
      test_short_writes_and_interruptions_lose_nothing);
  ADD("everything-is-flushed-in-time", NULL, test_everything_is_flushed_in_time);
  ADD("mode", NULL, test_the_file_has_the_mode_that_new_files_have);
  g_test_add_func("/file/cannot-be-made", test_a_file_that_cannot_be_made);
  ADD("kill/at-any-byte", NULL, test_a_kill_at_any_byte_leaves_the_old_file);
  ADD("kill/at-random-moments", NULL, test_kills_at_random_moments);
  return g_test_run();
}
