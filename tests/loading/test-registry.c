/* SPDX-License-Identifier: MIT */
/* The registry: where names are looked for, in which order, and what is said when they
 * are not there. */
#include "folders.h"
#include "loading/registry.h"

extern const struct optreg_plugin static_plugin;

static optreg_registry *
open_registry(const char *first, const char *second)
{
  const char *const directories[] = { first, second, NULL };
  g_autoptr(optreg_error) error = NULL;
  optreg_registry *registry = optreg_registry_new(directories, &error);

  assert_no_error(error);
  return registry;
}

static void
assert_no_registry(const char *directory, optreg_error_code code, const char *message)
{
  const char *const directories[] = { directory, NULL };
  g_autoptr(optreg_error) error = NULL;

  g_assert_null(optreg_registry_new(directories, &error));
  g_assert_cmpstr(error->message, ==, message);
  g_assert_cmpint(error->code, ==, code);
}

static void
assert_path(optreg_registry *registry, const char *name, const char *path)
{
  g_autoptr(optreg_error) error = NULL;
  const optreg_optimizer_info *info = optreg_registry_info(registry, name, &error);

  assert_no_error(error);
  g_assert_cmpstr(info->path, ==, path);
}

/* the message, to be freed */
static char *
assert_not_found(optreg_registry *registry, const char *name)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_null(optreg_registry_info(registry, name, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_NOT_FOUND);
  return g_strdup(error->message);
}

static void
test_first_directory_wins(void)
{
  g_autoptr(Folder) a = make_folder();
  g_autoptr(Folder) b = make_folder();
  g_autofree char *in_a = copy_fixture("good", a, "good");
  g_autofree char *in_b = copy_fixture("good", b, "good");
  g_autofree char *only_in_b = copy_fixture("grown_rows", b, "grown_rows");
  g_autoptr(optreg_registry) registry = open_registry(a, b);
  g_autoptr(optreg_registry) turned = open_registry(b, a);

  assert_path(registry, "good", in_a);
  assert_path(registry, "grown_rows", only_in_b);
  assert_path(turned, "good", in_b);
}

/* the second folder's file, and that of a third that has it as a link only once */
static void
test_hidden_files_are_named(void)
{
  g_autoptr(Folder) a = make_folder();
  g_autoptr(Folder) b = make_folder();
  g_autoptr(Folder) c = make_folder();
  g_autofree char *in_a = copy_fixture("good", a, "good");
  g_autofree char *in_b = copy_fixture("good", b, "good");
  g_autofree char *link = g_build_filename(c, "good.so", NULL);
  g_assert_cmpint(symlink(in_b, link), ==, 0);
  const char *const directories[] = { a, b, c, NULL };
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);

  optreg_plugin_summary *summary = optreg_registry_summary(registry, "good", NULL);
  g_assert_cmpstr(summary->path, ==, in_a);
  g_assert_cmpstr(summary->hides[0], ==, in_b);
  g_assert_null(summary->hides[1]);
  optreg_plugin_summary_free(summary);

  const optreg_optimizer_info *info = optreg_registry_info(registry, "good", NULL);
  g_assert_cmpstr(info->hides[0], ==, in_b);
  g_assert_null(info->hides[1]);
  summary = optreg_registry_summary(registry, "good", NULL);
  g_assert_cmpstr(summary->hides[0], ==, in_b);
  optreg_plugin_summary_free(summary);
}

static void
note_message(void *context, uint32_t level, const char *message)
{
  g_assert_cmpuint(level, ==, 1); /* INFO */
  g_ptr_array_add(context, g_strdup(message));
}

static void
test_the_log_names_hidden_files(void)
{
  g_autoptr(Folder) a = make_folder();
  g_autoptr(Folder) b = make_folder();
  g_autofree char *in_a = copy_fixture("good", a, "good");
  g_autofree char *in_b = copy_fixture("good", b, "good");
  g_autofree char *expected =
      g_strdup_printf("optimizer 'good' is of %s, which hides '%s'", in_a, in_b);
  g_autoptr(optreg_registry) registry = open_registry(a, b);
  g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func(g_free);
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, "optimizer: good\n", "test", NULL);
  const uint64_t dims[] = { 2 };
  float param[2] = { 0 }, gradient[2] = { 0 };

  g_assert_true(optreg_optimizer_set_log(optimizer, note_message, messages, NULL));
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, dims, 1, param, gradient,
                                 NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_assert_cmpuint(messages->len, ==, 1);
  g_assert_cmpstr(messages->pdata[0], ==, expected);
  optreg_optimizer_free(optimizer);
}

static void
test_nothing_is_hidden(void)
{
  g_autoptr(Folder) a = make_folder();
  add_fixture("good", a, "good");
  g_autoptr(optreg_registry) registry = open_registry(a, a);

  g_assert_null(optreg_registry_info(registry, "good", NULL)->hides[0]);
}

/* a broken plugin is not passed over for one further down */
static void
test_failure_is_no_fallback(void)
{
  g_autoptr(Folder) a = make_folder();
  g_autoptr(Folder) b = make_folder();
  g_autofree char *broken = copy_fixture("wrong_abi", a, "good");
  add_fixture("good", b, "good");
  g_autoptr(optreg_registry) registry = open_registry(a, b);
  g_autoptr(optreg_error) error = NULL;

  g_assert_null(optreg_registry_info(registry, "good", &error));
  assert_contains(error->message, broken);
  assert_contains(error->message, "speaks ABI 999");
}

static void
test_same_directory_twice(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = copy_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder, folder);
  char **names = optreg_registry_names(registry);

  g_assert_cmpstr(names[0], ==, "good");
  g_assert_null(names[1]);
  assert_path(registry, "good", path);
  optreg_names_free(names);
}

static void
test_order_of_search(void)
{
  g_autoptr(Folder) given = make_folder();
  g_autofree char *environment = g_strconcat(given, "/not/there:", given, NULL);
  g_autofree char *absent = g_strconcat(given, "/not/there", NULL);

  g_setenv("OPTREG_PLUGIN_PATH", environment, TRUE);
  g_autoptr(optreg_registry) registry = open_registry(given, NULL);
  g_unsetenv("OPTREG_PLUGIN_PATH");
  const char *const *directories = optreg_registry_directories(registry);

  g_assert_cmpstr(directories[0], ==, given);
  g_assert_cmpstr(directories[1], ==, absent);
  g_assert_cmpstr(directories[2], ==, given);
  g_assert_true(g_str_has_suffix(directories[3], "/optreg/1"));
  g_assert_null(directories[4]);
}

/* here the library is part of the test program */
static void
test_installed_directory_is_beside_the_library(void)
{
  g_autofree char *program = built_path("loading");
  g_autofree char *resolved = realpath(program, NULL);
  g_autofree char *expected = g_build_filename(resolved, "optreg", "1", NULL);
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);

  g_assert_cmpstr(optreg_registry_directories(registry)[0], ==, expected);
}

/* stricter than for the directories that the caller names */
static void
test_installed_directory_is_closed_to_its_group(void)
{
  g_autofree char *program = built_path("loading");
  g_autofree char *resolved = realpath(program, NULL);
  remove_folder(g_build_filename(resolved, "optreg", NULL)); /* of an aborted run */
  g_autoptr(Folder) outer = make_subfolder(resolved, "optreg");
  g_autofree char *installed = make_subfolder(outer, "1");
  g_autofree char *path = copy_fixture("good", installed, "good");
  g_autofree char *remedy = g_strconcat("chmod g-w ", path, NULL);
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);
  g_autoptr(optreg_registry) naming = open_registry(installed, NULL);
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(chmod(path, 0775), ==, 0);
  assert_path(naming, "good", path);
  g_assert_null(optreg_registry_info(registry, "good", &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_PERMISSION);
  assert_contains(error->message, remedy);
}

static void
test_refuse_directories(void)
{
  assert_no_registry("plugins", OPTREG_ERROR_ARGUMENT,
                     "plugin directory 'plugins' is not absolute: give its full path");
  assert_no_registry("", OPTREG_ERROR_ARGUMENT,
                     "plugin directory '' is not absolute: give its full path");
  assert_no_registry(
      "/not/there", OPTREG_ERROR_NOT_FOUND,
      "plugin directory '/not/there' does not exist: create it or leave it "
      "out");
  assert_no_registry("/proc/self/exe", OPTREG_ERROR_ARGUMENT,
                     "plugin directory '/proc/self/exe' is a file: name the directory "
                     "that holds it");
}

static void
test_refuse_environment(void)
{
  g_setenv("OPTREG_PLUGIN_PATH", "/a:b", TRUE);
  assert_no_registry(
      NULL, OPTREG_ERROR_ARGUMENT,
      "OPTREG_PLUGIN_PATH has the entry 'b', which is not absolute: use full "
      "paths with ':' between them");
  g_setenv("OPTREG_PLUGIN_PATH", "/a::/b", TRUE);
  assert_no_registry(
      NULL, OPTREG_ERROR_ARGUMENT,
      "OPTREG_PLUGIN_PATH has the entry '', which is empty: use full paths "
      "with ':' between them");
  g_unsetenv("OPTREG_PLUGIN_PATH");
}

static void
test_empty_environment_is_none(void)
{
  g_setenv("OPTREG_PLUGIN_PATH", "", TRUE);
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);
  g_unsetenv("OPTREG_PLUGIN_PATH");

  g_assert_null(optreg_registry_directories(registry)[1]);
}

static void
test_unknown_name(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = copy_fixture("good", folder, "adadelta");
  g_autofree char *environment = g_strconcat(folder, "/gone:", path, NULL);
  g_setenv("OPTREG_PLUGIN_PATH", environment, TRUE);
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_unsetenv("OPTREG_PLUGIN_PATH");

  g_autofree char *message = assert_not_found(registry, "adadelt");
  g_autofree char *expected =
      g_strdup_printf("unknown optimizer 'adadelt': did you mean 'adadelta'? searched "
                      "%s (has no adadelt.so), %s/gone (does not exist), "
                      "%s (is not a directory), %s (does not exist)",
                      folder, folder, path, optreg_registry_directories(registry)[3]);
  g_assert_cmpstr(message, ==, expected);
}

static void
test_unknown_name_without_near_one(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "sgd");
  add_fixture("good", folder, "adadelta");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_autofree char *message = assert_not_found(registry, "lion");

  assert_contains(message,
                  "unknown optimizer 'lion': there are adadelta, sgd; searched ");
}

static void
test_no_plugins_at_all(void)
{
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);
  g_autofree char *message = assert_not_found(registry, "lion");

  assert_contains(message,
                  "there are no plugins at all, set OPTREG_PLUGIN_PATH; searched");
}

/* a file that the path would lead to exists, so that only the check of the name refuses
 */
static void
test_invalid_name(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *inner = make_subfolder(folder, "inner");
  add_fixture("good", folder, "good");
  add_fixture("good", inner, "Good");
  g_autoptr(optreg_registry) registry = open_registry(inner, NULL);
  static const char *const names[] = { "../good", "Good", "", "good.so", "good\n" };

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *message = assert_not_found(registry, names[i]);
    assert_contains(message, "cannot be the name of an optimizer");
  }
  g_autofree char *long_name = g_strnfill(100000, 'a');
  g_autofree char *message = assert_not_found(registry, long_name);
  g_assert_cmpuint(strlen(message), <, 500);
}

static void
test_capital_name_has_near_one(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "adam");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_autofree char *message = assert_not_found(registry, "Adam");

  assert_contains(message,
                  "'Adam' cannot be the name of an optimizer: did you mean 'adam'?");
}

static void
test_names(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "beta");
  add_fixture("wrong_abi", folder, "alpha");
  add_fixture("good", folder, "Gamma");
  g_autofree char *text = g_build_filename(folder, "delta.txt", NULL);
  write_bytes(text, "", 0);
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  char **names = optreg_registry_names(registry);

  g_assert_cmpstr(names[0], ==, "alpha");
  g_assert_cmpstr(names[1], ==, "beta");
  g_assert_null(names[2]);
  optreg_names_free(names);
}

static void
test_moved_away(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = copy_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);

  g_assert_cmpint(g_unlink(path), ==, 0);
  char **names = optreg_registry_names(registry);
  g_assert_null(names[0]);
  optreg_names_free(names);
  g_free(assert_not_found(registry, "good"));
}

static void
test_added_later(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);

  g_free(assert_not_found(registry, "good"));
  g_autofree char *path = copy_fixture("good", folder, "good");
  assert_path(registry, "good", path);
}

static void
test_unsafe_file(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = copy_fixture("good", folder, "good");
  g_autofree char *remedy = g_strconcat("chmod o-w ", path, NULL);
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(chmod(path, 0777), ==, 0);
  g_assert_null(optreg_registry_info(registry, "good", &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_PERMISSION);
  assert_contains(error->message, remedy);
}

static void
test_static_comes_first(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(optreg_registry_add_plugin(registry, &static_plugin, &error));
  assert_no_error(error);
  assert_path(registry, "good", NULL);
  assert_path(registry, "static_first", NULL);
  char **names = optreg_registry_names(registry);
  g_assert_cmpstr(names[0], ==, "good");
  g_assert_cmpstr(names[1], ==, "static_first");
  g_assert_null(names[2]);
  optreg_names_free(names);
}

static void
test_static_twice(void)
{
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(optreg_registry_add_plugin(registry, &static_plugin, NULL));
  g_assert_false(optreg_registry_add_plugin(registry, &static_plugin, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  assert_contains(error->message, "there is an optimizer 'static_first' already");
}

/* none of its optimizers is added */
static void
test_static_after_file_of_same_name(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = copy_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  g_autoptr(optreg_error) error = NULL;

  assert_path(registry, "good", path);
  g_assert_false(optreg_registry_add_plugin(registry, &static_plugin, &error));
  assert_contains(error->message, "there is an optimizer 'good' already");
  g_free(assert_not_found(registry, "static_first"));
}

static void
test_static_is_checked(void)
{
  optreg_plugin other = static_plugin;
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);
  g_autoptr(optreg_error) error = NULL;

  other.abi_major = 2;
  g_assert_false(optreg_registry_add_plugin(registry, &other, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ABI);
  assert_contains(error->message, "plugin linked statically: speaks ABI 2");
}

static void
test_registry_outlives_its_owner(void)
{
  OptregRegistry *registry = open_registry(NULL, NULL);

  optreg_registry_add_plugin(registry, &static_plugin, NULL);
  const OptregDescriptor *descriptor = optreg_registry_find(registry, "good", NULL);
  optreg_registry_ref(registry);
  optreg_registry_free(registry);
  g_assert_cmpstr(descriptor->class.name, ==, "good");
  g_assert_true(optreg_registry_find(registry, "good", NULL) == descriptor);
  optreg_registry_unref(registry);
}

static void *
find_good(void *registry)
{
  return (void *)optreg_registry_find(registry, "good", NULL);
}

static void
test_threads_get_the_same_descriptor(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder, NULL);
  GThread *threads[8];

  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    threads[i] = g_thread_new("find", find_good, registry);
  }
  const void *expected = optreg_registry_find(registry, "good", NULL);
  g_assert_nonnull(expected);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    g_assert_true(g_thread_join(threads[i]) == expected);
  }
}

static void
test_no_error_wanted(void)
{
  static const char *const directories[] = { "relative", NULL };
  g_autoptr(optreg_registry) registry = open_registry(NULL, NULL);

  g_assert_null(optreg_registry_new(directories, NULL));
  g_assert_null(optreg_registry_info(registry, "lion", NULL));
  optreg_registry_free(NULL);
  optreg_names_free(NULL);
  optreg_error_free(NULL);
}

static void
test_version(void)
{
  g_assert_cmpstr(optreg_version(), ==, OPTREG_VERSION);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(void);
  } tests[] = {
    { "/registry/search/first-directory-wins", test_first_directory_wins },
    { "/registry/search/failure-is-no-fallback", test_failure_is_no_fallback },
    { "/registry/search/same-directory-twice", test_same_directory_twice },
    { "/registry/search/order", test_order_of_search },
    { "/registry/hidden/is-named", test_hidden_files_are_named },
    { "/registry/hidden/is-logged", test_the_log_names_hidden_files },
    { "/registry/hidden/nothing", test_nothing_is_hidden },
    { "/registry/search/installed-directory-is-beside-the-library",
      test_installed_directory_is_beside_the_library },
    { "/registry/search/installed-directory-is-closed-to-its-group",
      test_installed_directory_is_closed_to_its_group },
    { "/registry/search/refuse-directories", test_refuse_directories },
    { "/registry/search/refuse-environment", test_refuse_environment },
    { "/registry/search/empty-environment-is-none", test_empty_environment_is_none },
    { "/registry/search/refuse-unsafe-file", test_unsafe_file },
    { "/registry/unknown/near-name", test_unknown_name },
    { "/registry/unknown/no-near-name", test_unknown_name_without_near_one },
    { "/registry/unknown/no-plugins-at-all", test_no_plugins_at_all },
    { "/registry/unknown/invalid-name", test_invalid_name },
    { "/registry/unknown/capital-name", test_capital_name_has_near_one },
    { "/registry/names/sorted-without-opening", test_names },
    { "/registry/names/moved-away", test_moved_away },
    { "/registry/names/added-later", test_added_later },
    { "/registry/static/comes-first", test_static_comes_first },
    { "/registry/static/twice", test_static_twice },
    { "/registry/static/after-file-of-same-name", test_static_after_file_of_same_name },
    { "/registry/static/is-checked", test_static_is_checked },
    { "/registry/lives-until-the-last-reference", test_registry_outlives_its_owner },
    { "/registry/threads-get-the-same-descriptor",
      test_threads_get_the_same_descriptor },
    { "/registry/no-error-wanted", test_no_error_wanted },
    { "/registry/version", test_version },
  };

  g_unsetenv("OPTREG_PLUGIN_PATH");
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
