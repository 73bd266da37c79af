/* SPDX-License-Identifier: MIT */
/* Reading ends at the limit, whatever it is that is read. */
#include "text_file.h"

#include "error.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static char *
path_of(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static void
test_whole(void)
{
  g_autofree char *path = path_of("whole");
  g_autoptr(GError) error = NULL;
  gsize length;

  g_assert_true(g_file_set_contents(path, "optimizer: sgd\n", -1, NULL));
  g_autofree char *text = optreg_text_file_read(path, 15, &length, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(text, ==, "optimizer: sgd\n");
  g_assert_cmpuint(length, ==, 15);
}

static void
test_empty(void)
{
  g_autofree char *path = path_of("empty");
  gsize length;

  g_assert_true(g_file_set_contents(path, "", -1, NULL));
  g_autofree char *text = optreg_text_file_read(path, 15, &length, NULL);
  g_assert_cmpstr(text, ==, "");
  g_assert_cmpuint(length, ==, 0);
}

/* of which only the beginning is read: there is no memory for the whole */
static void
test_huge(void)
{
  g_autofree char *path = path_of("huge");
  gsize length;
  const int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

  g_assert_cmpint(ftruncate(fd, (off_t)1 << 42), ==, 0);
  close(fd);
  g_autofree char *text = optreg_text_file_read(path, 1 << 20, &length, NULL);
  g_assert_nonnull(text);
  g_assert_cmpuint(length, ==, (1 << 20) + 1);
}

static void
test_endless(void)
{
  gsize length;
  g_autofree char *text = optreg_text_file_read("/dev/zero", 1 << 20, &length, NULL);

  g_assert_nonnull(text);
  g_assert_cmpuint(length, ==, (1 << 20) + 1);
}

static void
test_pipe_without_a_writer(void)
{
  g_autofree char *path = path_of("quiet");
  gsize length;

  g_assert_cmpint(mkfifo(path, 0600), ==, 0);
  g_autofree char *text = optreg_text_file_read(path, 100, &length, NULL);
  g_assert_cmpstr(text, ==, "");
}

static void *
write_slowly(void *data)
{
  const int fd = GPOINTER_TO_INT(data);

  for (int i = 0; i < 1000; i++) {
    if (write(fd, "0123456789", 10) != 10) {
      break;
    }
    g_thread_yield();
  }
  close(fd);
  return NULL;
}

/* as the shell's <(...) gives it */
static void
test_pipe(void)
{
  int ends[2];
  gsize length;

  g_assert_cmpint(pipe(ends), ==, 0);
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", ends[0]);
  GThread *writer = g_thread_new(NULL, write_slowly, GINT_TO_POINTER(ends[1]));
  g_autofree char *text = optreg_text_file_read(path, 1 << 20, &length, NULL);
  g_thread_join(writer);
  close(ends[0]);
  g_assert_cmpuint(length, ==, 10000);
  g_assert_true(g_str_has_suffix(text, "0123456789"));
}

static void
test_missing(void)
{
  g_autoptr(GError) error = NULL;
  gsize length;

  g_assert_null(optreg_text_file_read("no/such.yaml", 15, &length, &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_NOT_FOUND);
  g_assert_cmpstr(error->message, ==,
                  "no/such.yaml: cannot be read: it does not exist");
}

static void
test_folder(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *message =
      g_strdup_printf("%s: cannot be read: it is a folder", folder);
  gsize length;

  g_assert_null(optreg_text_file_read(folder, 15, &length, &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_IO);
  g_assert_cmpstr(error->message, ==, message);
}

int
main(int argc, char **argv)
{
  static const char *const names[] = { "whole", "empty", "huge", "quiet" };

  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL);
  g_test_add_func("/text-file/whole", test_whole);
  g_test_add_func("/text-file/empty", test_empty);
  g_test_add_func("/text-file/limit/huge-file", test_huge);
  g_test_add_func("/text-file/limit/endless-device", test_endless);
  g_test_add_func("/text-file/pipe/without-a-writer-is-empty",
                  test_pipe_without_a_writer);
  g_test_add_func("/text-file/pipe/is-read-to-its-end", test_pipe);
  g_test_add_func("/text-file/refuse/missing", test_missing);
  g_test_add_func("/text-file/refuse/folder", test_folder);
  const int status = g_test_run();
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = path_of(names[i]);
    g_remove(path);
  }
  g_rmdir(folder);
  g_free(folder);
  return status;
}
