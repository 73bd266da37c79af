/* SPDX-License-Identifier: MIT */
/* What saving and loading take besides the data stays below what they prove to be
 * there.
 */
#include "checkpoint/load.h"
#include "checkpoint/memory.h"
#include "checkpoint/report.h"
#include "heap.h"
#include "many.h"
#include "optimizer.h"
#include "safetensors/header.h"

#include <string.h>

typedef struct Subject {
  const char *path, *yaml, *name;
  size_t n;
} Subject;

#define LONG_NAME                                                                     \
  "a name that is as long as those of models whose layers are in modules in modules/" \
  "and so on, until nobody knows any more where one is, which happens/"

#define CONTROLS "\1\2\3\4\5\6\7\\\"\1\2\3\4\5\6\7"

static const Subject subjects[] = {
  { "one", "optimizer: adadelta\n" WRAPPED, "w", 1 },
  { "many", "optimizer: adadelta\n" WRAPPED, "layer", MANY },
  { "stateless", "optimizer: sgd\n", "layer", MANY },
  { "long-names", "optimizer: test_lamb\n" WRAPPED, LONG_NAME, 1000 },
  { "escaped-names", "optimizer: adadelta\n" WRAPPED,
    CONTROLS CONTROLS CONTROLS CONTROLS, 1000 },
  { "groups",
    "optimizer: adadelta\ngroups:\n- match: [layer1, b, c, '" LONG_NAME
    "']\n  weight_decay: 0.1\n"
    "- match: [layer2, e, f]\n  learning_rate: 0.5\n",
    "layer", 10 },
};

static void
assert_below(size_t actual, uint64_t bound)
{
  g_test_message("%zu bytes of %" G_GUINT64_FORMAT, actual, bound);
  g_assert_cmpuint(actual, <=, bound);
}

static void
test_a_save_takes_less_than_was_proven(gconstpointer data)
{
  const Subject *subject = data;
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer(subject->yaml, subject->name, subject->n);
  train(optimizer, 2);

  heap_measure();
  g_autoptr(GBytes) bytes = save_to_bytes(optimizer);
  const size_t peak = heap_peak();
  assert_below(peak - g_bytes_get_size(bytes),
               optreg_memory_of_model(optimizer->engine));
}

static OptregTensorFile *
parse(GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);
  OptregTensorFile *file = optreg_tensor_file_parse(data, size, NULL);

  g_assert_nonnull(file);
  return file;
}

static size_t
peak_of_load(optreg_optimizer *optimizer, const OptregTensorFile *file,
             const optreg_load_options *options)
{
  heap_measure();
  g_autoptr(GArray) report = optreg_report_new();
  g_autoptr(GError) error = NULL;
  optreg_load(optimizer->engine, file, options, report, &error);
  return heap_peak();
}

/* into the same optimizer, and into one whose every tensor is a difference */
static void
test_a_load_takes_less_than_was_proven(gconstpointer data)
{
  static const optreg_rename renames[] = { { "layer0", LONG_NAME } };
  static const optreg_load_options options[] = {
    { .missing = OPTREG_MISSING_ERROR },
    { .missing = OPTREG_MISSING_INIT,
      .unexpected = OPTREG_UNEXPECTED_IGNORE,
      .renames = renames,
      .n_renames = 1 },
  };
  const Subject *subject = data;
  g_autoptr(optreg_optimizer)
      saved = new_optimizer(subject->yaml, subject->name, subject->n);
  g_autoptr(optreg_optimizer)
      other = new_optimizer("optimizer: test_adagrad\nuse_ema: true\n", "\1\2\3", 1000);
  train(saved, 2);
  g_autoptr(GBytes) bytes = save_to_bytes(saved);
  g_autoptr(OptregTensorFile) file = parse(bytes);

  for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
    assert_below(peak_of_load(saved, file, &options[i]),
                 optreg_memory_of_match(saved->engine, file, &options[i]));
    assert_below(peak_of_load(other, file, &options[i]),
                 optreg_memory_of_match(other->engine, file, &options[i]));
  }
}

/* pieces that are repeated up to a header of 256 KiB */
static const struct {
  const char *path, *begin, *piece, *frame;
} headers[] = {
  { "tensors", "", ":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}", "" },
  { "empty-objects", "", ":{}", "" },
  { "objects", "", ":{\"\":\"\",\"a\":[],\"b\":[]}", "" },
  { "empty-arrays", "", ":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]", "" },
  { "nested-arrays", "", ":[[[[[[[]]]]]]]", "" },
  { "numbers", "", ":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
    "" },
  { "short-texts", "", ":\"\"", "" },
  { "escapes", "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001", ":\"\\u0001\\n\\n\\n\"",
    "" },
  { "empty-tensors", "", ":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
    "" },
  { "long-shapes", "",
    ":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0],"
    "\"data_offsets\":[0,0]}",
    "" },
  { "metadata", "", ":\"\"", "\"__metadata__\":{" },
};

static GString *
make_header(size_t row)
{
  const char *frame = headers[row].frame;
  GString *text = g_string_new("{");

  g_string_append(text, frame);
  for (unsigned i = 0; text->len < 1 << 18; i++) {
    g_string_append_printf(text, "%s\"%s%x\"%s", i > 0 ? "," : "", headers[row].begin,
                           i, headers[row].piece);
  }
  return g_string_append(text, frame[0] != '\0' ? "}}" : "}");
}

static void
assert_header_takes_less_than_was_proven(const char *text, uint64_t data_size)
{
  const uint64_t proven = optreg_header_memory(text, strlen(text));

  heap_measure();
  g_autoptr(OptregTensorFile)
      file G_GNUC_UNUSED = optreg_header_read(text, strlen(text), data_size, NULL);
  assert_below(heap_peak(), proven);
}

static void
test_a_header_takes_less_than_was_proven(gconstpointer data)
{
  g_autoptr(GString) text = make_header(GPOINTER_TO_SIZE(data));

  assert_header_takes_less_than_was_proven(text->str, 4);
}

/* one key, or one text, of 256 KiB */
static void
test_a_long_text_takes_less_than_was_proven(void)
{
  g_autofree char *filling = g_strnfill(1 << 18, 'x');

  for (int i = 0; i < 4; i++) {
    g_autofree char *text = g_strdup_printf(
        i % 2 == 0 ? "{\"%s%s\":1}" : "{\"__metadata__\":{\"a\":\"%s%s\"}}",
        i < 2 ? "" : "\\n", filling);
    assert_header_takes_less_than_was_proven(text, 0);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
    g_autofree char *save = g_strconcat("/memory/bound/save/", subjects[i].path, NULL);
    g_autofree char *load = g_strconcat("/memory/bound/load/", subjects[i].path, NULL);
    g_test_add_data_func(save, &subjects[i], test_a_save_takes_less_than_was_proven);
    g_test_add_data_func(load, &subjects[i], test_a_load_takes_less_than_was_proven);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
    g_autofree char *path = g_strconcat("/memory/bound/header/", headers[i].path, NULL);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_a_header_takes_less_than_was_proven);
  }
  g_test_add_func("/memory/bound/header/long-texts",
                  test_a_long_text_takes_less_than_was_proven);
  return g_test_run();
}
