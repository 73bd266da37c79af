/* SPDX-License-Identifier: MIT */
/* optreg state with a file that it has no memory for says so. */
#include "folder.h"

#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* much more than the program needs to begin, much less than the file asks for */
#define ADDRESS_SPACE ((rlim_t)512 << 20)
#define HEADER_SIZE (64u << 20)

/* between fork and exec */
static void
limit_address_space(gpointer data)
{
  const struct rlimit limit = { ADDRESS_SPACE, RLIM_INFINITY };

  (void)data;
  setrlimit(RLIMIT_AS, &limit);
}

/* a sound file of a great many tensors without elements */
static void
write_large_header(const char *path)
{
  g_autoptr(GString) file = g_string_new(NULL);
  uint64_t length = 0;

  g_string_append_len(file, (const char *)&length, sizeof length);
  for (unsigned i = 0; file->len < HEADER_SIZE; i++) {
    g_string_append_printf(
        file, "%c\"%x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
        i == 0 ? '{' : ',', i);
  }
  g_string_append_c(file, '}');
  length = GUINT64_TO_LE((uint64_t)file->len - sizeof length);
  memcpy(file->str, &length, sizeof length);
  g_assert_true(g_file_set_contents(path, file->str, (gssize)file->len, NULL));
}

static void
assert_refused(const char *const *command)
{
  g_auto(GStrv) environment =
      g_environ_setenv(g_get_environ(), "OPENBLAS_NUM_THREADS", "1", TRUE);
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;

  g_spawn_sync(NULL, (char **)command, environment, 0, limit_address_space, NULL, &out,
               &err, &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, 1);
  g_assert_cmpstr(out, ==, "");
  g_assert_nonnull(strstr(err, "out of memory: reading the header needs "));
  g_assert_true(g_str_has_suffix(err, " bytes\n"));
}

static void
test_state_without_memory_says_so(Folder *folder, gconstpointer data)
{
  const char *cli = g_getenv("OPTREG_TEST_CLI"), *path = folder->path;
  const char *const commands[][6] = {
    { cli, "state", path },
    { cli, "state", "verify", path },
    { cli, "state", "diff", path, path },
  };
  (void)data;
  write_large_header(path);

  for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
    assert_refused(commands[i]);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/memory/cli", Folder, NULL, folder_set_up,
             test_state_without_memory_says_so, folder_tear_down);
  return g_test_run();
}
