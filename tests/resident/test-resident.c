/* SPDX-License-Identifier: MIT */
/* A host that is not linked to the library loads and unloads it. The library stays: its
 * threads run its code, and the plugins that it has opened are never closed. */
#include <dlfcn.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

enum { ROUNDS = 4 };

typedef void *(*Open)(const char *path, void **error);
typedef void (*Free)(void *checkpoint);
typedef gboolean (*Reads)(const char *path);

static char *
built(const char *name)
{
  g_autofree char *relative = g_test_build_filename(G_TEST_BUILT, name, NULL);
  return g_canonicalize_filename(relative, NULL);
}

static void *
open_library(const char *path)
{
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

  if (library == NULL) {
    g_error("%s", dlerror());
  }
  return library;
}

static gboolean
is_loaded(const char *path)
{
  void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);

  if (library != NULL) {
    dlclose(library);
  }
  return library != NULL;
}

/* the smallest file that holds a tensor, in a folder of its own */
static char *
write_checkpoint(void)
{
  static const char header[] =
      "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
  const guint64 length = GUINT64_TO_LE((guint64)strlen(header));
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  char *path = g_build_filename(folder, "w.safetensors", NULL);

  g_byte_array_append(bytes, (const guint8 *)&length, sizeof length);
  g_byte_array_append(bytes, (const guint8 *)header, sizeof header - 1);
  g_byte_array_append(bytes, (const guint8 *)"\0\0\0\0", 4);
  g_assert_true(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
  return path;
}

static void
remove_checkpoint(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);

  g_remove(path);
  g_rmdir(folder);
}

static void
test_it_is_loaded_again_and_again(void)
{
  g_autofree char *path = built("../../core/liboptreg.so");
  g_autofree char *file = write_checkpoint();

  for (int i = 0; i < ROUNDS; i++) {
    void *library = open_library(path), *error = NULL;
    Open open;
    Free release;
    *(void **)&open = dlsym(library, "optreg_checkpoint_open");
    *(void **)&release = dlsym(library, "optreg_checkpoint_free");
    void *checkpoint = open(file, &error);
    g_assert_nonnull(checkpoint);
    release(checkpoint);
    dlclose(library);
    g_assert_true(is_loaded(path));
  }
  remove_checkpoint(file);
}

static void
test_it_stays_when_what_is_linked_to_it_goes(void)
{
  g_autofree char *path = built("uses-optreg.so");
  g_autofree char *library = built("../../core/liboptreg.so");
  g_autofree char *file = write_checkpoint();

  for (int i = 0; i < ROUNDS; i++) {
    void *module = open_library(path);
    Reads reads;
    *(void **)&reads = dlsym(module, "reads_checkpoint");
    g_assert_true(reads(file));
    dlclose(module);
    g_assert_false(is_loaded(path));
    g_assert_true(is_loaded(library));
  }
  remove_checkpoint(file);
}

static void
test_the_file_says_so(void)
{
  g_autofree char *path = built("../../core/liboptreg.so");
  const char *const command[] = { "readelf", "-W", "-d", path, NULL };
  g_autofree char *output = NULL;

  if (!g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                    &output, NULL, NULL, NULL)) {
    g_test_skip("readelf is not installed");
    return;
  }
  g_assert_nonnull(strstr(output, "NODELETE"));
}

/* what the others would see of a library that goes */
static void
test_a_copy_that_is_not_marked_goes(void)
{
  g_autofree char *path = built("libremovable.so");
  void *library = open_library(path);

  g_assert_true(is_loaded(path));
  dlclose(library);
  g_assert_false(is_loaded(path));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/resident/it-is-loaded-again-and-again",
                  test_it_is_loaded_again_and_again);
  g_test_add_func("/resident/it-stays-when-what-is-linked-to-it-goes",
                  test_it_stays_when_what_is_linked_to_it_goes);
  g_test_add_func("/resident/the-file-says-so", test_the_file_says_so);
  g_test_add_func("/resident/a-copy-that-is-not-marked-goes",
                  test_a_copy_that_is_not_marked_goes);
  return g_test_run();
}
