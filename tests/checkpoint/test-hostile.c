/* SPDX-License-Identifier: MIT */
/* Files that lie: each is refused with the right words, and changes nothing. */
#include "checkpoint/checksum.h"
#include "checkpoint/load.h"
#include "checkpoint/report.h"
#include "error.h"
#include "memory.h"
#include "optimizer.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GBytes *
make_file(const char *header, gsize n_header, uint64_t length, gsize n_data)
{
  GByteArray *file = g_byte_array_new();
  g_autofree guint8 *data = g_malloc0(n_data + 1);

  g_byte_array_append(file, (const guint8 *)&length, sizeof length);
  g_byte_array_append(file, (const guint8 *)header, (guint)n_header);
  g_byte_array_append(file, data, (guint)n_data);
  return g_byte_array_free_to_bytes(file);
}

static OptregTensorFile *
parse(GBytes *bytes, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);

  return optreg_tensor_file_parse(data, size, error);
}

/* ---- headers ---- */

#define T(dtype, shape, offsets) \
  "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define F32(shape, offsets) T("\"F32\"", shape, offsets)

typedef struct Header {
  const char *path, *text;
  gsize n_data;
  const char *message;
} Header;

static const Header headers[] = {
  /* what is no JSON, or none that a header may hold */
  { "empty", "", 0, "header, byte 0: '{' is missing" },
  { "not-an-object", "[1]", 0, "header, byte 0: '{' is missing" },
  { "begins-with-a-space", " {}", 0, "header, byte 0: '{' is missing" },
  { "does-not-end", "{\"a\"", 0, "header, byte 4: ':' is missing" },
  { "no-comma", "{\"a\":1\"b\":2}", 0, "header, byte 6: ',' is missing" },
  { "trailing-comma", "{\"a\":1,}", 0, "header, byte 7: a string is missing" },
  { "comment", "{/**/}", 0, "header, byte 1: a string is missing" },
  { "single-quotes", "{'a':1}", 0, "header, byte 1: a string is missing" },
  { "something-follows", "{} {}", 0, "header, byte 3: something follows the header" },
  { "true", "{\"a\":true}", 0,
    "header, byte 5: not an object, an array, a string or a whole number" },
  { "negative", "{\"a\":[-1]}", 0,
    "header, byte 6: not an object, an array, a string or a whole number" },
  { "fraction", "{\"a\":1.5}", 0, "header, byte 6: ',' is missing" },
  { "leading-zero", "{\"a\":01}", 0,
    "header, byte 7: not a whole number of at most 18 digits" },
  { "long-number", "{\"a\":1234567890123456789}", 0,
    "header, byte 24: not a whole number of at most 18 digits" },
  { "control-character", "{\"a\nb\":1}", 0,
    "header, byte 3: a control character in a string" },
  { "unknown-escape", "{\"\\x\":1}", 0, "header, byte 3: unknown escape" },
  { "short-escape", "{\"\\u12\":1}", 0,
    "header, byte 6: \\u needs four hexadecimal digits" },
  { "nul", "{\"\\u0000\":1}", 0,
    "header, byte 8: this escape stands for no character" },
  { "half-a-character", "{\"\\ud800\":1}", 0,
    "header, byte 8: the second half of a character is missing" },
  { "not-utf-8", "{\"\xff\":1}", 0, "header, byte 2: not UTF-8" },
  { "nine-deep", "{\"a\":[[[[[[[[1]]]]]]]]}", 0,
    "header, byte 12: nested more than 8 deep" },
  { "object-in-an-array", "{\"a\":[{}]}", 0,
    "header, byte 6: an object inside what describes a tensor" },
  { "object-in-a-tensor", "{\"a\":{\"b\":{}}}", 0,
    "header, byte 10: an object inside what describes a tensor" },
  { "duplicate-key", "{\"a\":{},\"a\":{}}", 0,
    "header, byte 8: this key is there twice" },
  { "duplicate-key-in-disguise", "{\"a\":{},\"\\u0061\":{}}", 0,
    "header, byte 8: this key is there twice" },
  { "duplicate-metadata", "{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}", 0,
    "header, byte 25: this key is there twice" },
  /* JSON that describes no tensors */
  { "metadata-is-a-list", "{\"__metadata__\":[]}", 0, "__metadata__ is not an object" },
  { "metadata-is-no-text", "{\"__metadata__\":{\"x\":1}}", 0,
    "metadata 'x' is not text" },
  { "tensor-is-a-number", "{\"a\":1}", 0,
    "tensor 'a': it is not described by an object" },
  { "tensor-lacks-a-key", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
    "tensor 'a': it needs dtype, shape, data_offsets and nothing else" },
  { "unknown-dtype", "{\"a\":" T("\"F31\"", "[1]", "[0,4]") "}", 4,
    "tensor 'a': dtype is missing or unknown" },
  { "dtype-is-a-number", "{\"a\":" T("1", "[1]", "[0,4]") "}", 4,
    "tensor 'a': dtype is missing or unknown" },
  { "shape-is-text", "{\"a\":" F32("\"1\"", "[0,4]") "}", 4,
    "tensor 'a': shape is not a list of at most 32 numbers" },
  { "shape-of-text", "{\"a\":" F32("[\"1\"]", "[0,4]") "}", 4,
    "tensor 'a': shape is not a list of at most 32 numbers" },
  { "33-extents",
    "{\"a\":" F32("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
                  "[0,4]") "}",
    4, "tensor 'a': shape is not a list of at most 32 numbers" },
  { "one-offset", "{\"a\":" F32("[1]", "[4]") "}", 4,
    "tensor 'a': data_offsets is not a list of two numbers" },
  { "backwards", "{\"a\":" F32("[1]", "[4,0]") "}", 4,
    "tensor 'a': data_offsets lie outside the file" },
  { "outside", "{\"a\":" F32("[2]", "[0,8]") "}", 4,
    "tensor 'a': data_offsets lie outside the file" },
  { "too-short", "{\"a\":" F32("[2]", "[0,4]") "}", 4,
    "tensor 'a': data_offsets do not fit dtype and shape" },
  { "shape-overflows",
    "{\"a\":" F32("[999999999999999999,999999999999999999]", "[0,4]") "}", 4,
    "tensor 'a': data_offsets do not fit dtype and shape" },
  { "shape-overflows-to-a-fit",
    "{\"a\":" F32("[4611686018427387,4000,1024]", "[0,4]") "}", 4,
    "tensor 'a': data_offsets do not fit dtype and shape" },
  { "hole", "{\"a\":" F32("[1]", "[4,8]") "}", 8,
    "tensor 'a': there is a hole before it" },
  { "overlap", "{\"a\":" F32("[2]", "[0,8]") ",\"b\":" F32("[1]", "[4,8]") "}", 8,
    "tensor 'b': it overlaps another tensor" },
  { "left-over", "{\"a\":" F32("[1]", "[0,4]") "}", 7,
    "3 bytes behind the last tensor belong to none" },
  { "no-tensors-but-data", "{}", 1, "1 bytes behind the last tensor belong to none" },
};

static void
test_header(gconstpointer data)
{
  const Header *row = data;
  const gsize length = strlen(row->text);
  g_autoptr(GBytes) bytes = make_file(row->text, length, length, row->n_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregTensorFile) file = parse(bytes, &error);

  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED);
  g_assert_cmpstr(error->message, ==, row->message);
  g_assert_null(file);
}

/* names of which g_str_hash() makes one number: Ez and FY are both 2308. A table of
 * them by that hash takes longer than a test may */
static void
test_names_that_collide_take_no_time(void)
{
  enum { PAIRS = 17 };
  g_autoptr(GString) text = g_string_new("{");

  for (unsigned i = 0; i < 1u << PAIRS; i++) {
    g_string_append(text, i > 0 ? ",\"" : "\"");
    for (unsigned bit = 0; bit < PAIRS; bit++) {
      g_string_append(text, i >> bit & 1 ? "Ez" : "FY");
    }
    g_string_append(text, "\":" T("\"U8\"", "[0]", "[0,0]"));
  }
  g_string_append_c(text, '}');
  g_autoptr(GBytes) bytes = make_file(text->str, text->len, text->len, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregTensorFile) file = parse(bytes, &error);

  g_assert_no_error(error);
  g_assert_cmpuint(file->tensors->len, ==, 1u << PAIRS);
}

/* what is unusual and permitted */
static const Header sound[] = {
  { "nothing", "{}", 0, NULL },
  { "spaces", "{\"a\" : " F32("[ 1 ]", "[0, 4]") " }   ", 4, NULL },
  { "escapes", "{\"\\u00e9\\ud83d\\ude42\\n\":" F32("[1]", "[0,4]") "}", 4, NULL },
  { "empty-tensors",
    "{\"z\":" F32("[0]", "[4,4]") ",\"a\":" F32("[]", "[0,4]") ",\"y\":" F32(
        "[0,7]", "[0,0]") "}",
    4, NULL },
  { "other-types", "{\"a\":" T("\"BF16\"", "[2]", "[0,4]") "}", 4, NULL },
};

static void
test_sound_header(gconstpointer data)
{
  const Header *row = data;
  const gsize length = strlen(row->text);
  g_autoptr(GBytes) bytes = make_file(row->text, length, length, row->n_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregTensorFile) file = parse(bytes, &error);

  g_assert_no_error(error);
  g_assert_nonnull(file);
}

/* ---- lengths ---- */

static void
test_lengths_that_lie(void)
{
  static const uint64_t lengths[] = { 3, 100, 33554433, UINT64_MAX / 2, UINT64_MAX };

  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autoptr(GBytes) bytes = make_file("{}", 2, lengths[i], 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(OptregTensorFile) file = parse(bytes, &error);
    g_autofree char *start = g_strdup_printf("the header claims %" G_GUINT64_FORMAT
                                             " bytes, but the file has "
                                             "10",
                                             lengths[i]);
    g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED);
    g_assert_true(g_str_has_prefix(error->message, start));
    g_assert_null(file);
  }
}

static void
test_files_of_a_few_bytes(void)
{
  for (gsize size = 0; size < 8; size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(OptregTensorFile)
        file = optreg_tensor_file_parse("\0\0\0\0\0\0\0", size, &error);
    g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED);
    g_assert_nonnull(
        strstr(error->message, "bytes are too few for a safetensors file"));
    g_assert_null(file);
  }
}

/* ---- damage to a real checkpoint ---- */

static const char yaml[] = "optimizer: adadelta\nuse_ema: true\n";
static const ModelRow small_rows[] = { { "a/bias", OPTREG_F32, 1, { 3 } },
                                       { "b", OPTREG_F64, 1, { 2 } } };

static Model *
small_model(void)
{
  Model *model =
      model_new(optimizer_from_text(yaml), small_rows, G_N_ELEMENTS(small_rows));

  model_build(model);
  return model;
}

static void
test_every_truncation_is_refused(void)
{
  g_autoptr(Model) model = small_model();
  const optreg_load_options options = { .with_parameters = true };
  model_train(model, 2);
  g_autoptr(GBytes) whole = save_all(model);

  for (gsize size = 0; size < g_bytes_get_size(whole); size++) {
    g_autoptr(GBytes) part = g_bytes_new_from_bytes(whole, 0, size);
    g_autoptr(optreg_error) error = NULL;
    g_assert_false(load_all(model, part, &options, &error));
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_DAMAGED);
  }
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, whole);
}

static void
test_every_flipped_bit_is_found(void)
{
  g_autoptr(Model) model = small_model();
  const optreg_load_options options = { .missing = OPTREG_MISSING_INIT,
                                        .unexpected = OPTREG_UNEXPECTED_IGNORE,
                                        .with_parameters = true };
  model_train(model, 2);
  g_autoptr(GBytes) whole = save_all(model);
  const gsize size = g_bytes_get_size(whole);
  g_autofree char *bytes = g_memdup2(g_bytes_get_data(whole, NULL), size);

  for (gsize i = 0; i < size; i++) {
    const char original = bytes[i];
    bytes[i] ^= (char)(1 << i % 8);
    g_autoptr(optreg_error) error = NULL;
    if (optreg_optimizer_load_from_memory(model->optimizer, bytes, size, &options,
                                          &error)) {
      g_error("bit %" G_GSIZE_FORMAT " of byte %" G_GSIZE_FORMAT " was not noticed",
              i % 8, i);
    }
    bytes[i] = original;
  }
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, whole);
}

static void
test_exchanged_extents_are_found(void)
{
  g_autoptr(Model) model = model_from_text(yaml);
  g_autoptr(GBytes) bytes = save_all(model);
  g_autoptr(OptregTensorFile) file = parse(bytes, NULL);
  g_autoptr(GError) error = NULL;
  uint64_t *shape =
      (uint64_t *)optreg_tensor_file_find(file, "dense/kernel/ema")->shape;
  g_assert_true(optreg_checksum_verify(file, NULL));

  shape[0] = 7;
  shape[1] = 12;
  g_assert_false(optreg_checksum_verify(file, &error));
  g_assert_cmpstr(error->message, ==, "damaged: the checksum of the header is wrong");
}

/* ---- behind the checksums: a file whose author means it ---- */

static void
test_a_tensor_of_no_parameter_is_named(void)
{
  g_autoptr(Model) model = small_model();
  g_autoptr(GBytes) bytes = save_all(model);
  g_autoptr(OptregTensorFile) file = parse(bytes, NULL);
  g_autoptr(GArray) report = optreg_report_new();
  g_autoptr(GError) error = NULL;
  const optreg_load_options strict = { 0 };

  for (guint i = 0; i < 2; i++) {
    optreg_state_info *tensor = &g_array_index(file->tensors, optreg_state_info, i);
    tensor->name = i == 0 ? "orphan" : "another";
    tensor->role = "";
  }
  g_assert_false(optreg_load(model->optimizer->engine, file, &strict, report, &error));
  g_assert_nonnull(strstr(error->message, "'orphan' is in the checkpoint only"));
  g_assert_nonnull(strstr(error->message, "'another' is in the checkpoint only"));
}

static void
set_metadata(OptregTensorFile *file, const char *key, const char *value)
{
  for (guint i = 0; i < file->metadata->len; i++) {
    optreg_metadata *entry = &g_array_index(file->metadata, optreg_metadata, i);
    if (g_str_equal(entry->key, key)) {
      entry->value = value;
    }
  }
}

static bool
load_changed(Model *model, GBytes *bytes, const char *key, const char *value,
             GError **error)
{
  g_autoptr(OptregTensorFile) file = parse(bytes, NULL);
  g_autoptr(GArray) report = optreg_report_new();
  const optreg_load_options strict = { 0 };

  set_metadata(file, key, value);
  return optreg_load_check_format(file, error)
         && optreg_load(model->optimizer->engine, file, &strict, report, error);
}

static const struct {
  const char *key, *value, *message;
} changes[] = {
  { "format", "other", "a safetensors file, but not a checkpoint of optreg" },
  { "format_version", "2",
    "the format of the checkpoint has version '2', this library reads '1'" },
  { "state_version", "7",
    "the checkpoint does not fit: the version of its state is '7' in the checkpoint, "
    "'0' "
    "here" },
  { "counter:step", "-1",
    "the checkpoint does not fit: counter 'step' is '-1' in the checkpoint, permitted "
    "here are 0 to 4503599627370496; the policy unexpected: ignore permits what is "
    "unexpected" },
  { "counter:step", "4503599627370497",
    "counter 'step' is '4503599627370497' in the checkpoint, permitted here are 0 to "
    "4503599627370496" },
  { "counter:micro_step", "9007199254740992",
    "counter 'micro_step' is '9007199254740992' in the checkpoint" },
  { "counter:skipped", "18446744073709551615",
    "counter 'skipped' is '18446744073709551615' in the checkpoint" },
  { "counter:step", "1.5", "counter 'step' is '1.5' in the checkpoint" },
  { "counter:step", "1e300", "counter 'step' is '1e300' in the checkpoint" },
  { "counter:step", "many", "counter 'step' is 'many' in the checkpoint" },
  { "counter:step", "inf", "counter 'step' is 'inf' in the checkpoint" },
  { "counter:ema_is_started", "2",
    "counter 'ema_is_started' is '2' in the checkpoint, permitted here are 0 to 1" },
  { "parameter:b", "F64 [3]",
    "parameter 'b' is F64 [3] in the checkpoint, F64 [2] here" },
};

static void
test_change(gconstpointer data)
{
  const size_t row = GPOINTER_TO_SIZE(data);
  g_autoptr(Model) model = small_model();
  g_autoptr(GError) error = NULL;
  model_train(model, 2);
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_false(
      load_changed(model, bytes, changes[row].key, changes[row].value, &error));
  g_assert_nonnull(strstr(error->message, changes[row].message));
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, bytes);
}

/* in the place of its blob, with the version that it says it has */
static bool
load_blob(Model *model, const char *version, const void *blob, uint64_t size,
          GError **error)
{
  g_autoptr(GBytes) bytes = save_all(model);
  g_autoptr(OptregTensorFile) file = parse(bytes, NULL);
  g_autoptr(GArray) report = optreg_report_new();
  const optreg_load_options strict = { 0 };
  optreg_state_info *tensor =
      (optreg_state_info *)optreg_tensor_file_find(file, "optimizer/blob");

  tensor->data = blob;
  tensor->bytes = size;
  *(uint64_t *)tensor->shape = size;
  set_metadata(file, "state_version", version);
  return optreg_load(model->optimizer->engine, file, &strict, report, error);
}

static void
test_a_blob_is_the_plugins_to_refuse(void)
{
  static const double good[5] = { 1.0, 2.0, 3.0, 4.0, 5.0 };
  static const double bad[4] = { 1.0, 2.0, G_MAXDOUBLE * 2.0, 4.0 };
  static const struct {
    const double *blob;
    uint64_t size;
    const char *message;
  } blobs[] = {
    { bad, sizeof bad,
      "optimizer 'test_blob': deserialize failed: a gain is not finite" },
    { good, 31,
      "optimizer 'test_blob': deserialize failed: the saved state is damaged or of "
      "another version" },
    { good, 0,
      "optimizer 'test_blob': deserialize failed: the saved state is damaged or of "
      "another version" },
    { good, sizeof good,
      "optimizer 'test_blob': deserialize failed: the saved state is damaged or of "
      "another version" },
  };
  g_autoptr(Model) model = model_from_text("optimizer: test_blob\n");
  model_train(model, 1);
  g_autoptr(GBytes) before = save_all(model);

  for (size_t i = 0; i < G_N_ELEMENTS(blobs); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(load_blob(model, "1", blobs[i].blob, blobs[i].size, &error));
    g_assert_cmpstr(error->message, ==, blobs[i].message);
    g_autoptr(GBytes) after = save_all(model);
    assert_same_bytes(after, before);
  }
  g_assert_true(load_blob(model, "1", good, 4 * sizeof(double), NULL));
  const optreg_state_info *states;
  g_assert_cmpuint(optreg_optimizer_states(model->optimizer, &states), ==, 1);
  g_assert_cmpmem(states[0].data, states[0].bytes, good, 4 * sizeof(double));
}

/* version 0 of test_blob wrote the first of its four gains alone */
static void
test_a_blob_of_another_version(void)
{
  static const double gains[4] = { 3.0, 1.5, 1.0, 0.75 };
  static const struct {
    const char *version;
    uint64_t size;
    const char *message; /* NULL: it is taken */
  } cases[] = {
    { "0", sizeof gains[0], NULL },
    { "0", sizeof gains,
      "the version of its state is 0 in the checkpoint, 1 here: optimizer 'test_blob': "
      "deserialize failed: the saved state is damaged or of another version" },
    { "2", sizeof gains,
      "the checkpoint does not fit: the version of its state is '2' in the checkpoint, "
      "'1' here" },
    { "-1", sizeof gains,
      "the checkpoint does not fit: the version of its state is '-1' in the "
      "checkpoint, "
      "'1' here" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Model) model = model_from_text("optimizer: test_blob\n");
    g_autoptr(GError) error = NULL;
    const optreg_state_info *states;
    const bool is_taken =
        load_blob(model, cases[i].version, gains, cases[i].size, &error);
    g_assert_cmpstr(is_taken ? NULL : error->message, ==, cases[i].message);
    optreg_optimizer_states(model->optimizer, &states);
    g_assert_true((memcmp(states[0].data, gains, sizeof gains) == 0) == is_taken);
  }
}

/* ---- paths ---- */

static void
test_what_is_no_file(void)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *pipe = g_build_filename(folder, "pipe", NULL);
  g_autoptr(GError) pipe_error = NULL, folder_error = NULL, absent_error = NULL;
  g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);

  g_assert_null(optreg_tensor_file_open(pipe, &pipe_error));
  g_assert_nonnull(strstr(pipe_error->message, "/pipe: not a regular file"));
  g_assert_null(optreg_tensor_file_open(folder, &folder_error));
  g_assert_nonnull(strstr(folder_error->message, ": not a regular file"));
  g_unlink(pipe);
  g_assert_null(optreg_tensor_file_open(pipe, &absent_error));
  g_assert_error(absent_error, OPTREG_ERROR, OPTREG_ERROR_NOT_FOUND);
  g_rmdir(folder);
}

/* 16 TiB that a sparse file really has: more than can be allocated, which is no reason
 * to abort */
static void
test_a_file_beyond_memory(void)
{
#if OPTREG_TEST_SANITIZED
  g_test_skip("the sanitizer's allocator aborts");
#else
  static const char header[] =
      "{\"a\":" T("\"U8\"", "[17592186044416]", "[0,17592186044416]") "}";
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "large", NULL);
  const uint64_t length = strlen(header);
  g_autoptr(GBytes) bytes = make_file(header, length, length, 0);
  g_autoptr(GError) error = NULL;
  g_assert_true(g_file_set_contents(path, g_bytes_get_data(bytes, NULL),
                                    (gssize)g_bytes_get_size(bytes), NULL));

  if (truncate(path, (off_t)(8 + length + 17592186044416)) != 0) {
    g_test_skip("the file system has no files of 16 TiB");
  } else {
    g_assert_null(optreg_tensor_file_open(path, &error));
    g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY);
    g_assert_nonnull(
        strstr(error->message, "out of memory: reading needs 17592186044416 bytes"));
  }
  g_unlink(path);
  g_rmdir(folder);
#endif
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
    g_autofree char *path = g_strconcat("/hostile/header/", headers[i].path, NULL);
    g_test_add_data_func(path, &headers[i], test_header);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(sound); i++) {
    g_autofree char *path = g_strconcat("/hostile/sound/", sound[i].path, NULL);
    g_test_add_data_func(path, &sound[i], test_sound_header);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
    g_autofree char *path = g_strdup_printf("/hostile/change/%zu", i);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_change);
  }
  g_test_add_func("/hostile/header/names-that-collide-take-no-time",
                  test_names_that_collide_take_no_time);
  g_test_add_func("/hostile/a-tensor-of-no-parameter",
                  test_a_tensor_of_no_parameter_is_named);
  g_test_add_func("/hostile/lengths", test_lengths_that_lie);
  g_test_add_func("/hostile/a-few-bytes", test_files_of_a_few_bytes);
  g_test_add_func("/hostile/every-truncation", test_every_truncation_is_refused);
  g_test_add_func("/hostile/every-flipped-bit", test_every_flipped_bit_is_found);
  g_test_add_func("/hostile/exchanged-extents", test_exchanged_extents_are_found);
  g_test_add_func("/hostile/blob/is-the-plugins", test_a_blob_is_the_plugins_to_refuse);
  g_test_add_func("/hostile/blob/of-another-version", test_a_blob_of_another_version);
  g_test_add_func("/hostile/what-is-no-file", test_what_is_no_file);
  g_test_add_func("/hostile/beyond-memory", test_a_file_beyond_memory);
  return g_test_run();
}
