/* SPDX-License-Identifier: MIT */
/* An arm's configuration, value by value. */
#include "arm_private.h"

#include <string.h>

static void
setting_clear(void *data)
{
  Setting *setting = data;

  g_free(setting->path);
  g_free(setting->text);
}

static void add_children(GArray *settings, const OptregNode *node, const char *prefix);

static void
add_node(GArray *settings, const OptregNode *node, const char *path)
{
  if (node->kind == OPTREG_NODE_SCALAR) {
    const Setting setting = { g_strdup(path), g_strdup(node->text) };
    g_array_append_val(settings, setting);
  } else {
    add_children(settings, node, path);
  }
}

static void
add_children(GArray *settings, const OptregNode *node, const char *prefix)
{
  size_t index = 0;

  for (const OptregNode *child = node->children; child != NULL; child = child->next) {
    g_autofree char *path = child->key == NULL
                                ? g_strdup_printf("%s[%zu]", prefix, index)
                            : prefix[0] == '\0'
                                ? g_strdup(child->key)
                                : g_strdup_printf("%s.%s", prefix, child->key);
    add_node(settings, child, path);
    index++;
  }
}

GArray *
arm_settings(const Arm *arm, uint32_t trial)
{
  GArray *settings = g_array_new(FALSE, FALSE, sizeof(Setting));
  g_autofree char *text = arm_text(arm, trial);
  OptregNode *root = document_parse(text, strlen(text), arm->name, NULL);

  g_array_set_clear_func(settings, setting_clear);
  if (root != NULL) {
    add_children(settings, root, "");
    optreg_node_free(root);
  }
  return settings;
}

const char *
settings_find(const GArray *settings, const char *path)
{
  for (guint i = 0; i < settings->len; i++) {
    const Setting *setting = &g_array_index(settings, Setting, i);
    if (g_str_equal(setting->path, path)) {
      return setting->text;
    }
  }
  return NULL;
}
