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
#include <sys/stat.h>

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
    g_assert_cmpstr(world.log->str, ==, "owslcrosc");
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
    g_assert_nonnull(strstr(world.log->str, "wslcow"));
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

#define ADD(path, data, test) \
  g_test_add("/file/" path, Folder, data, folder_set_up, test, folder_tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
    g_autofree char *path = g_strconcat("/file/failures/", failures[i].path, NULL);
    g_test_add(path, Folder, &failures[i], folder_set_up,
               test_every_failure_leaves_a_whole_file, folder_tear_down);
  }
  ADD("a-first-save-that-fails-leaves-nothing", NULL,
      test_a_first_save_that_fails_leaves_nothing);
  ADD("short-writes-and-interruptions", NULL,
      test_short_writes_and_interruptions_lose_nothing);
  ADD("everything-is-flushed-in-time", NULL, test_everything_is_flushed_in_time);
  ADD("cannot-be-named", NULL, test_a_file_that_cannot_be_named);
  ADD("mode", NULL, test_the_file_has_the_mode_that_new_files_have);
  g_test_add_func("/file/cannot-be-made", test_a_file_that_cannot_be_made);
  return g_test_run();
}
