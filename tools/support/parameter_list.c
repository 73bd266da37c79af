/* SPDX-License-Identifier: MIT */
/* Names and shapes of a model's parameters. */
#include "parameter_list.h"

#include "config/node.h"
#include "config/oddity.h"
#include "config/place.h"
#include "status.h"
#include "text.h"

#include <optreg/optreg.h>
#include <string.h>

enum { MOST_DIMENSIONS = 32 };

static void
clear_parameter(void *data)
{
  Parameter *parameter = data;

  g_free(parameter->name);
  g_free(parameter->dims);
}

GArray *
parameter_list_new(void)
{
  GArray *list = g_array_new(FALSE, TRUE, sizeof(Parameter));

  g_array_set_clear_func(list, clear_parameter);
  return list;
}

void
parameter_list_add(GArray *list, const char *name, uint32_t dtype, const uint64_t *dims,
                   uint32_t ndim)
{
  const Parameter parameter = { g_strdup(name), g_memdup2(dims, ndim * sizeof *dims),
                                ndim, dtype };

  g_array_append_val(list, parameter);
}

uint64_t
parameter_size(const Parameter *parameter)
{
  uint64_t n = 1;

  for (uint32_t i = 0; i < parameter->ndim; i++) {
    n *= parameter->dims[i];
  }
  return n;
}

/* ---- text: "f64 [3, 4]" ---- */

static bool
read_dtype(const char *word, uint32_t *dtype)
{
  if (word[0] == '\0' || g_ascii_strcasecmp(word, "f32") == 0) {
    *dtype = OPTREG_F32;
    return true;
  }
  *dtype = OPTREG_F64;
  return g_ascii_strcasecmp(word, "f64") == 0;
}

/* false when it is no shape, or one of more elements than memory has */
static bool
read_dims(char *const *extents, uint64_t *dims, uint32_t *ndim)
{
  uint64_t bytes = sizeof(double);

  for (*ndim = 0; extents[*ndim] != NULL; ++*ndim) {
    guint64 extent;
    if (*ndim == MOST_DIMENSIONS
        || !g_ascii_string_to_unsigned(g_strstrip(extents[*ndim]), 10, 0, G_MAXINT64,
                                       &extent, NULL)
        || __builtin_mul_overflow(bytes, extent, &bytes) || bytes > G_MAXINT64) {
      return false;
    }
    dims[*ndim] = extent;
  }
  return true;
}

static bool
add_text(GArray *list, const char *name, const char *text)
{
  g_auto(GStrv) halves = g_strsplit(text, "[", 2);
  uint64_t dims[MOST_DIMENSIONS];
  uint32_t ndim = 0, dtype = 0;

  if (halves[0] == NULL || halves[1] == NULL || !g_str_has_suffix(halves[1], "]")
      || !read_dtype(g_strstrip(halves[0]), &dtype)) {
    return false;
  }
  halves[1][strlen(halves[1]) - 1] = '\0';
  g_auto(GStrv) extents = g_strsplit(g_strstrip(halves[1]), ",", -1);
  if (!read_dims(extents, dims, &ndim)) {
    return false;
  }
  parameter_list_add(list, name, dtype, dims, ndim);
  return true;
}

/* ---- YAML ---- */

static char *
text_of(const OptregNode *node)
{
  GString *text = g_string_new("[");

  if (node->kind != OPTREG_NODE_SEQUENCE) {
    g_string_free(text, TRUE);
    return g_strdup(node->text != NULL ? node->text : "");
  }
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    g_string_append_printf(text, "%s%s", entry == node->children ? "" : ", ",
                           entry->text != NULL ? entry->text : "?");
  }
  g_string_append_c(text, ']');
  return g_string_free(text, FALSE);
}

static GArray *
parse_yaml(const char *path, GError **error)
{
  g_autoptr(GArray) list = parameter_list_new();
  gsize length;
  g_autofree char *yaml = text_read(path, OPTREG_NODE_MAX_LENGTH,
                                    "a list of names and shapes", &length, error);
  g_autoptr(OptregNode)
      tree = yaml != NULL ? optreg_node_parse(yaml, length, path, error) : NULL;

  for (const OptregNode *node = tree != NULL ? tree->children : NULL; node != NULL;
       node = node->next) {
    g_autofree char *text = text_of(node);
    g_autofree char *name = optreg_quote(node->key);
    if (!add_text(list, node->key, text)) {
      optreg_fail_at(path, node->line, node->column, error,
                     "%s: expected a shape such as [64, 32] or f64 [64, 32]", name);
      return NULL;
    }
  }
  return tree != NULL ? g_steal_pointer(&list) : NULL;
}

static GArray *
read_yaml(const char *path, GError **error)
{
  g_autoptr(GError) failure = NULL;
  GArray *list = parse_yaml(path, &failure);

  if (list == NULL) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, failure->message);
  }
  return list;
}

/* ---- files of tensors ---- */

static GArray *
list_tensors(const optreg_checkpoint *checkpoint, GError **error)
{
  g_autoptr(GArray) list = parameter_list_new();
  const optreg_state_info *states;
  const size_t n = optreg_checkpoint_states(checkpoint, &states);

  for (size_t i = 0; i < n; i++) {
    uint32_t dtype = 0;
    if (!read_dtype(states[i].dtype, &dtype)) {
      g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                  "tensor '%s' is %s: this version trains f32 and f64 parameters only",
                  states[i].name, states[i].dtype);
      return NULL;
    }
    parameter_list_add(list, states[i].name, dtype, states[i].shape, states[i].ndim);
  }
  return g_steal_pointer(&list);
}

/* what the checkpoint says about the model whose state it is */
static GArray *
list_parameters(const optreg_checkpoint *checkpoint, GError **error)
{
  static const char prefix[] = "parameter:";
  g_autoptr(GArray) list = parameter_list_new();
  const optreg_metadata *metadata;
  const size_t n = optreg_checkpoint_metadata(checkpoint, &metadata);

  for (size_t i = 0; i < n; i++) {
    const char *name = metadata[i].key + strlen(prefix);
    if (g_str_has_prefix(metadata[i].key, prefix)
        && !add_text(list, name, metadata[i].value)) {
      g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                  "parameter '%s' has the shape '%s'", name, metadata[i].value);
      return NULL;
    }
  }
  return list->len > 0 ? g_steal_pointer(&list) : list_tensors(checkpoint, error);
}

GArray *
parameter_list_read(const char *path, GError **error)
{
  optreg_error *failure = NULL;
  optreg_checkpoint *checkpoint = optreg_checkpoint_open(path, &failure);

  if (checkpoint == NULL && g_str_has_suffix(path, ".safetensors")) {
    status_take(failure, error);
    return NULL;
  }
  optreg_error_free(failure);
  GArray *list = checkpoint != NULL ? list_parameters(checkpoint, error)
                                    : read_yaml(path, error);
  optreg_checkpoint_free(checkpoint);
  if (list != NULL && list->len == 0) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: there are no parameters", path);
    g_clear_pointer(&list, g_array_unref);
  }
  return list;
}
