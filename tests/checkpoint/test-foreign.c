/* SPDX-License-Identifier: MIT */
/* Files that people take for checkpoints are called by their names. */
#include <glib.h>
#include <glib/gstdio.h>
#include <optreg/optreg.h>
#include <string.h>

typedef struct Case {
  const char *name, *bytes;
  size_t n; /* 0: as long as the text */
  const char *message;
} Case;

/* a magic number, and what follows it in such files */
static const Case cases[] = {
  { "lfs-pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
    0,
    "this is a Git LFS pointer in the place of a file that was not fetched; run git "
    "lfs "
    "pull" },
  { "pickle-of-protocol-2", "\x80\x02}q\0X\1\0\0\0aq\1K\1s.", 17,
    "this is a Python pickle; only safetensors is read" },
  { "pickle-of-protocol-4", "\x80\x04\x95\x0a\0\0\0\0\0\0\0}\x94\x8c\1a\x94K\1s.", 21,
    "this is a Python pickle; only safetensors is read" },
  { "torch-save", "PK\3\4\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22,
    "this is a ZIP archive, as torch.save and Keras write; only safetensors is read" },
  { "keras-h5", "\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0", 16,
    "this is an HDF5 file, as Keras writes; only safetensors is read" },
  { "numpy", "\x93NUMPY\1\0v\0{'descr'", 18,
    "this is a NumPy array; only safetensors is read" },
  { "gzip", "\x1f\x8b\x08\0\0\0\0\0\0\3", 10,
    "this is compressed with gzip; uncompress it first" },
  { "yaml", "optimizer: sgd\n", 0,
    "this is text, perhaps a configuration; only safetensors is read" },
  { "json", "{\"class_name\": \"SGD\"}", 0, "this is JSON; only safetensors is read" },
  { "few-letters", "a\n", 0,
    "this is text, perhaps a configuration; only safetensors is read" },
  { "nothing", "", 0, "0 bytes are too few for a safetensors file" },
  { "other-bytes", "\1\2\3\4\5\6\7\x08\x09", 9, "the header claims" },
};

static char *
write_file(const char *folder, const Case *test)
{
  char *path = g_build_filename(folder, "file", NULL);
  const size_t n = test->n > 0 ? test->n : strlen(test->bytes);

  g_assert_true(g_file_set_contents(path, test->bytes, (gssize)n, NULL));
  return path;
}

static void
test_case(const void *data)
{
  const Case *test = data;
  g_autofree char *folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL);
  g_autofree char *path = write_file(folder, test);
  optreg_error *error = NULL;

  g_assert_null(optreg_checkpoint_open(path, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_DAMAGED);
  g_assert_true(g_str_has_prefix(error->message, path));
  if (strstr(error->message, test->message) == NULL) {
    g_error("%s", error->message);
  }
  optreg_error_free(error);
  g_remove(path);
  g_rmdir(folder);
}

/* a header of 0x0280 bytes begins like a pickle, one of 0x7b like JSON */
static void
test_length_like_a_magic_number(void)
{
  static const size_t lengths[] = { 0x0280, 0x7b, 0x8b1f };
  g_autofree char *folder = g_dir_make_tmp("optreg-test-XXXXXX", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autoptr(GString) bytes = g_string_new(NULL);
    const guint64 length = GUINT64_TO_LE(lengths[i]);
    optreg_error *error = NULL;
    g_string_append_len(bytes, (const char *)&length, sizeof length);
    g_string_append(bytes, "{}");
    while (bytes->len < sizeof length + lengths[i]) {
      g_string_append_c(bytes, ' ');
    }
    const Case file = { NULL, bytes->str, bytes->len, NULL };
    g_autofree char *path = write_file(folder, &file);
    optreg_checkpoint *checkpoint = optreg_checkpoint_open(path, &error);
    g_assert_null(error);
    optreg_checkpoint_free(checkpoint);
    g_remove(path);
  }
  g_rmdir(folder);
}

static void
test_missing_configuration(void)
{
  optreg_registry *registry = optreg_registry_new(NULL, NULL);
  optreg_error *error = NULL;

  g_assert_null(optreg_optimizer_from_file(registry, "/no/such.yaml", &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_NOT_FOUND);
  g_assert_cmpstr(error->message, ==,
                  "/no/such.yaml: cannot be read: it does not exist");
  optreg_error_free(error);
  optreg_registry_free(registry);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/foreign/", cases[i].name, NULL);
    g_test_add_data_func(path, &cases[i], test_case);
  }
  g_test_add_func("/foreign/length-like-a-magic-number",
                  test_length_like_a_magic_number);
  g_test_add_func("/foreign/missing-configuration-is-not-found",
                  test_missing_configuration);
  return g_test_run();
}
