/* SPDX-License-Identifier: MIT */
/* Permissions: who may change a plugin, and what the message tells to do about it. */
#include "loading/permissions.h"

#include "error.h"
#include "folders.h"

#include <unistd.h>

/* folder/plugins/good.so */
typedef struct Place {
  char *folder, *plugins, *file;
} Place;

static void
place_init(Place *place, const void *unused)
{
  (void)unused;
  place->folder = make_folder();
  place->plugins = make_subfolder(place->folder, "plugins");
  place->file = copy_fixture("good", place->plugins, "good");
}

static void
place_clear(Place *place, const void *unused)
{
  (void)unused;
  remove_folder(place->folder);
  g_free(place->plugins);
  g_free(place->file);
}

static void
set_mode(const char *path, mode_t mode)
{
  g_assert_cmpint(chmod(path, mode), ==, 0);
}

static void
assert_accepted(const char *directory, OptregTier tier, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *resolved =
      optreg_permissions_resolve(directory, "good.so", tier, &error);

  g_assert_no_error(error);
  g_assert_cmpstr(resolved, ==, path);
}

static void
assert_refused(const char *directory, OptregTier tier, const char *reason,
               const char *component, const char *remedy)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *message = g_strdup_printf(reason, component);
  g_autofree char *start = g_strdup_printf("plugin '%s/good.so': ", directory);

  g_assert_null(optreg_permissions_resolve(directory, "good.so", tier, &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION);
  g_assert_true(g_str_has_prefix(error->message, start));
  assert_contains(error->message, message);
  assert_contains(error->message, remedy);
}

static void
assert_mode_refused(const char *directory, OptregTier tier, const char *component,
                    const char *who, const char *change)
{
  g_autofree char *reason = g_strdup_printf("'%%s' may be written by %s", who);
  g_autofree char *remedy = g_strdup_printf("chmod %s %s", change, component);

  assert_refused(directory, tier, reason, component, remedy);
}

static void
test_file_for_everyone(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->file, 0646);
  assert_mode_refused(place->plugins, OPTREG_TIER_NAMED, place->file, "everyone",
                      "o-w");
}

static void
test_directory_for_everyone(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->plugins, 0757);
  assert_mode_refused(place->plugins, OPTREG_TIER_NAMED, place->plugins, "everyone",
                      "o-w");
}

/* sticky does not help: anybody could have put the plugin there; but /tmp stays as it
 * is */
static void
test_sticky_directory(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->plugins, 01777);
  g_autofree char *remedy = g_strdup_printf("mkdir -m 755 %s/plugins", place->plugins);
  assert_refused(place->plugins, OPTREG_TIER_NAMED,
                 "'%s' may be written by everyone, who could put a plugin there",
                 place->plugins, remedy);
}

static void
test_ancestor_for_everyone(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->folder, 0777);
  assert_mode_refused(place->plugins, OPTREG_TIER_NAMED, place->folder, "everyone",
                      "o-w");
}

/* like /tmp */
static void
test_sticky_ancestor(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->folder, 01777);
  assert_accepted(place->plugins, OPTREG_TIER_NAMED, place->file);
}

/* what umask 002 leaves */
static void
test_group_in_named_directory(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->plugins, 0775);
  set_mode(place->file, 0775);
  assert_accepted(place->plugins, OPTREG_TIER_NAMED, place->file);
}

static void
test_group_in_installed_directory(Place *place, const void *unused)
{
  (void)unused;
  set_mode(place->file, 0775);
  assert_mode_refused(place->plugins, OPTREG_TIER_INSTALLED, place->file, "its group",
                      "g-w");
  set_mode(place->file, 0755);
  set_mode(place->plugins, 0775);
  assert_mode_refused(place->plugins, OPTREG_TIER_INSTALLED, place->plugins,
                      "its group", "g-w");
}

static bool
give_away(const char *path, uid_t user)
{
  if (chown(path, user, (gid_t)-1) == 0) {
    return true;
  }
  g_test_skip("giving files to another user takes root");
  return false;
}

static void
test_file_of_stranger(Place *place, const void *unused)
{
  (void)unused;
  if (give_away(place->file, 12345)) {
    g_autofree char *remedy = g_strdup_printf("chown %ju ", (uintmax_t)geteuid());
    assert_refused(place->plugins, OPTREG_TIER_NAMED, "'%s' belongs to user 12345",
                   place->file, remedy);
  }
}

/* sudo in a user's checkout */
static void
test_directory_of_its_owner(Place *place, const void *unused)
{
  (void)unused;
  if (give_away(place->folder, 12346) && give_away(place->plugins, 12345)
      && give_away(place->file, 12345)) {
    assert_accepted(place->plugins, OPTREG_TIER_NAMED, place->file);
    assert_refused(place->plugins, OPTREG_TIER_INSTALLED, "'%s' belongs to user 12345",
                   place->file, "chown");
  }
}

static void
test_link_inside(Place *place, const void *unused)
{
  (void)unused;
  g_autofree char *version = g_build_filename(place->plugins, "good-1.2.so", NULL);

  g_assert_cmpint(rename(place->file, version), ==, 0);
  g_assert_cmpint(symlink("good-1.2.so", place->file), ==, 0);
  assert_accepted(place->plugins, OPTREG_TIER_NAMED, version);
}

static void
test_link_outside(Place *place, const void *unused)
{
  (void)unused;
  g_autofree char *outside = g_build_filename(place->folder, "good.so", NULL);

  g_assert_cmpint(rename(place->file, outside), ==, 0);
  g_assert_cmpint(symlink("../good.so", place->file), ==, 0);
  assert_refused(place->plugins, OPTREG_TIER_NAMED, "it is a link to '%s', outside of",
                 outside, "copy the file there");
}

/* "/a/plugins2" is not in "/a/plugins" */
static void
test_link_to_longer_name(Place *place, const void *unused)
{
  (void)unused;
  g_autofree char *other = make_subfolder(place->folder, "plugins2");
  g_autofree char *outside = g_build_filename(other, "good.so", NULL);

  g_assert_cmpint(rename(place->file, outside), ==, 0);
  g_assert_cmpint(symlink("../plugins2/good.so", place->file), ==, 0);
  assert_refused(place->plugins, OPTREG_TIER_NAMED, "it is a link to '%s', outside of",
                 outside, "copy the file there");
}

static void
test_dangling_link(Place *place, const void *unused)
{
  (void)unused;
  g_assert_cmpint(g_unlink(place->file), ==, 0);
  g_assert_cmpint(symlink("nowhere.so", place->file), ==, 0);
  assert_refused(place->plugins, OPTREG_TIER_NAMED, "cannot resolve '%s'", place->file,
                 "No such file or directory");
}

static void
test_linked_directory(Place *place, const void *unused)
{
  (void)unused;
  g_autofree char *link = g_build_filename(place->folder, "link", NULL);

  g_assert_cmpint(symlink("plugins", link), ==, 0);
  assert_accepted(link, OPTREG_TIER_NAMED, place->file);
}

/* the real path is closed, but anybody may point the link elsewhere */
static void
test_link_that_anybody_may_change(Place *place, const void *unused)
{
  (void)unused;
  g_autofree char *open = make_subfolder(place->folder, "open");
  g_autofree char *link = g_build_filename(open, "link", NULL);

  g_assert_cmpint(symlink("../plugins", link), ==, 0);
  set_mode(open, 0777);
  assert_mode_refused(link, OPTREG_TIER_NAMED, open, "everyone", "o-w");
}

static void
test_not_a_file(Place *place, const void *unused)
{
  (void)unused;
  g_assert_cmpint(g_unlink(place->file), ==, 0);
  g_assert_cmpint(g_mkdir(place->file, 0755), ==, 0);
  assert_refused(place->plugins, OPTREG_TIER_NAMED, "'%s' is not a regular file",
                 place->file, "remove it");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(Place *place, const void *unused);
  } tests[] = {
    { "/permissions/refuse/file-for-everyone", test_file_for_everyone },
    { "/permissions/refuse/directory-for-everyone", test_directory_for_everyone },
    { "/permissions/refuse/sticky-directory", test_sticky_directory },
    { "/permissions/refuse/ancestor-for-everyone", test_ancestor_for_everyone },
    { "/permissions/accept/sticky-ancestor", test_sticky_ancestor },
    { "/permissions/accept/group-in-named-directory", test_group_in_named_directory },
    { "/permissions/refuse/group-in-installed-directory",
      test_group_in_installed_directory },
    { "/permissions/refuse/file-of-stranger", test_file_of_stranger },
    { "/permissions/accept/directory-of-its-owner", test_directory_of_its_owner },
    { "/permissions/accept/link-inside", test_link_inside },
    { "/permissions/refuse/link-outside", test_link_outside },
    { "/permissions/refuse/link-to-longer-name", test_link_to_longer_name },
    { "/permissions/refuse/dangling-link", test_dangling_link },
    { "/permissions/accept/linked-directory", test_linked_directory },
    { "/permissions/refuse/link-that-anybody-may-change",
      test_link_that_anybody_may_change },
    { "/permissions/refuse/not-a-file", test_not_a_file },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Place, NULL, place_init, tests[i].run, place_clear);
  }
  return g_test_run();
}
