/* SPDX-License-Identifier: MIT */
/* Serialised Keras optimizers from the recorded cases. */
#include "documents.h"

#include <stdbool.h>

static void
document_free(void *data)
{
  Document *document = data;

  json_object_unref(document->config);
  g_free(document->id);
  g_free(document->text);
  g_free(document);
}

static JsonObject *
serialise(const char *class_name, JsonObject *config)
{
  JsonObject *object = json_object_new();

  json_object_set_string_member(object, "class_name", class_name);
  json_object_set_object_member(object, "config", json_object_ref(config));
  json_object_set_null_member(object, "registered_name");
  return object;
}

static JsonObject *
around(JsonObject *wrapper, JsonObject *inner)
{
  g_autoptr(JsonObject) config = json_object_new();
  JsonObject *recorded = json_object_get_object_member(wrapper, "config");
  g_autoptr(GList) names = json_object_get_members(recorded);

  for (GList *name = names; name != NULL; name = name->next) {
    json_object_set_member(config, name->data,
                           json_object_dup_member(recorded, name->data));
  }
  json_object_set_object_member(config, "inner_optimizer", inner);
  return serialise("LossScaleOptimizer", config);
}

static Document *
new_document(JsonObject *recorded, const char *class_name, JsonObject *config)
{
  Document *document = g_new0(Document, 1);
  JsonObject *top = serialise(class_name, config);

  if (json_object_has_member(recorded, "wrapper")) {
    top = around(json_object_get_object_member(recorded, "wrapper"), top);
  }
  g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), top);
  document->id = g_strdup(json_object_get_string_member(recorded, "id"));
  document->text = json_to_string(node, true);
  document->config = json_object_ref(config);
  json_object_unref(top);
  return document;
}

static Document *
new_schedule_document(JsonObject *recorded)
{
  g_autoptr(JsonObject) config = json_object_new();
  JsonObject *schedule = json_object_get_object_member(recorded, "schedule");

  json_object_set_object_member(config, "learning_rate", json_object_ref(schedule));
  return new_document(recorded, "SGD", config);
}

/* constructors without arguments, and what get_config() gives then */
static void
add_defaults(GPtrArray *documents, JsonObject *recorded)
{
  JsonArray *calls = json_object_get_array_member(recorded, "configs");

  for (guint i = 0; i < json_array_get_length(calls); i++) {
    JsonObject *call = json_array_get_object_element(calls, i);
    const char *class_name = json_object_get_string_member(call, "optimizer");
    JsonObject *kwargs = json_object_get_object_member(call, "kwargs");
    if (g_str_equal(class_name, "Adadelta") || g_str_equal(class_name, "SGD")) {
      Document *document = new_document(recorded, class_name, kwargs);
      json_object_unref(document->config);
      document->config =
          json_object_ref(json_object_get_object_member(call, "get_config"));
      g_ptr_array_add(documents, document);
    }
  }
}

static void
add_document(GPtrArray *documents, JsonObject *recorded)
{
  const char *kind = json_object_get_string_member(recorded, "kind");

  if (g_str_equal(kind, "train")) {
    g_ptr_array_add(documents,
                    new_document(recorded,
                                 json_object_get_string_member(recorded, "optimizer"),
                                 json_object_get_object_member(recorded, "config")));
  } else if (g_str_equal(kind, "schedule")) {
    g_ptr_array_add(documents, new_schedule_document(recorded));
  } else if (g_str_equal(kind, "config")) {
    add_defaults(documents, recorded);
  }
}

static GDataInputStream *
open_lines(const char *path, GError **error)
{
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GFileInputStream) packed = g_file_read(file, NULL, error);
  g_autoptr(GZlibDecompressor)
      decompressor = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);

  if (packed == NULL) {
    return NULL;
  }
  g_autoptr(GInputStream) plain =
      g_converter_input_stream_new(G_INPUT_STREAM(packed), G_CONVERTER(decompressor));
  return g_data_input_stream_new(plain);
}

GPtrArray *
documents_read(const char *path, GError **error)
{
  g_autoptr(GDataInputStream) lines = open_lines(path, error);
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func(document_free);
  GError *problem = NULL;

  for (char *line = NULL;
       lines != NULL
       && (line = g_data_input_stream_read_line(lines, NULL, NULL, &problem)) != NULL;
       g_free(line)) {
    g_autoptr(JsonNode) node = json_from_string(line, &problem);
    if (problem != NULL) {
      g_free(line);
      break;
    }
    add_document(documents, json_node_get_object(node));
  }
  if (problem != NULL) {
    g_propagate_error(error, problem);
  }
  return lines == NULL || problem != NULL ? NULL : g_steal_pointer(&documents);
}
