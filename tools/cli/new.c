/* SPDX-License-Identifier: MIT */
/* optreg new: the project of a plugin, ready to be filled in. */
#include "support/file.h"
#include "plugins.h"
#include "support/nearest.h"
#include "usage.h"
#include "verbs.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static const Usage usage = {
  .verb = "new",
  .arguments = "NAME",
  .least = 1,
  .most = 1,
  .summary =
      "Writes a project for the optimizer NAME: its source with a table and a loop to\n"
      "fill in, a README, a configuration, a build file and a test that checks it. It\n"
      "works as it stands, as gradient descent.",
  .notes = "Then: meson setup build, meson compile -C build, meson test -C build.",
};

/* "element" or "tensor" stands where it says KIND */
static const struct {
  const char *template, *file;
} files[] = {
  { "KIND.c.in", "@NAME@.c" },         { "README.md.in", "README.md" },
  { "config.yaml.in", "@NAME@.yaml" }, { "meson.build.in", "meson.build" },
  { "gitignore.in", ".gitignore" },
};

static char *
replace(const char *text, const char *word, const char *by)
{
  GString *result = g_string_new(text);

  g_string_replace(result, word, by, 0);
  return g_string_free(result, FALSE);
}

static bool
check_name(const char *name, GError **error)
{
  if (!g_regex_match_simple("^[a-z][a-z0-9_]{0,62}$", name, G_REGEX_DOLLAR_ENDONLY,
                            0)) {
    g_set_error(
        error, STATUS_ERROR, STATUS_USAGE,
        "'%s' cannot be the name of an optimizer: names are a lower-case letter "
        "and up to 62 of a-z, 0-9 and _",
        name);
    return false;
  }
  return true;
}

static bool
check_granularity(const char *granularity, GError **error)
{
  static const char *const known[] = { "element", "tensor", NULL };

  if (!g_strv_contains(known, granularity)) {
    g_autofree char *reason = nearest_explain("granularity", granularity, known);
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, reason);
    return false;
  }
  return true;
}

/* what somebody has written there is not ours to overwrite */
static bool
make_folder(const char *folder, GError **error)
{
  if (g_mkdir_with_parents(folder, 0777) != 0) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot make '%s': %s", folder,
                g_strerror(errno));
    return false;
  }
  g_autoptr(GDir) entries = g_dir_open(folder, 0, error);
  if (entries != NULL && g_dir_read_name(entries) != NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "'%s' is not empty: name another folder with --dir", folder);
    return false;
  }
  return entries != NULL;
}

/* as a word of a shell's line */
static char *
quote(const char *text)
{
  return g_regex_match_simple("^[A-Za-z0-9_./+-]+$", text, G_REGEX_DOLLAR_ENDONLY, 0)
             ? g_strdup(text)
             : g_shell_quote(text);
}

/* meson finds an installed optreg by itself, one in its build folder it does not */
static char *
setup_line(const char *build_tree)
{
  if (build_tree == NULL) {
    return g_strdup("meson setup build");
  }
  g_autofree char *folder = g_build_filename(build_tree, "meson-uninstalled", NULL);
  g_autofree char *quoted = quote(folder);
  return g_strdup_printf("PKG_CONFIG_PATH=%s meson setup build", quoted);
}

static bool
write_file(size_t i, const char *name, const char *granularity, const char *folder,
           GError **error)
{
  g_autofree char *template = replace(files[i].template, "KIND", granularity);
  g_autofree char *resource = g_strconcat("/optreg/scaffold/", template, NULL);
  g_autoptr(GBytes)
      bytes = g_resources_lookup_data(resource, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (bytes == NULL) {
    return false;
  }
  g_autofree char *build_tree = plugins_build_tree();
  g_autofree char *setup =
      setup_line(build_tree != NULL ? build_tree : "/path/to/optreg/build");
  g_autofree char *named = replace(g_bytes_get_data(bytes, NULL), "@NAME@", name);
  g_autofree char *text = replace(named, "@SETUP@", setup);
  g_autofree char *file = replace(files[i].file, "@NAME@", name);
  g_autofree char *path = g_build_filename(folder, file, NULL);
  return file_write(path, text, -1, error);
}

static char *
program(const char *build_tree)
{
  if (build_tree == NULL) {
    return g_strdup("optreg");
  }
  g_autofree char *path = g_build_filename(build_tree, "tools", "optreg", NULL);
  return quote(path);
}

static void
print_next(const char *name, const char *folder)
{
  g_autofree char *build_tree = plugins_build_tree();
  g_autofree char *setup = setup_line(build_tree), *optreg = program(build_tree);
  g_autofree char *quoted = quote(folder);

  printf("%s/%s.c is an optimizer that works; make it yours. Then:\n\n"
         "  cd %s\n"
         "  %s\n"
         "  meson compile -C build\n"
         "  %s check build/%s.so\n"
         "  %s compare %s.yaml other.yaml --plugin-dir build\n",
         folder, name, quoted, setup, optreg, name, optreg, name);
}

Status
new_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  g_autofree char *folder = NULL, *granularity = NULL;
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &folder,
      "write to DIR, which must be empty or not there (default NAME)", "DIR" },
    { "granularity", 'g', 0, G_OPTION_ARG_STRING, &granularity,
      "what the loop sees: 'element', any run of elements (the default), or 'tensor', "
      "a "
      "whole tensor with its shape",
      "KIND" },
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  const char *name = rest[0];
  const char *kind = granularity != NULL ? granularity : "element";
  const char *place = folder != NULL ? folder : name;
  if (!check_name(name, error) || !check_granularity(kind, error)
      || !make_folder(place, error)) {
    return STATUS_FAILED;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    if (!write_file(i, name, kind, place, error)) {
      return STATUS_FAILED;
    }
  }
  print_next(name, place);
  return STATUS_DONE;
}
