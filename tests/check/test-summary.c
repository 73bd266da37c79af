/* SPDX-License-Identifier: MIT */
/* What a plugin is, is read from its file: without running it, whatever is in it. */
#include "loading/summary.h"

#include "error.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
built(const char *variable, const char *name)
{
  g_autofree char *file = g_strconcat(name, ".so", NULL);

  return g_build_filename(g_getenv(variable), file, NULL);
}

static void
test_it_says_what_the_opened_plugin_says(void)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  optreg_registry *registry = optreg_registry_new(directories, NULL);
  char **names = optreg_registry_names(registry);

  for (size_t i = 0; names[i] != NULL; i++) {
    optreg_error *error = NULL;
    optreg_plugin_summary *read = optreg_registry_summary(registry, names[i], &error);
    g_assert_null(error);
    const optreg_optimizer_info *info =
        optreg_registry_info(registry, names[i], &error);
    g_assert_null(error);
    g_assert_cmpstr(read->name, ==, info->name);
    g_assert_cmpstr(read->version, ==, info->version);
    g_assert_cmpstr(read->doc, ==, info->doc);
    g_assert_cmpstr(read->path, ==, info->path);
    optreg_plugin_summary_free(read);
  }
  g_assert_cmpuint(g_strv_length(names), >, 1);
  optreg_names_free(names);
  optreg_registry_free(registry);
}

/* its constructor would take an eighth of a second */
static void
test_nothing_of_it_runs(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "opens_slowly");
  g_autoptr(GError) error = NULL;
  optreg_plugin_summary *summary = optreg_summary_of_file(path, "opens_slowly", &error);
  g_autofree char *maps = NULL;

  g_assert_no_error(error);
  g_assert_cmpstr(summary->doc, ==, "a plugin for tests of the checker");
  g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
  g_assert_null(strstr(maps, "opens_slowly"));
  optreg_plugin_summary_free(summary);
}

static void
test_what_is_computed_when_it_is_opened_cannot_be_read(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "names_itself_late");
  g_autoptr(GError) error = NULL;

  g_assert_null(optreg_summary_of_file(path, "names_itself_late", &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_UNREADABLE);
  g_assert_nonnull(strstr(error->message, "make its class and texts constant"));
}

/* every byte of the headers and many of the rest, one at a time and several */
static void
test_damaged_files_are_survived(void)
{
  g_autofree char *path = built("OPTREG_TEST_PLUGINS", "sgd");
  g_autofree char *copy = g_build_filename(g_get_tmp_dir(), "optreg-damaged.so", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(GRand) random = g_rand_new_with_seed(1);
  gsize length, n_read = 0;

  g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
  for (size_t i = 0; i < 1500; i++) {
    g_autofree char *damaged = g_memdup2(bytes, length);
    for (size_t j = 0; j <= i % 4; j++) {
      const gint32 end = (gint32)(i % 2 == 0 ? MIN(length, 2048) : length);
      damaged[g_rand_int_range(random, 0, end)] = (char)g_rand_int(random);
    }
    const gsize kept = i % 8 == 7 ? (gsize)g_rand_int_range(random, 0, (gint32)length)
                                  : length;
    FILE *file = g_fopen(copy, "wb");
    g_assert_cmpuint(fwrite(damaged, 1, kept, file), ==, kept);
    fclose(file);
    optreg_plugin_summary *summary = optreg_summary_of_file(copy, "sgd", NULL);
    n_read += summary != NULL;
    optreg_plugin_summary_free(summary);
  }
  g_remove(copy);
  g_assert_cmpuint(n_read, >, 100);
  g_assert_cmpuint(n_read, <, 1400);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/summary/says-what-the-opened-plugin-says",
                  test_it_says_what_the_opened_plugin_says);
  g_test_add_func("/summary/nothing-of-it-runs", test_nothing_of_it_runs);
  g_test_add_func("/summary/what-is-computed-cannot-be-read",
                  test_what_is_computed_when_it_is_opened_cannot_be_read);
  g_test_add_func("/summary/damaged-files-are-survived",
                  test_damaged_files_are_survived);
  return g_test_run();
}
