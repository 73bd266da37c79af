/* SPDX-License-Identifier: MIT */
/* Arms: a configuration, what the experiment changes in it, what is tuned. */
#include "arm_private.h"
#include "emit.h"

#include <string.h>

static void
clear_range(void *data)
{
  g_free(((Range *)data)->key);
}

Arm *
arm_new(const char *name, const char *source)
{
  Arm *arm = g_new0(Arm, 1);

  arm->name = g_strdup(name);
  arm->source = g_strdup(source);
  arm->overrides = g_array_new(FALSE, FALSE, sizeof(Override));
  arm->space = g_array_new(FALSE, FALSE, sizeof(Range));
  g_array_set_clear_func(arm->space, clear_range);
  return arm;
}

void
arm_free(Arm *arm)
{
  if (arm != NULL) {
    g_free(arm->name);
    g_free(arm->source);
    g_free(arm->copy);
    g_array_unref(arm->overrides);
    g_array_unref(arm->space);
    g_free(arm);
  }
}

const char *
arm_name(const Arm *arm)
{
  return arm->name;
}

const char *
arm_source(const Arm *arm)
{
  return arm->source;
}

void
arm_set_source(Arm *arm, const char *source)
{
  g_free(arm->source);
  arm->source = g_strdup(source);
}

bool
arm_is_tuned(const Arm *arm)
{
  return arm->space->len > 0;
}

const char *
arm_tuned_key(const Arm *arm, size_t dimension)
{
  return dimension < arm->space->len ? g_array_index(arm->space, Range, dimension).key
                                     : NULL;
}

bool
arm_is_tuned_linearly(const Arm *arm, size_t dimension)
{
  return g_array_index(arm->space, Range, dimension).is_linear;
}

static const Override *
find_override(const Arm *arm, const char *key)
{
  for (guint i = 0; i < arm->overrides->len; i++) {
    const Override *override = &g_array_index(arm->overrides, Override, i);
    if (g_str_equal(override->entry->key, key)) {
      return override;
    }
  }
  return NULL;
}

static bool
is_tuned_key(const Arm *arm, const char *key, uint32_t trial)
{
  for (guint i = 0; trial > 0 && i < arm->space->len; i++) {
    if (g_str_equal(g_array_index(arm->space, Range, i).key, key)) {
      return true;
    }
  }
  return false;
}

static void
emit_config(const Arm *arm, uint32_t trial, GString *text, GArray *origins)
{
  const OptregNode *entry = arm->config != NULL ? arm->config->root->children : NULL;

  for (; entry != NULL; entry = entry->next) {
    if (find_override(arm, entry->key) == NULL
        && !is_tuned_key(arm, entry->key, trial)) {
      emit_entry(text, origins, arm->config, entry);
    }
  }
  for (guint i = 0; i < arm->overrides->len; i++) {
    const Override *override = &g_array_index(arm->overrides, Override, i);
    if (!is_tuned_key(arm, override->entry->key, trial)) {
      emit_entry(text, origins, override->document, override->entry);
    }
  }
}

static char *
make_text(const Arm *arm, uint32_t trial, GArray *origins)
{
  GString *text = g_string_new(NULL);

  emit_config(arm, trial, text, origins);
  for (guint i = 0; trial > 0 && i < arm->space->len; i++) {
    g_autofree char *value = space_value(arm->space, i, trial);
    g_string_append_printf(text, "%s: %s\n", g_array_index(arm->space, Range, i).key,
                           value);
  }
  return g_string_free(text, FALSE);
}

char *
arm_text(const Arm *arm, uint32_t trial)
{
  g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(Origin));

  return arm->copy != NULL && arm->overrides->len == 0 && trial == 0
             ? g_strdup(arm->copy)
             : make_text(arm, trial, origins);
}

char *
arm_describe_trial(const Arm *arm, uint32_t trial)
{
  GString *text = g_string_new(NULL);

  for (guint i = 0; trial > 0 && i < arm->space->len; i++) {
    g_autofree char *value = space_value(arm->space, i, trial);
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "",
                           g_array_index(arm->space, Range, i).key, value);
  }
  return text->len > 0 ? g_string_free(text, FALSE)
                       : (g_string_free(text, TRUE), g_strdup("as configured"));
}

char *
arm_translate(const Arm *arm, const char *text_name, const char *message)
{
  g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(Origin));

  if (arm->overrides->len > 0 || arm->copy == NULL) {
    g_free(make_text(arm, 0, origins)); /* for the origins */
    return emit_translate(origins, text_name, message);
  }
  GString *translated = g_string_new(message);
  g_string_replace(translated, text_name, arm->source, 0);
  return g_string_free(translated, FALSE);
}
