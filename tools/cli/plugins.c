/* SPDX-License-Identifier: MIT */
/* Plugin folders: those named, and the build tree's. */
#include "plugins.h"

static const char marker[] = "optreg-build-tree";

/* The build tree is known by a file that is never installed, so that no path of the
 * build has to be compiled in. */
char *
plugins_build_tree(void)
{
  g_autofree char *executable = g_file_read_link("/proc/self/exe", NULL);

  if (executable == NULL) {
    return NULL;
  }
  g_autofree char *folder = g_path_get_dirname(executable);
  g_autofree char *root = g_path_get_dirname(folder);
  g_autofree char *file = g_build_filename(root, marker, NULL);
  return g_file_test(file, G_FILE_TEST_IS_REGULAR)
             ? g_steal_pointer(&root)
             : NULL;
}

optreg_registry *
plugins_open(char *const *directories, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *build_tree = plugins_build_tree();
  optreg_error *failure = NULL;

  for (size_t i = 0; directories != NULL && directories[i] != NULL; i++) {
    g_ptr_array_add(all, g_canonicalize_filename(directories[i], NULL));
  }
  if (build_tree != NULL) {
    g_ptr_array_add(all, g_build_filename(build_tree, "plugins", NULL));
  }
  g_ptr_array_add(all, NULL);
  optreg_registry *registry =
      optreg_registry_new((const char *const *)all->pdata, &failure);
  if (registry == NULL) {
    status_take(failure, error);
  }
  return registry;
}
