/* SPDX-License-Identifier: MIT */
/* Where tests find the source and build trees, and a registry of what was built. */
#ifndef OPTREG_TESTS_TREES_H
#define OPTREG_TESTS_TREES_H

#include <glib.h>
#include <optreg/optreg.h>

/* A path below tests/ in the build tree and in the source tree; the build sets
 * G_TEST_BUILDDIR and G_TEST_SRCDIR to the test's own folder in each. */
static inline char *
built_path(const char *path)
{
  g_autofree char *relative = g_test_build_filename(G_TEST_BUILT, "..", path, NULL);
  return g_canonicalize_filename(relative, NULL);
}

static inline char *
source_path(const char *path)
{
  g_autofree char *relative = g_test_build_filename(G_TEST_DIST, "..", path, NULL);
  return g_canonicalize_filename(relative, NULL);
}

/* For calls that a test needs but is not about. */
static inline void
assert_no_error(const optreg_error *error)
{
  if (error != NULL) {
    g_error("%s", error->message);
  }
}

/* The project's plugins and those in tests/plugins. */
static inline optreg_registry *
built_plugins(void)
{
  g_autofree char *plugins = built_path("../plugins");
  g_autofree char *test_plugins = built_path("plugins");
  const char *const directories[] = { plugins, test_plugins, NULL };
  optreg_error *error = NULL;
  optreg_registry *registry = optreg_registry_new(directories, &error);
  assert_no_error(error);
  return registry;
}

static inline optreg_optimizer *
optimizer_from_text(const char *yaml)
{
  optreg_error *error = NULL;
  optreg_registry *registry = built_plugins();
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, yaml, "test.yaml", &error);
  optreg_registry_free(registry);
  assert_no_error(error);
  return optimizer;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_registry, optreg_registry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_optimizer, optreg_optimizer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_error, optreg_error_free)

#endif
