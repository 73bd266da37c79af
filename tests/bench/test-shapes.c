/* SPDX-License-Identifier: MIT */
/* Synthetic models: presets, even cuts, files. */
#include "bench/shapes.h"

#include <string.h>

static void
test_presets(void)
{
  static const struct {
    const char *name;
    uint64_t n;
    size_t n_tensors;
  } presets[] = {
    { "one-big", 50000000, 1 },      { "resnet50", 25760000, 161 },
    { "gpt2-124m", 124439808, 148 }, { "lora", 8388608, 256 },
    { "tiny", 100000, 10000 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(presets); i++) {
    g_autoptr(Shapes) shapes = shapes_new(presets[i].name, NULL);
    g_assert_nonnull(shapes);
    g_assert_cmpstr(shapes->name, ==, presets[i].name);
    g_assert_cmpuint(shapes->n, ==, presets[i].n);
    g_assert_cmpuint(shapes->tensors->len, ==, presets[i].n_tensors);
  }
}

static void
test_names_are_unique(void)
{
  g_autofree char *text = shapes_list_presets();
  g_auto(GStrv) names = g_strsplit(text, ", ", -1);

  for (size_t i = 0; names[i] != NULL; i++) {
    g_autoptr(Shapes) shapes = shapes_new(names[i], NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t j = 0; j < shapes->tensors->len; j++) {
      g_assert_true(g_hash_table_add(seen, shapes_tensor(shapes, j)->name));
    }
  }
}

static void
test_even_cut_has_all_elements(void)
{
  g_autoptr(Shapes) shapes = shapes_new_even(10, 4);

  g_assert_cmpuint(shapes->n, ==, 10);
  g_assert_cmpuint(shapes_tensor(shapes, 0)->n, ==, 3);
  g_assert_cmpuint(shapes_tensor(shapes, 1)->n, ==, 3);
  g_assert_cmpuint(shapes_tensor(shapes, 2)->n, ==, 2);
  g_assert_cmpuint(shapes_tensor(shapes, 3)->n, ==, 2);
  g_assert_cmpstr(shapes_tensor(shapes, 3)->name, ==, "layer_1/bias");
}

static void
test_file_is_read(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Shapes) shapes = shapes_parse("# a model\n"
                                          "dense/kernel 64\t32  # with a comment\n"
                                          "\n"
                                          "  dense/bias   32\n"
                                          "scale\n",
                                          "model.txt", &error);

  g_assert_no_error(error);
  g_assert_cmpuint(shapes->tensors->len, ==, 3);
  g_assert_cmpuint(shapes->n, ==, 64 * 32 + 32 + 1);
  g_assert_cmpuint(shapes_tensor(shapes, 0)->ndim, ==, 2);
  g_assert_cmpuint(shapes_tensor(shapes, 0)->shape[1], ==, 32);
  g_assert_cmpuint(shapes_tensor(shapes, 2)->ndim, ==, 0);
}

static void
test_refusals(void)
{
  static const struct {
    const char *text, *message;
  } refusals[] = {
    { "a 3\nb 4x5", "f:2: an extent must be a number" },
    { "a 0", "f:1: an extent must be a number" },
    { "a -1", "f:1: an extent must be a number" },
    { "a 1099511627776 2", "not too large, not '2'" },
    { "a 1 1 1 1 1 1 1 1 1", "f:1: more than 8 extents for 'a'" },
    { "# nothing\n", "f: no shapes; write 'NAME EXTENT...'" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(shapes_parse(refusals[i].text, "f", &error));
    g_assert_nonnull(error);
    if (strstr(error->message, refusals[i].message) == NULL) {
      g_error("'%s' is not in '%s'", refusals[i].message, error->message);
    }
  }
}

static void
test_unknown_name_lists_presets(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(shapes_new("resnet51", &error));
  g_assert_nonnull(strstr(error->message, "one-big, resnet50, gpt2-124m, lora, tiny"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/shapes/presets", test_presets);
  g_test_add_func("/bench/shapes/names-are-unique", test_names_are_unique);
  g_test_add_func("/bench/shapes/even-cut-has-all-elements",
                  test_even_cut_has_all_elements);
  g_test_add_func("/bench/shapes/file-is-read", test_file_is_read);
  g_test_add_func("/bench/shapes/refusals", test_refusals);
  g_test_add_func("/bench/shapes/unknown-name-lists-presets",
                  test_unknown_name_lists_presets);
  return g_test_run();
}
