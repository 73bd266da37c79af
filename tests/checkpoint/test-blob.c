/* SPDX-License-Identifier: MIT */
/* A plugin that fails to write or to read its part: its words, and nothing lost. */
#include "folder.h"
#include "memory.h"

#define FAILING(call) "optimizer: test_fail_blob\nmark: 5\nfail_in: " call "\n"

static const char sound[] = "optimizer: test_fail_blob\nmark: 3\n";

typedef struct Failure {
  const char *path, *yaml;
  optreg_error_code code;
  const char *message;
} Failure;

/* ---- saving ---- */

static const Failure save_failures[] = {
  { "silently", FAILING("save_silently"), OPTREG_ERROR_PLUGIN,
    "optimizer 'test_fail_blob': serialize failed: it does not offer this" },
  { "with-words", FAILING("save_with_words"), OPTREG_ERROR_PLUGIN,
    "optimizer 'test_fail_blob': serialize failed: the mark has worn off" },
  { "too-much", FAILING("save_too_much"), OPTREG_ERROR_MEMORY,
    "optimizer 'test_fail_blob': serialize failed: more than 1 GiB: the blob needs "
    "1073741832 bytes" },
  { "too-much-unnoticed", FAILING("save_too_much_unnoticed"), OPTREG_ERROR_MEMORY,
    "optimizer 'test_fail_blob': serialize failed: more than 1 GiB: the blob needs "
    "1073741832 bytes" },
};

static void
test_a_save_that_fails_leaves_the_file(Folder *folder, gconstpointer data)
{
  const Failure *row = data;
  g_autoptr(Model) other = model_from_text(sound);
  g_autoptr(Model) model = model_from_text(row->yaml);
  g_autoptr(optreg_error) error = NULL, memory_error = NULL;
  size_t size;
  write_all(other, folder->path);
  g_autoptr(GBytes) before = read_bytes(folder->path);
  model_train(model, 2);

  g_assert_false(optreg_optimizer_save(model->optimizer, folder->path, NULL, &error));
  g_assert_cmpint(error->code, ==, row->code);
  g_assert_cmpstr(error->message, ==, row->message);
  g_autoptr(GBytes) after = read_bytes(folder->path);
  assert_same_bytes(after, before);
  g_assert_cmpuint(count_files(folder->directory), ==, 1);
  g_assert_null(
      optreg_optimizer_save_to_memory(model->optimizer, NULL, &size, &memory_error));
  g_assert_cmpstr(memory_error->message, ==, row->message);
  model_train(model, 1);
}

/* ---- loading ---- */

static const Failure load_failures[] = {
  { "half-way", FAILING("load_half_way"), OPTREG_ERROR_PLUGIN,
    "optimizer 'test_fail_blob': deserialize failed: the mark is of another maker" },
  { "too-much-unnoticed", FAILING("load_too_much_unnoticed"), OPTREG_ERROR_PLUGIN,
    "optimizer 'test_fail_blob': deserialize failed: the saved state is damaged or of "
    "another version" },
};

static void
test_a_load_that_fails_leaves_the_state(gconstpointer data)
{
  const Failure *row = data;
  const optreg_load_options options = { .with_parameters = true };
  g_autoptr(Model) saved = model_from_text(sound);
  g_autoptr(Model) model = model_from_text(row->yaml);
  g_autoptr(optreg_error) error = NULL;
  model_train(saved, 3);
  model_train(model, 2);
  g_autoptr(GBytes) bytes = save_all(saved);
  g_autoptr(GBytes) before = save_all(model);

  g_assert_false(load_all(model, bytes, &options, &error));
  g_assert_cmpint(error->code, ==, row->code);
  g_assert_cmpstr(error->message, ==, row->message);
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, before);
}

static void
test_a_sound_blob_comes_back(void)
{
  g_autoptr(Model) saved = model_from_text(sound);
  g_autoptr(Model) loaded = model_from_text("optimizer: test_fail_blob\nmark: 5\n");
  g_autoptr(GBytes) bytes = save_all(saved);
  const optreg_state_info *states;
  const double mark = 3.0;

  g_assert_true(load_all(loaded, bytes, NULL, NULL));
  g_assert_cmpuint(optreg_optimizer_states(loaded->optimizer, &states), ==, 1);
  g_assert_cmpstr(states[0].name, ==, "optimizer/blob");
  g_assert_cmpmem(states[0].data, states[0].bytes, &mark, sizeof mark);
}

static void
test_a_blob_that_fails_is_no_state(void)
{
  g_autoptr(Model) model = model_from_text(FAILING("save_silently"));
  const optreg_state_info *states;

  g_assert_cmpuint(optreg_optimizer_states(model->optimizer, &states), ==, 0);
  g_assert_null(states);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(save_failures); i++) {
    g_autofree char *path = g_strconcat("/blob/save/", save_failures[i].path, NULL);
    g_test_add(path, Folder, &save_failures[i], folder_set_up,
               test_a_save_that_fails_leaves_the_file, folder_tear_down);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(load_failures); i++) {
    g_autofree char *path = g_strconcat("/blob/load/", load_failures[i].path, NULL);
    g_test_add_data_func(path, &load_failures[i],
                         test_a_load_that_fails_leaves_the_state);
  }
  g_test_add_func("/blob/sound", test_a_sound_blob_comes_back);
  g_test_add_func("/blob/no-state", test_a_blob_that_fails_is_no_state);
  return g_test_run();
}
