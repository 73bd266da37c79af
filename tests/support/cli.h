/* SPDX-License-Identifier: MIT */
/* The executable from outside, in a folder of its own that goes with the test. */
#ifndef OPTREG_TESTS_CLI_H
#define OPTREG_TESTS_CLI_H

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>

/* what the last command has said, and its exit status */
typedef struct Cli {
  char *folder;
  char *out, *err;
  int status;
  bool has_own_tmp; /* trainings of other tests are not waited for */
} Cli;

static inline void
cli_init(Cli *cli)
{
  *cli = (Cli){ .folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL) };
  g_assert_nonnull(cli->folder);
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
cli_clear(Cli *cli)
{
  remove_tree(cli->folder);
  g_clear_pointer(&cli->folder, g_free);
  g_clear_pointer(&cli->out, g_free);
  g_clear_pointer(&cli->err, g_free);
}

static inline char *
cli_path(const Cli *cli, const char *name)
{
  return g_build_filename(cli->folder, name, NULL);
}

static inline void
cli_write(const Cli *cli, const char *name, const char *text)
{
  g_autofree char *path = cli_path(cli, name);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline char *
cli_read(const Cli *cli, const char *name)
{
  g_autofree char *path = cli_path(cli, name);
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  return text;
}

static inline bool
cli_has(const Cli *cli, const char *name)
{
  g_autofree char *path = cli_path(cli, name);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* the executable and the words of `line` */
static inline GStrv
cli_words(const char *line)
{
  g_autofree char *whole = g_strdup_printf("%s %s", g_getenv("OPTREG_TEST_CLI"), line);
  GStrv words = g_strsplit(whole, " ", -1);

  for (size_t i = 0; words[i] != NULL; i++) {
    if (g_str_equal(words[i], "@moody")) {
      g_free(words[i]);
      words[i] = g_strdup(g_getenv("OPTREG_TEST_MOODY"));
    }
  }
  return words;
}

/* Start the executable with the words of `line`, in the folder; "@moody" stands for the
 * folder of that plugin. */
static inline GSubprocess *
cli_spawn(const Cli *cli, const char *line)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_auto(GStrv) arguments = cli_words(line);
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_cwd(launcher, cli->folder);
  if (cli->has_own_tmp) {
    g_subprocess_launcher_setenv(launcher, "TMPDIR", cli->folder, TRUE);
  }
  g_subprocess_launcher_unsetenv(launcher, "OPTREG_PLUGIN_PATH");
  GSubprocess *process =
      g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments, &error);
  g_assert_no_error(error);
  return process;
}

/* Wait for its end; the exit status. */
static inline int
cli_wait(Cli *cli, GSubprocess *process)
{
  g_autoptr(GError) error = NULL;

  g_clear_pointer(&cli->out, g_free);
  g_clear_pointer(&cli->err, g_free);
  g_subprocess_communicate_utf8(process, NULL, NULL, &cli->out, &cli->err, &error);
  g_assert_no_error(error);
  g_assert_true(g_subprocess_get_if_exited(process));
  cli->status = g_subprocess_get_exit_status(process);
  return cli->status;
}

/* Run it to its end; the exit status. */
static inline int
cli_run(Cli *cli, const char *line)
{
  g_autoptr(GSubprocess) process = cli_spawn(cli, line);
  return cli_wait(cli, process);
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

#endif
