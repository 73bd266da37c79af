/* SPDX-License-Identifier: MIT */
/* The format of a checkpoint, as others see it. */
#include "model.h"
#include "trees.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const char everything[] =
    "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n"
    "gradient_accumulation_steps: 3\nloss_scale_factor: dynamic\n"
    "groups:\n- match: '*/bias'\n  weight_decay: 0.5\n";

typedef struct Saved {
  char *bytes;
  size_t size;
  JsonParser *parser;
  JsonObject *header, *metadata;
} Saved;

static void
save(Saved *saved, const Model *model, const optreg_save_options *options)
{
  g_autoptr(optreg_error) error = NULL;
  uint64_t length;

  saved->bytes =
      optreg_optimizer_save_to_memory(model->optimizer, options, &saved->size, &error);
  assert_no_error(error);
  memcpy(&length, saved->bytes, sizeof length);
  saved->parser = json_parser_new();
  g_assert_true(json_parser_load_from_data(saved->parser, saved->bytes + 8,
                                           (gssize)length, NULL));
  saved->header = json_node_get_object(json_parser_get_root(saved->parser));
  saved->metadata = json_object_get_object_member(saved->header, "__metadata__");
}

static void
saved_clear(Saved *saved)
{
  optreg_memory_free(saved->bytes);
  g_object_unref(saved->parser);
}

static const char *
metadata(const Saved *saved, const char *key)
{
  return json_object_get_string_member_with_default(saved->metadata, key, NULL);
}

static void
test_data_begin_at_a_multiple_of_64(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  Saved saved;
  uint64_t length;
  save(&saved, model, NULL);

  memcpy(&length, saved.bytes, sizeof length);
  g_assert_cmpuint((8 + length) % 64, ==, 0);
  g_assert_cmpint(saved.bytes[8], ==, '{');
  saved_clear(&saved);
}

static void
test_the_same_state_gives_the_same_bytes(void)
{
  g_autoptr(Model) one = model_from_text(everything);
  g_autoptr(Model) other = model_from_text(everything);
  Saved first, second;
  model_train(one, 5);
  model_train(other, 5);
  save(&first, one, NULL);
  save(&second, other, NULL);

  g_assert_cmpmem(first.bytes, first.size, second.bytes, second.size);
  saved_clear(&first);
  saved_clear(&second);
}

static void
test_a_file_holds_the_same_bytes_as_memory(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  g_autofree char *directory = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(directory, "state.safetensors", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(optreg_error) error = NULL;
  gsize size;
  Saved saved;
  model_train(model, 4);

  optreg_optimizer_save(model->optimizer, path, NULL, &error);
  assert_no_error(error);
  save(&saved, model, NULL);
  g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
  g_assert_cmpmem(bytes, size, saved.bytes, saved.size);
  saved_clear(&saved);
  g_remove(path);
  g_assert_cmpint(g_rmdir(directory), ==, 0); /* nothing else was left in it */
}

static void
test_metadata_tell_whose_state_it_is(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  Saved saved;
  model_train(model, 4);
  save(&saved, model, NULL);

  g_assert_cmpstr(metadata(&saved, "format"), ==, "optreg checkpoint");
  g_assert_cmpstr(metadata(&saved, "format_version"), ==, "1");
  g_assert_cmpstr(metadata(&saved, "optimizer"), ==, "adadelta");
  g_assert_cmpstr(metadata(&saved, "plugin_version"), ==, "1.0.0");
  g_assert_cmpstr(metadata(&saved, "state_version"), ==, "0");
  g_assert_cmpstr(metadata(&saved, "counter:step"), ==, "1");
  g_assert_cmpstr(metadata(&saved, "counter:micro_step"), ==, "4");
  g_assert_cmpstr(metadata(&saved, "counter:accumulated"), ==, "1");
  g_assert_cmpstr(metadata(&saved, "counter:loss_scale"), ==, "32768");
  g_assert_cmpstr(metadata(&saved, "counter:finite_calls"), ==, "4");
  g_assert_cmpstr(metadata(&saved, "counter:skipped"), ==, "0");
  g_assert_cmpstr(metadata(&saved, "config:rho"), ==, "0.95");
  g_assert_cmpstr(metadata(&saved, "config:groups[0].weight_decay"), ==, "0.5");
  g_assert_cmpstr(metadata(&saved, "parameter:dense/kernel"), ==, "F32 [12, 7]");
  g_assert_cmpstr(metadata(&saved, "parameter:scale"), ==, "F32 []");
  saved_clear(&saved);
}

static void
test_a_learning_rate_that_was_set_is_the_one_saved(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  Saved saved;
  g_assert_true(optreg_optimizer_set_learning_rate(model->optimizer, 0.25, NULL));
  save(&saved, model, NULL);

  g_assert_cmpstr(metadata(&saved, "config:learning_rate"), ==, "0.25");
  saved_clear(&saved);
}

/* crc32("123456789") is CBF43926 in every description of CRC-32; here a tensor of the
 * same number of bytes cannot be had, so the value is computed bit by bit */
static guint32
slow_crc32(const guint8 *bytes, gsize n)
{
  guint32 crc = 0xffffffffu;

  for (gsize i = 0; i < n; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
  }
  return ~crc;
}

static void
test_every_tensor_has_its_checksum(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  const optreg_state_info *states;
  Saved saved;
  model_train(model, 2);
  save(&saved, model, NULL);
  const size_t n = optreg_optimizer_states(model->optimizer, &states);

  g_assert_cmpuint(slow_crc32((const guint8 *)"123456789", 9), ==, 0xcbf43926u);
  g_assert_cmpuint(n, ==, json_object_get_size(saved.header) - 1);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *key = g_strconcat("crc32:", states[i].name, NULL);
    g_autofree char *expected =
        g_strdup_printf("%08x", slow_crc32(states[i].data, states[i].bytes));
    g_assert_cmpstr(metadata(&saved, key), ==, expected);
  }
  saved_clear(&saved);
}

static void
test_accumulators_are_there_within_a_window_only(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  Saved saved;

  for (unsigned call = 0; call <= 3; call++) {
    save(&saved, model, NULL);
    g_assert_cmpint(
        json_object_has_member(saved.header, "dense/bias/gradient_accumulator"), ==,
        call % 3 != 0);
    saved_clear(&saved);
    model_train(model, 1);
  }
}

static void
test_values_of_parameters_are_there_when_asked_for(void)
{
  g_autoptr(Model) model = model_from_text(everything);
  const optreg_save_options with_parameters = { .with_parameters = true };
  Saved with, without;
  save(&with, model, &with_parameters);
  save(&without, model, NULL);

  g_assert_true(json_object_has_member(with.header, "dense/kernel/param"));
  g_assert_false(json_object_has_member(without.header, "dense/kernel/param"));
  saved_clear(&with);
  saved_clear(&without);
}

static void
test_names_of_any_characters_survive(void)
{
  static const ModelRow rows[] = {
    { "a \"quoted\\ name\"\t\x01\x7f", OPTREG_F32, 1, { 2 } },
    { "größe/重み/🙂", OPTREG_F32, 1, { 3 } },
    { "optimizer", OPTREG_F32, 1, { 3 } },
    { "__metadata__", OPTREG_F32, 1, { 3 } },
  };
  g_autoptr(Model) model =
      model_new(optimizer_from_text("optimizer: adadelta\n"), rows, G_N_ELEMENTS(rows));
  g_autoptr(optreg_error) error = NULL;
  Saved saved;
  model_build(model);
  model_train(model, 1);
  save(&saved, model, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat(rows[i].name, "/accumulated_grad", NULL);
    g_assert_true(json_object_has_member(saved.header, name));
  }
  optreg_optimizer_load_from_memory(model->optimizer, saved.bytes, saved.size, NULL,
                                    &error);
  assert_no_error(error);
  saved_clear(&saved);
}

static void
test_a_header_that_nobody_could_read_is_not_written(void)
{
  g_autofree char *name = g_strnfill(21 << 20, 'x');
  const ModelRow rows[] = { { name, OPTREG_F32, 1, { 2 } } };
  g_autoptr(Model)
      model = model_new(optimizer_from_text("optimizer: adadelta\n"), rows, 1);
  g_autoptr(optreg_error) error = NULL;
  size_t size;
  model_build(model);

  g_assert_null(optreg_optimizer_save_to_memory(model->optimizer, NULL, &size, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_nonnull(strstr(error->message, "2 tensors need a header of "));
}

/* ---- slots of every scope and shape ---- */

static const struct {
  const char *optimizer, *tensor, *dtype;
  gint64 shape[2];
  guint ndim;
} slots[] = {
  { "test_adafactor", "dense/kernel/r", "F32", { 12 }, 1 },
  { "test_adafactor", "dense/kernel/c", "F32", { 7 }, 1 },
  { "test_shampoo", "dense/kernel/left", "F32", { 12, 12 }, 2 },
  { "test_shampoo", "dense/kernel/right", "F32", { 7, 7 }, 2 },
  { "test_adafactor", "dense/kernel/rms", "F64", { 0 }, 0 },
  { "test_lamb", "dense/bias/power_1", "F64", { 0 }, 0 },
  { "test_nadam", "optimizer/u_product", "F64", { 0 }, 0 },
  { "test_blob", "optimizer/blob", "U8", { 32 }, 1 },
};

static void
test_slot(gconstpointer data)
{
  const size_t row = GPOINTER_TO_SIZE(data);
  g_autofree char *yaml = g_strdup_printf("optimizer: %s\n", slots[row].optimizer);
  g_autoptr(Model) model = model_from_text(yaml);
  Saved saved;
  model_train(model, 1);
  save(&saved, model, NULL);

  g_assert_true(json_object_has_member(saved.header, slots[row].tensor));
  JsonObject *tensor = json_object_get_object_member(saved.header, slots[row].tensor);
  JsonArray *shape = json_object_get_array_member(tensor, "shape");
  g_assert_cmpstr(json_object_get_string_member(tensor, "dtype"), ==, slots[row].dtype);
  g_assert_cmpuint(json_array_get_length(shape), ==, slots[row].ndim);
  for (guint i = 0; i < slots[row].ndim; i++) {
    g_assert_cmpint(json_array_get_int_element(shape, i), ==, slots[row].shape[i]);
  }
  saved_clear(&saved);
}

/* ---- another reader ---- */

static const ModelRow mixed_rows[] = {
  { "a", OPTREG_F32, 1, { 3 } },
  { "z", OPTREG_F64, 2, { 3, 5 } },
  { "b", OPTREG_F32, 2, { 2, 2 } },
  { "c", OPTREG_F64, 0, { 0 } },
};

static void
test_python_reads_it(void)
{
  g_autofree char *python = g_find_program_in_path("python3");
  g_autoptr(Model) model = model_new(optimizer_from_text("optimizer: adadelta\n"),
                                     mixed_rows, G_N_ELEMENTS(mixed_rows));
  g_autofree char *directory = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(directory, "state.safetensors", NULL);
  g_autofree char *script = source_path("checkpoint/read_checkpoint.py");
  const char *const command[] = { python, script, path, NULL };
  g_autofree char *output = NULL, *expected = NULL, *errors = NULL;
  const optreg_save_options options = { .with_parameters = true };
  int status;
  if (python == NULL) {
    g_test_skip("python3 is not installed");
    return;
  }
  model_build(model);
  model_train(model, 3);
  g_assert_true(optreg_optimizer_save(model->optimizer, path, &options, NULL));
  g_assert_true(g_spawn_sync(NULL, (char **)command, NULL, 0, NULL, NULL, &output,
                             &errors, &status, NULL));

  g_assert_cmpstr(errors, ==, "");
  g_assert_cmpint(status, ==, 0);
  expected = g_strdup_printf("c/param F64 [] %.9g\n", *(double *)model->weight[3]);
  g_assert_nonnull(strstr(output, expected));
  g_free(expected);
  expected =
      g_strdup_printf("b/param F32 [2, 2] %.9g\n", (double)*(float *)model->weight[2]);
  g_assert_nonnull(strstr(output, expected));
  g_assert_true(g_str_has_prefix(output, "c/accumulated_delta_var F64 [] "));
  g_remove(path);
  g_rmdir(directory);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/format/data-begin-at-a-multiple-of-64",
                  test_data_begin_at_a_multiple_of_64);
  g_test_add_func("/format/the-same-state-gives-the-same-bytes",
                  test_the_same_state_gives_the_same_bytes);
  g_test_add_func("/format/a-file-holds-the-same-bytes-as-memory",
                  test_a_file_holds_the_same_bytes_as_memory);
  g_test_add_func("/format/metadata/tell-whose-state-it-is",
                  test_metadata_tell_whose_state_it_is);
  g_test_add_func("/format/metadata/a-learning-rate-that-was-set",
                  test_a_learning_rate_that_was_set_is_the_one_saved);
  g_test_add_func("/format/metadata/every-tensor-has-its-checksum",
                  test_every_tensor_has_its_checksum);
  g_test_add_func("/format/accumulators-within-a-window-only",
                  test_accumulators_are_there_within_a_window_only);
  g_test_add_func("/format/values-of-parameters-when-asked-for",
                  test_values_of_parameters_are_there_when_asked_for);
  g_test_add_func("/format/names-of-any-characters",
                  test_names_of_any_characters_survive);
  g_test_add_func("/format/a-header-that-nobody-could-read",
                  test_a_header_that_nobody_could_read_is_not_written);
  g_test_add_func("/format/python-reads-it", test_python_reads_it);
  for (size_t i = 0; i < G_N_ELEMENTS(slots); i++) {
    g_autofree char *path = g_strconcat("/format/slots/", slots[i].tensor, NULL);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_slot);
  }
  return g_test_run();
}
