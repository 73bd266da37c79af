/* SPDX-License-Identifier: MIT */
/* A file is replaced as a whole or not at all, whatever fails. */
#include "checkpoint/save.h"
#include "error.h"
#include "folder.h"
#include "memory.h"
#include "optimizer.h"
#include "world.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char yaml[] = "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n";

typedef struct Failure {
  const char *path;
  int code;
  bool is_without_unnamed, is_without_linking;
} Failure;

static const Failure failures[] = {
  { "ENOSPC", ENOSPC, false, false },      { "EIO", EIO, false, false },
  { "ENOSPC-named", ENOSPC, true, false }, { "EIO-named", EIO, true, false },
  { "EIO-again", EIO, false, true },       { "EDQUOT", EDQUOT, false, false },
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
  g_assert_true(world_save(model, folder->path, NULL));

  for (unsigned at = 1;; at++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) before = read_bytes(folder->path);
    model_train(model, 1);
    g_autoptr(GBytes) expected = save_all(model);
    new_world();
    world.most = 512;
    world.is_without_unnamed = failure->is_without_unnamed;
    world.is_without_linking = failure->is_without_linking;
    world.code = failure->code;
    world.fails_at = at;
    const bool is_saved = world_save(model, folder->path, &error);
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
    g_assert_cmpstr(world.log->str, ==, "owsclosc");
    new_world();
    g_assert_true(optreg_save_to_file(model->optimizer->engine, &world_calls,
                                      folder->path, false, NULL));
    g_assert_cmpstr(world.log->str, ==, "owscllrosc");
  }
  new_world();
  world.is_without_unnamed = true;
  g_assert_true(optreg_save_to_file(model->optimizer->engine, &world_calls,
                                    folder->path, false, NULL));
  g_assert_cmpstr(world.log->str, ==, "owscrosc");
}

/* an unnamed file that stays unnamed: everything is written once more */
static void
test_a_file_that_cannot_be_named(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;
  model_train(model, 2);
  g_autoptr(GBytes) expected = save_all(model);
  new_world();
  world.is_without_linking = true;

  g_assert_true(world_save(model, folder->path, NULL));
  g_autoptr(GBytes) actual = read_bytes(folder->path);
  assert_same_bytes(actual, expected);
  g_assert_cmpuint(count_files(folder->directory), ==, 1);
  if (has_unnamed_files(folder->directory)) {
    g_assert_nonnull(strstr(world.log->str, "wsclow"));
    g_assert_true(g_str_has_suffix(world.log->str, "wscrosc"));
  }
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

  g_assert_false(world_save(model, folder->path, NULL));
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
    g_assert_true(world_save(model, folder->path, NULL));
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

/* ---- what is no regular file ---- */

typedef struct Kind {
  const char *name, *words;
  mode_t mode;
} Kind;

static const Kind kinds[] = {
  { "folder", "a folder", S_IFDIR },
  { "named-pipe", "a named pipe", S_IFIFO },
  { "socket", "a socket", S_IFSOCK },
  { "device", "a device", S_IFCHR },
};

/* numbers of the null device; false where that is not permitted */
static bool
make_kind(const Kind *kind, const char *path)
{
  return kind->mode == S_IFDIR ? g_mkdir(path, 0700) == 0
                               : mknod(path, kind->mode | 0600, makedev(1, 3)) == 0;
}

static void
assert_kind_stays(const Model *model, const Kind *kind, const char *path,
                  const char *verb)
{
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *message = g_strdup_printf(
      "%s: %s %s, not a regular file; name another file", path, verb, kind->words);
  struct stat status;

  g_assert_false(optreg_optimizer_save(model->optimizer, path, NULL, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_IO);
  g_assert_cmpstr(error->message, ==, message);
  g_assert_cmpint(g_stat(path, &status), ==, 0);
  g_assert_cmpuint(status.st_mode & S_IFMT, ==, kind->mode);
}

static void
test_only_a_regular_file_is_replaced(Folder *folder, gconstpointer data)
{
  const Kind *kind = data;
  g_autoptr(Model) model = model_from_text(yaml);
  g_autofree char *link = g_build_filename(folder->directory, "link", NULL);

  if (!make_kind(kind, folder->path)) {
    g_test_skip("not permitted here");
    return;
  }
  g_assert_cmpint(symlink("state.safetensors", link), ==, 0);
  assert_kind_stays(model, kind, folder->path, "is");
  assert_kind_stays(model, kind, link, "leads to");
  g_assert_cmpuint(count_files(folder->directory), ==, 2);
  if (kind->mode == S_IFDIR) {
    g_assert_cmpint(g_rmdir(folder->path), ==, 0);
  }
}

static void
test_a_link_stays_and_its_file_is_replaced(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  g_autofree char *link = g_build_filename(folder->directory, "link", NULL);
  g_autofree char *chain = g_build_filename(folder->directory, "chain", NULL);
  g_autofree char *other = g_build_filename(folder->directory, "other", NULL);
  (void)data;

  g_assert_cmpint(g_mkdir(other, 0700), ==, 0);
  g_assert_cmpint(symlink("other/state", link), ==, 0);
  g_assert_cmpint(symlink(link, chain), ==, 0);
  g_autofree char *place = g_build_filename(other, "state", NULL);
  for (int i = 0; i < 2; i++) { /* the first one makes the file */
    model_train(model, 1);
    g_assert_true(optreg_optimizer_save(model->optimizer, chain, NULL, NULL));
    g_assert_true(g_file_test(chain, G_FILE_TEST_IS_SYMLINK));
    g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    optreg_checkpoint *checkpoint = optreg_checkpoint_open(place, NULL);
    g_assert_nonnull(checkpoint);
    optreg_checkpoint_free(checkpoint);
  }
  g_assert_cmpuint(count_files(other), ==, 1);
  remove_files(other);
  g_assert_cmpint(g_rmdir(other), ==, 0);
}

static void
test_links_in_a_circle_are_refused(Folder *folder, gconstpointer data)
{
  g_autoptr(Model) model = model_from_text(yaml);
  g_autoptr(optreg_error) error = NULL;
  (void)data;

  g_assert_cmpint(symlink("state.safetensors", folder->path), ==, 0);
  g_assert_false(optreg_optimizer_save(model->optimizer, folder->path, NULL, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_IO);
  g_assert_nonnull(strstr(error->message, g_strerror(ELOOP)));
  g_assert_true(g_file_test(folder->path, G_FILE_TEST_IS_SYMLINK));
}

static void
test_an_empty_name_is_refused(void)
{
  g_autoptr(Model) model = model_from_text(yaml);
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_save(model->optimizer, "", NULL, &error));
  g_assert_cmpstr(error->message, ==, "'': an empty name; name another file");
}

/* ---- names ---- */

static void
test_a_name_may_be_as_long_as_names_are(Folder *folder, gconstpointer data)
{
  static const size_t lengths[] = { 250, 255 };
  g_autoptr(Model) model = model_from_text(yaml);
  (void)data;

  for (size_t i = 0; i < 2 * G_N_ELEMENTS(lengths); i++) { /* new, then there */
    g_autofree char *name = g_strnfill(lengths[i / 2], 'n');
    g_autofree char *path = g_build_filename(folder->directory, name, NULL);
    new_world();
    world.is_without_unnamed = i % 2 == 0;
    g_assert_true(world_save(model, path, NULL));
    g_assert_true(world_save(model, path, NULL));
  }
  g_assert_cmpuint(count_files(folder->directory), ==, G_N_ELEMENTS(lengths));
}

/* ---- what kills leave behind ---- */

static char *
leave(const Folder *folder, const char *name, unsigned age_s)
{
  char *path = g_build_filename(folder->directory, name, NULL);
  struct timespec times[2];

  g_assert_true(g_file_set_contents(path, "half a checkpoint", -1, NULL));
  clock_gettime(CLOCK_REALTIME, &times[0]);
  times[0].tv_sec -= age_s;
  times[1] = times[0];
  g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
  return path;
}

static void
test_the_next_save_removes_what_is_left(Folder *folder, gconstpointer data)
{
  static const struct {
    const char *name;
    unsigned age_s;
    bool is_held, stays;
  } rows[] = {
    { ".optreg-0123abcd.tmp", 120, false, false },
    { ".optreg-00000000.tmp", 100000, false, false },
    { ".optreg-0123abce.tmp", 120, true, true }, /* being written, slowly */
    { ".optreg-0123abcf.tmp", 10, false, true }, /* perhaps not locked yet */
    { ".optreg-0123abc.tmp", 120, false, true }, /* no name of ours */
    { ".optreg-0123abcdd.tmp", 120, false, true },
    { ".optreg-0123ABCD.tmp", 120, false, true },
    { "x.optreg-0123abcd.tmp", 120, false, true },
    { ".optreg-0123abcd.tmp2", 120, false, true },
  };
  g_autoptr(Model) model = model_from_text(yaml);
  const bool *is_named = data;
  int holder = -1;

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = leave(folder, rows[i].name, rows[i].age_s);
    if (rows[i].is_held) {
      holder = open(path, O_RDWR | O_CLOEXEC);
      g_assert_cmpint(flock(holder, LOCK_EX), ==, 0);
    }
  }
  new_world();
  world.is_without_unnamed = *is_named;
  g_assert_true(world_save(model, folder->path, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_build_filename(folder->directory, rows[i].name, NULL);
    g_test_message("%s", rows[i].name);
    g_assert_cmpint(g_file_test(path, G_FILE_TEST_EXISTS), ==, rows[i].stays);
  }
  close(holder);
}

/* names of that form that are no files: nothing is opened, nothing is removed */
static void
test_what_is_no_file_is_not_swept(Folder *folder, gconstpointer data)
{
  static const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
  g_autoptr(Model) model = model_from_text(yaml);
  g_autofree char *pipe =
      g_build_filename(folder->directory, ".optreg-aaaaaaaa.tmp", NULL);
  g_autofree char *link =
      g_build_filename(folder->directory, ".optreg-bbbbbbbb.tmp", NULL);
  g_autofree char *there = leave(folder, "kept", 120);
  (void)data;

  g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
  g_assert_cmpint(symlink("kept", link), ==, 0);
  g_assert_cmpint(utimensat(AT_FDCWD, pipe, old, 0), ==, 0);
  g_assert_cmpint(utimensat(AT_FDCWD, link, old, AT_SYMLINK_NOFOLLOW), ==, 0);
  g_assert_true(optreg_optimizer_save(model->optimizer, folder->path, NULL, NULL));
  g_assert_true(g_file_test(pipe, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true(g_file_test(there, G_FILE_TEST_IS_REGULAR));
}

static bool writes_to_standard_file;

static ssize_t
note_write(int fd, const void *bytes, size_t size)
{
  writes_to_standard_file |= fd <= STDERR_FILENO;
  return write(fd, bytes, size);
}

/* a program without standard output may still print, and not into the checkpoint */
static void
test_a_file_is_never_the_standard_output(Folder *folder, gconstpointer data)
{
  const pid_t child = fork();
  int status;
  (void)data;

  if (child == 0) {
    OptregFileCalls calls = optreg_file_system;
    const OptregPiece piece = { "state", 5 };
    calls.write = note_write;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    const bool is_saved = optreg_file_replace(&calls, folder->path, &piece, 1, NULL);
    _exit(is_saved && !writes_to_standard_file ? 0 : 1);
  }
  waitpid(child, &status, 0);
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

#define ADD(path, data, test) \
  g_test_add("/file/" path, Folder, data, folder_set_up, test, folder_tear_down)

int
main(int argc, char **argv)
{
  static const bool is_named = true, is_unnamed = false;

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
    g_autofree char *path = g_strconcat("/file/failures/", failures[i].path, NULL);
    g_test_add(path, Folder, &failures[i], folder_set_up,
               test_every_failure_leaves_a_whole_file, folder_tear_down);
  }
  ADD("a-first-save-that-fails-leaves-nothing", NULL,
      test_a_first_save_that_fails_leaves_nothing);
  ADD("is-never-the-standard-output", NULL, test_a_file_is_never_the_standard_output);
  ADD("short-writes-and-interruptions", NULL,
      test_short_writes_and_interruptions_lose_nothing);
  ADD("everything-is-flushed-in-time", NULL, test_everything_is_flushed_in_time);
  ADD("cannot-be-named", NULL, test_a_file_that_cannot_be_named);
  ADD("mode", NULL, test_the_file_has_the_mode_that_new_files_have);
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *path = g_strconcat("/file/kinds/", kinds[i].name, NULL);
    g_test_add(path, Folder, &kinds[i], folder_set_up,
               test_only_a_regular_file_is_replaced, folder_tear_down);
  }
  ADD("links/stay", NULL, test_a_link_stays_and_its_file_is_replaced);
  ADD("links/in-a-circle", NULL, test_links_in_a_circle_are_refused);
  ADD("names/longest", NULL, test_a_name_may_be_as_long_as_names_are);
  ADD("leftovers/unnamed", &is_unnamed, test_the_next_save_removes_what_is_left);
  ADD("leftovers/named", &is_named, test_the_next_save_removes_what_is_left);
  ADD("leftovers/no-files", NULL, test_what_is_no_file_is_not_swept);
  g_test_add_func("/file/names/empty", test_an_empty_name_is_refused);
  g_test_add_func("/file/cannot-be-made", test_a_file_that_cannot_be_made);
  return g_test_run();
}
