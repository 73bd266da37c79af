/* SPDX-License-Identifier: MIT */
/* What may not leak from one room of the project into another. */
#include "trees.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
read_file(const char *path, gsize *length)
{
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  g_file_get_contents(path, &text, length, &error);
  g_assert_no_error(error);
  return text;
}

/* what nm prints, or NULL where there is none */
static char *
symbols(const char *option, const char *path)
{
  const char *const command[] = { "nm", option, path, NULL };
  char *output = NULL;

  g_spawn_sync(NULL, (char **)command, NULL,
               G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output,
               NULL, NULL, NULL);
  return output;
}

/* ---- the core names no optimizer ---- */

static const char *const optimizers[] = { "adadelta", "adagrad", "adam",
                                          "adamw",    "rmsprop", "sgd" };

static void
test_the_library_has_no_symbol_of_an_optimizer(void)
{
  g_autofree char *library = built_path("../core/liboptreg.so");
  g_autofree char *output = symbols("-a", library);

  if (output == NULL) {
    g_test_skip("nm is not installed");
    return;
  }
  g_assert_nonnull(strstr(output, "optreg_optimizer_step"));
  for (size_t i = 0; i < G_N_ELEMENTS(optimizers); i++) {
    g_assert_null(strstr(output, optimizers[i]));
  }
}

static void
test_the_library_needs_no_reader_of_json(void)
{
  g_autofree char *library = built_path("../core/liboptreg.so");
  gsize length;
  g_autofree char *bytes = read_file(library, &length);

  g_assert_nonnull(memmem(bytes, length, "libyaml", strlen("libyaml")));
  g_assert_null(memmem(bytes, length, "libjson", strlen("libjson")));
  g_assert_null(memmem(bytes, length, "libgobject", strlen("libgobject")));
}

static void
test_the_library_exports_its_api_only(void)
{
  g_autofree char *library = built_path("../core/liboptreg.so");
  g_autofree char *header_path = source_path("../include/optreg/optreg.h");
  g_autofree char *header = read_file(header_path, NULL);
  g_autofree char *output = symbols("-D", library);

  if (output == NULL) {
    g_test_skip("nm is not installed");
    return;
  }
  g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
  size_t n_functions = 0;
  for (char **line = lines; *line != NULL; line++) {
    const char *defined = strstr(*line, " T ");
    if (defined != NULL) {
      g_autofree char *declared = g_strdup_printf("%s(", defined + 3);
      g_assert_nonnull(strstr(header, declared));
      n_functions++;
    }
  }
  g_assert_cmpuint(n_functions, >, 25);
}

static void
test_a_plugin_exports_one_symbol(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(optimizers); i++) {
    g_autofree char *file = g_strdup_printf("../plugins/%s.so", optimizers[i]);
    g_autofree char *plugin = built_path(file);
    g_autofree char *output = symbols("-D", plugin);
    if (output == NULL) {
      g_test_skip("nm is not installed");
      return;
    }
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    size_t n_defined = 0;
    for (char **line = lines; *line != NULL; line++) {
      const bool is_defined = strlen(*line) > 19 && !g_str_has_prefix(*line, "  ")
                              && !g_str_has_prefix(*line + 19, "__"); /* sanitizers */
      n_defined += is_defined;
      g_assert_true(!is_defined || g_str_has_suffix(*line, " optreg_plugin_abi1"));
    }
    g_assert_cmpuint(n_defined, ==, 1);
  }
}

/* what is linked is loaded by every verb, and OpenBLAS starts threads when it is loaded
 */
static void
test_the_command_line_is_not_linked_to_openblas(void)
{
  g_autofree char *path = built_path("../tools/optreg");
  const char *const command[] = { "readelf", "-W", "-d", path, NULL };
  g_autofree char *output = NULL;

  if (!g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                    &output, NULL, NULL, NULL)) {
    g_test_skip("readelf is not installed");
    return;
  }
  g_assert_nonnull(strstr(output, "liboptreg.so"));
  g_assert_null(strstr(output, "blas"));
}

/* ---- a plugin needs plugin.h and libm ---- */

static void
assert_includes_only(const char *path, const char *const *permitted)
{
  g_autofree char *absolute = source_path(path);
  g_autofree char *text = read_file(absolute, NULL);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix(*line, "#include ")) {
      g_assert_true(g_strv_contains(permitted, *line + strlen("#include ")));
    }
  }
}

static void
test_headers_and_plugins_include_what_they_may(void)
{
  static const char *const plugin_header[] = { "<stddef.h>", "<stdint.h>", NULL };
  static const char *const public_header[] = { "<stdbool.h>", "<stddef.h>",
                                               "<stdint.h>", NULL };
  static const char *const plugin[] = { "<math.h>", "<optreg/plugin.h>",
                                        "\"../adam/adam.c\"", NULL };

  assert_includes_only("../include/optreg/plugin.h", plugin_header);
  assert_includes_only("../include/optreg/optreg.h", public_header);
  assert_includes_only("../include/optreg/problem.h", plugin_header);
  for (size_t i = 0; i < G_N_ELEMENTS(optimizers); i++) {
    g_autofree char *path =
        g_strdup_printf("../plugins/%s/%s.c", optimizers[i], optimizers[i]);
    assert_includes_only(path, plugin);
  }
}

/* stages run where GLib has nothing to say */
static void
test_wrappers_include_no_glib(void)
{
  static const char *const wrappers[] = { "accumulate", "clip",        "ema",
                                          "guard",      "non_neg",     "loss_scale",
                                          "overwrite",  "weight_decay" };
  static const char *const permitted[] = { "\"running/reduce.h\"",
                                           "\"wrappers/non_neg.h\"",
                                           "\"wrappers/shortening.h\"",
                                           "\"wrappers/wrapper.h\"",
                                           "<float.h>",
                                           "<math.h>",
                                           "<string.h>",
                                           NULL };

  for (size_t i = 0; i < G_N_ELEMENTS(wrappers); i++) {
    g_autofree char *path = g_strdup_printf("../core/wrappers/%s.c", wrappers[i]);
    assert_includes_only(path, permitted);
  }
}

/* ---- nothing remembers where it was built ---- */

static void
test_no_artefact_holds_a_build_path(void)
{
#ifdef OPTREG_TEST_DEBUG_BUILD
  g_test_skip("debugging information names the sources");
#else
  static const char *const artefacts[] = { "../core/liboptreg.so",
                                           "../plugins/adadelta.so",
                                           "../plugins/sgd.so", "../tools/optreg" };
  g_autofree char *build = built_path("..");
  g_autofree char *source = source_path("..");

  for (size_t i = 0; i < G_N_ELEMENTS(artefacts); i++) {
    g_autofree char *path = built_path(artefacts[i]);
    gsize length;
    g_autofree char *bytes = read_file(path, &length);
    g_assert_null(memmem(bytes, length, build, strlen(build)));
    g_assert_null(memmem(bytes, length, source, strlen(source)));
  }
#endif
}

/* ---- a plugin that is taken away is gone ---- */

static void
copy_plugin(const char *name, const char *directory)
{
  g_autofree char *file = g_strdup_printf("%s.so", name);
  g_autofree char *built = g_strdup_printf("../plugins/%s", file);
  g_autofree char *from = built_path(built);
  g_autofree char *to = g_build_filename(directory, file, NULL);
  gsize length;
  g_autofree char *bytes = read_file(from, &length);

  g_assert_true(g_file_set_contents(to, bytes, (gssize)length, NULL));
}

static bool
has_name(optreg_registry *registry, const char *name)
{
  char **names = optreg_registry_names(registry);
  const bool found = g_strv_contains((const char *const *)names, name);

  optreg_names_free(names);
  return found;
}

static void
test_a_plugin_that_is_taken_away_is_gone(void)
{
  g_autofree char *directory = g_dir_make_tmp("optreg-XXXXXX", NULL);
  const char *const directories[] = { directory, NULL };
  g_autofree char *adadelta = g_build_filename(directory, "adadelta.so", NULL);
  g_autofree char *sgd = g_build_filename(directory, "sgd.so", NULL);
  copy_plugin("adadelta", directory);
  copy_plugin("sgd", directory);
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(has_name(registry, "adadelta"));
  g_assert_cmpint(g_remove(adadelta), ==, 0);
  g_assert_false(has_name(registry, "adadelta"));
  g_assert_true(has_name(registry, "sgd"));
  g_assert_null(optreg_optimizer_from_string(registry, "optimizer: adadelta\n",
                                             "mine.yaml", &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_NOT_FOUND);
  g_assert_true(
      g_str_has_prefix(error->message, "mine.yaml:1:12: unknown optimizer 'adadelta'"));
  g_assert_nonnull(strstr(error->message, directory));

  g_remove(sgd);
  g_rmdir(directory);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/boundaries/library/has-no-symbol-of-an-optimizer",
                  test_the_library_has_no_symbol_of_an_optimizer);
  g_test_add_func("/boundaries/library/needs-no-reader-of-json",
                  test_the_library_needs_no_reader_of_json);
  g_test_add_func("/boundaries/library/exports-its-api-only",
                  test_the_library_exports_its_api_only);
  g_test_add_func("/boundaries/command-line/is-not-linked-to-openblas",
                  test_the_command_line_is_not_linked_to_openblas);
  g_test_add_func("/boundaries/plugin/exports-one-symbol",
                  test_a_plugin_exports_one_symbol);
  g_test_add_func("/boundaries/includes/headers-and-plugins",
                  test_headers_and_plugins_include_what_they_may);
  g_test_add_func("/boundaries/includes/wrappers", test_wrappers_include_no_glib);
  g_test_add_func("/boundaries/no-artefact-holds-a-build-path",
                  test_no_artefact_holds_a_build_path);
  g_test_add_func("/boundaries/a-plugin-that-is-taken-away-is-gone",
                  test_a_plugin_that_is_taken_away_is_gone);
  return g_test_run();
}
