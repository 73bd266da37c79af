/* SPDX-License-Identifier: MIT */
/* `optreg compare` in a folder of its own, for tests of what it says and writes. */
#ifndef OPTREG_TESTS_HARNESS_COMPARING_H
#define OPTREG_TESTS_HARNESS_COMPARING_H

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct Fixture {
  char *folder;
  char *out, *err;
} Fixture;

static inline void
write_file(const Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline void
set_up(Fixture *fixture, const void *unused)
{
  (void)unused;
  fixture->folder = g_dir_make_tmp("optreg-compare-XXXXXX", NULL);
  write_file(fixture, "adadelta.yaml",
             "optimizer: adadelta\nlearning_rate: 1.0\nepsilon: 1e-6\n");
  write_file(fixture, "adam.yaml", "optimizer: adam\nlearning_rate: 0.01\n");
  write_file(fixture, "sgd.yaml", "optimizer: sgd\nlearning_rate: 0.1\n");
  write_file(fixture, "slow.yaml", "optimizer: sgd\nlearning_rate: 1e-5\n");
  write_file(fixture, "wild.yaml", "optimizer: sgd\nlearning_rate: 1e38\n");
}

static inline void
remove_tree(const char *path)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);

  for (const char *name;
       directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_remove(path);
}

static inline void
tear_down(Fixture *fixture, const void *unused)
{
  (void)unused;
  remove_tree(fixture->folder);
  g_free(fixture->folder);
  g_free(fixture->out);
  g_free(fixture->err);
}

static inline int
run(Fixture *fixture, const char *line)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *whole =
      g_strdup_printf("%s compare %s", g_getenv("OPTREG_TEST_CLI"), line);
  g_auto(GStrv) arguments = g_strsplit(whole, " ", -1);
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_cwd(launcher, fixture->folder);
  g_subprocess_launcher_unsetenv(launcher, "OPTREG_PLUGIN_PATH");
  g_autoptr(GSubprocess) process =
      g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments, &error);
  g_assert_no_error(error);
  g_clear_pointer(&fixture->out, g_free);
  g_clear_pointer(&fixture->err, g_free);
  g_subprocess_communicate_utf8(process, NULL, NULL, &fixture->out, &fixture->err,
                                &error);
  g_assert_no_error(error);
  g_assert_true(g_subprocess_get_if_exited(process));
  return g_subprocess_get_exit_status(process);
}

static inline void
assert_has(const char *text, const char *part)
{
  if (strstr(text, part) == NULL) {
    g_error("'%s' is not in:\n%s", part, text);
  }
}

static inline void
assert_lacks(const char *text, const char *part)
{
  if (strstr(text, part) != NULL) {
    g_error("'%s' is in:\n%s", part, text);
  }
}

static inline JsonNode *
read_json(const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;

  json_parser_load_from_file(parser, path, &error);
  g_assert_no_error(error);
  return json_parser_steal_root(parser);
}

static inline JsonObject *
problem_of(JsonNode *results, guint index)
{
  JsonArray *problems =
      json_object_get_array_member(json_node_get_object(results), "problems");
  return json_array_get_object_element(problems, index);
}

#endif
