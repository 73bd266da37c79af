/* SPDX-License-Identifier: MIT */
/* Presets, even cuts and files of shapes. */
#include "shapes.h"

#include "support/status.h"
#include "support/text.h"

#include <stdarg.h>
#include <string.h>

/* more would not fit into the address space with its state */
#define MOST_TEXT ((gsize)1 << 20)
#define MOST_ELEMENTS ((uint64_t)1 << 40)

static Shapes *
new_empty(const char *name)
{
  Shapes *shapes = g_new0(Shapes, 1);

  shapes->name = g_strdup(name);
  shapes->tensors = g_array_new(FALSE, TRUE, sizeof(ShapesTensor));
  return shapes;
}

void
shapes_free(Shapes *shapes)
{
  if (shapes == NULL) {
    return;
  }
  for (size_t i = 0; i < shapes->tensors->len; i++) {
    g_free(shapes_tensor(shapes, i)->name);
  }
  g_array_unref(shapes->tensors);
  g_free(shapes->name);
  g_free(shapes);
}

const ShapesTensor *
shapes_tensor(const Shapes *shapes, size_t index)
{
  return &g_array_index(shapes->tensors, ShapesTensor, index);
}

/* takes the name */
static void
add(Shapes *shapes, char *name, uint32_t ndim, const uint64_t *shape)
{
  ShapesTensor tensor = { .name = name, .ndim = ndim, .n = 1 };

  for (uint32_t i = 0; i < ndim; i++) {
    tensor.shape[i] = shape[i];
    tensor.n *= shape[i];
  }
  shapes->n += tensor.n;
  g_array_append_val(shapes->tensors, tensor);
}

static void
add_matrix(Shapes *shapes, char *name, uint64_t rows, uint64_t columns)
{
  add(shapes, name, 2, (uint64_t[]){ rows, columns });
}

static void
add_vector(Shapes *shapes, char *name, uint64_t n)
{
  add(shapes, name, 1, &n);
}

/* names alternate, so that a group for biases finds something */
Shapes *
shapes_new_even(uint64_t n, uint64_t n_tensors)
{
  Shapes *shapes = new_empty("even");

  for (uint64_t i = 0; i < n_tensors; i++) {
    add_vector(shapes,
               g_strdup_printf("layer_%" G_GUINT64_FORMAT "/%s", i / 2,
                               i % 2 == 0 ? "kernel" : "bias"),
               n / n_tensors + (i < n % n_tensors));
  }
  return shapes;
}

/* ---- presets ---- */

static Shapes *
new_one_big(void)
{
  return shapes_new_even(50000000, 1);
}

static Shapes *
new_resnet50(void)
{
  return shapes_new_even((uint64_t)161 * 160000, 161);
}

static Shapes *
new_tiny(void)
{
  return shapes_new_even(100000, 10000);
}

static void
add_linear(Shapes *shapes, unsigned layer, const char *name, uint64_t inputs,
           uint64_t outputs)
{
  add_matrix(shapes, g_strdup_printf("h_%u/%s/kernel", layer, name), inputs, outputs);
  add_vector(shapes, g_strdup_printf("h_%u/%s/bias", layer, name), outputs);
}

static void
add_norm(Shapes *shapes, const char *name, uint64_t n)
{
  add_vector(shapes, g_strdup_printf("%s/gamma", name), n);
  add_vector(shapes, g_strdup_printf("%s/bias", name), n);
}

static void
add_gpt2_layer(Shapes *shapes, unsigned layer)
{
  g_autofree char *first = g_strdup_printf("h_%u/ln_1", layer);
  g_autofree char *second = g_strdup_printf("h_%u/ln_2", layer);

  add_norm(shapes, first, 768);
  add_linear(shapes, layer, "attn/c_attn", 768, 2304);
  add_linear(shapes, layer, "attn/c_proj", 768, 768);
  add_norm(shapes, second, 768);
  add_linear(shapes, layer, "mlp/c_fc", 768, 3072);
  add_linear(shapes, layer, "mlp/c_proj", 3072, 768);
}

static Shapes *
new_gpt2_124m(void)
{
  Shapes *shapes = new_empty(NULL);

  add_matrix(shapes, g_strdup("wte"), 50257, 768);
  add_matrix(shapes, g_strdup("wpe"), 1024, 768);
  for (unsigned layer = 0; layer < 12; layer++) {
    add_gpt2_layer(shapes, layer);
  }
  add_norm(shapes, "ln_f", 768);
  return shapes;
}

/* rank 8 on four projections of 32 layers, 4,096 wide */
static Shapes *
new_lora(void)
{
  static const char *const names[] = { "q", "k", "v", "o" };
  Shapes *shapes = new_empty(NULL);

  for (unsigned i = 0; i < 32 * G_N_ELEMENTS(names); i++) {
    const char *name = names[i % G_N_ELEMENTS(names)];
    add_matrix(shapes, g_strdup_printf("layer_%u/%s/lora_a", i / 4, name), 4096, 8);
    add_matrix(shapes, g_strdup_printf("layer_%u/%s/lora_b", i / 4, name), 8, 4096);
  }
  return shapes;
}

static const struct {
  const char *name;
  Shapes *(*make)(void);
} presets[] = {
  { "one-big", new_one_big },     { "resnet50", new_resnet50 },
  { "gpt2-124m", new_gpt2_124m }, { "lora", new_lora },
  { "tiny", new_tiny },
};

char *
shapes_list_presets(void)
{
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(presets); i++) {
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", presets[i].name);
  }
  return g_string_free(text, FALSE);
}

/* ---- files ---- */

static bool
refuse(const char *source, size_t line, const char *what, const char *word,
       GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s:%zu: %s '%s'", source, line, what,
              word);
  return false;
}

static bool
parse_line(Shapes *shapes, char *const *words, const char *source, size_t line,
           GError **error)
{
  uint64_t shape[SHAPES_MAX_DIMS], n = 1;
  uint32_t ndim = 0;

  for (size_t i = 1; words[i] != NULL; i++) {
    guint64 extent;
    if (words[i][0] == '\0') {
      continue;
    }
    if (ndim == SHAPES_MAX_DIMS) {
      return refuse(source, line, "more than 8 extents for", words[0], error);
    }
    if (!g_ascii_string_to_unsigned(words[i], 10, 1, MOST_ELEMENTS / n, &extent,
                                    NULL)) {
      return refuse(source, line,
                    "an extent must be a number from 1 on, not too large, not",
                    words[i], error);
    }
    shape[ndim++] = extent;
    n *= extent;
  }
  add(shapes, g_strdup(words[0]), ndim, shape);
  return true;
}

Shapes *
shapes_parse(const char *text, const char *source, GError **error)
{
  g_autoptr(Shapes) shapes = new_empty(source);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

  for (size_t i = 0; lines[i] != NULL; i++) {
    *strchrnul(lines[i], '#') = '\0';
    g_strdelimit(g_strstrip(lines[i]), "\t", ' ');
    g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
    if (words[0] != NULL && !parse_line(shapes, words, source, i + 1, error)) {
      return NULL;
    }
  }
  if (shapes->n == 0) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s: no shapes; write 'NAME EXTENT...'", source);
    return NULL;
  }
  return g_steal_pointer(&shapes);
}

Shapes *
shapes_new(const char *name_or_file, GError **error)
{
  g_autofree char *text = NULL, *names = shapes_list_presets();
  g_autoptr(GError) failure = NULL;
  gsize length;

  for (size_t i = 0; i < G_N_ELEMENTS(presets); i++) {
    if (g_str_equal(presets[i].name, name_or_file)) {
      Shapes *shapes = presets[i].make();
      g_free(shapes->name);
      shapes->name = g_strdup(name_or_file);
      return shapes;
    }
  }
  text = text_read(name_or_file, MOST_TEXT, "a list of shapes", &length, &failure);
  if (text == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "shapes '%s' are none of %s, and no file: %s", name_or_file, names,
                failure->message);
    return NULL;
  }
  return shapes_parse(text, name_or_file, error);
}
