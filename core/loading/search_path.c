/* SPDX-License-Identifier: MIT */
/* Where plugins are looked for. */
#include "search_path.h"

#include "dylib.h"
#include "environment.h"
#include "error.h"
#include "names.h"
#include "permissions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENVIRONMENT "OPTREG_PLUGIN_PATH"
#define SUFFIX ".so"

struct OptregSearchPath {
  GPtrArray *directories; /* char *, NULL-terminated */
  size_t n_named;         /* by the caller or the environment; the rest is installed */
};

static void
add(OptregSearchPath *self, const char *directory)
{
  g_ptr_array_insert(self->directories, (int)self->directories->len - 1,
                     g_strdup(directory));
}

static bool
add_given(OptregSearchPath *self, const char *const *directories, GError **error)
{
  for (; directories != NULL && *directories != NULL; directories++) {
    if (!g_path_is_absolute(*directories)) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                  "plugin directory '%s' is not absolute: give its full path",
                  *directories);
      return false;
    }
    if (g_file_test(*directories, G_FILE_TEST_IS_REGULAR)) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                  "plugin directory '%s' is a file: name the directory that holds it",
                  *directories);
      return false;
    }
    if (!g_file_test(*directories, G_FILE_TEST_IS_DIR)) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NOT_FOUND,
                  "plugin directory '%s' does not exist: create it or leave it out",
                  *directories);
      return false;
    }
    add(self, *directories);
  }
  return true;
}

static bool
add_environment(OptregSearchPath *self, GError **error)
{
  const char *text = optreg_environment_text(ENVIRONMENT);
  if (text == NULL) {
    return true;
  }
  g_auto(GStrv) directories = g_strsplit(text, ":", -1);
  for (char **directory = directories; *directory != NULL; directory++) {
    if (!g_path_is_absolute(*directory)) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                  ENVIRONMENT
                  " has the entry '%s', which is %s: use full paths with ':' "
                  "between them",
                  *directory, **directory == '\0' ? "empty" : "not absolute");
      return false;
    }
    add(self, *directory);
  }
  return true;
}

static void
add_installed(OptregSearchPath *self)
{
  g_autofree char *own = optreg_dylib_own_directory();

  if (own != NULL) {
    g_autofree char *directory = g_build_filename(own, "optreg", "1", NULL);
    add(self, directory);
  }
}

OptregSearchPath *
optreg_search_path_new(const char *const *directories, GError **error)
{
  g_autoptr(OptregSearchPath) self = g_new0(OptregSearchPath, 1);

  self->directories = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(self->directories, NULL);
  if (!add_given(self, directories, error) || !add_environment(self, error)) {
    return NULL;
  }
  self->n_named = self->directories->len - 1;
  add_installed(self);
  return g_steal_pointer(&self);
}

void
optreg_search_path_free(OptregSearchPath *self)
{
  if (self != NULL) {
    g_ptr_array_unref(self->directories);
    g_free(self);
  }
}

const char *const *
optreg_search_path_directories(const OptregSearchPath *self)
{
  return (const char *const *)self->directories->pdata;
}

static bool
has_file(const char *directory, const char *file)
{
  g_autofree char *path = g_build_filename(directory, file, NULL);
  struct stat status;

  /* one that cannot be looked at is there: passing it over would load another instead
   */
  return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static void
explain_absence(const char *directory, const char *file, GString *reasons)
{
  g_string_append_printf(reasons, "%s%s (", reasons->len == 0 ? "" : ", ", directory);
  if (g_file_test(directory, G_FILE_TEST_IS_DIR)) {
    g_string_append_printf(reasons, "has no %s)", file);
  } else if (g_file_test(directory, G_FILE_TEST_EXISTS)) {
    g_string_append(reasons, "is not a directory)");
  } else {
    g_string_append(reasons, "does not exist)");
  }
}

bool
optreg_search_path_find(const OptregSearchPath *self, const char *name, char **file,
                        GString *reasons, GError **error)
{
  g_autofree char *wanted = g_strconcat(name, SUFFIX, NULL);
  const char *const *directories = optreg_search_path_directories(self);

  *file = NULL;
  for (size_t i = 0; directories[i] != NULL; i++) {
    const OptregTier tier = i < self->n_named ? OPTREG_TIER_NAMED
                                              : OPTREG_TIER_INSTALLED;
    if (has_file(directories[i], wanted)) {
      *file = optreg_permissions_resolve(directories[i], wanted, tier, error);
      return *file != NULL;
    }
    explain_absence(directories[i], wanted, reasons);
  }
  return true;
}

/* links to one file are one */
static void
add_hidden(GPtrArray *files, const char *path, const char *used)
{
  char *resolved = realpath(path, NULL);

  if (resolved != NULL && g_strcmp0(resolved, used) != 0
      && !g_ptr_array_find_with_equal_func(files, resolved, g_str_equal, NULL)) {
    g_ptr_array_add(files, g_strdup(resolved));
  }
  free(resolved);
}

char **
optreg_search_path_hidden(const OptregSearchPath *self, const char *name,
                          const char *used)
{
  const char *const *directories = optreg_search_path_directories(self);
  GPtrArray *files = g_ptr_array_new();
  g_autofree char *file = g_strconcat(name, SUFFIX, NULL);

  for (; *directories != NULL; directories++) {
    g_autofree char *path = g_build_filename(*directories, file, NULL);
    add_hidden(files, path, used);
  }
  g_ptr_array_add(files, NULL);
  return (char **)g_ptr_array_free(files, FALSE);
}

static void
add_name(const char *file, GHashTable *names)
{
  if (g_str_has_suffix(file, SUFFIX)) {
    g_autofree char *name = g_strndup(file, strlen(file) - strlen(SUFFIX));
    if (optreg_name_is_valid(name)) {
      g_hash_table_add(names, g_steal_pointer(&name));
    }
  }
}

void
optreg_search_path_add_names(const OptregSearchPath *self, GHashTable *names)
{
  const char *const *directories = optreg_search_path_directories(self);

  for (; *directories != NULL; directories++) {
    g_autoptr(GDir) directory = g_dir_open(*directories, 0, NULL);
    const char *file;
    while (directory != NULL && (file = g_dir_read_name(directory)) != NULL) {
      add_name(file, names);
    }
  }
}
