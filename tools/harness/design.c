/* SPDX-License-Identifier: MIT */
/* Designs and what differs between them. */
#include "design.h"

#include "identity.h"
#include "support/json_get.h"

static JsonObject *
describe_task(const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  g_autofree char *identity = identity_of_task(comparison, index);
  JsonObject *object = json_object_new();

  const Site *site = comparison_site(comparison, index, 0);
  json_object_set_string_member(object, "problem", identity);
  json_object_set_string_member(object, "data", site->data != NULL ? site->data : "");
  json_object_set_int_member(object, "steps_per_epoch", (gint64)site->steps_per_epoch);
  json_object_set_string_member(object, "metric", task_metric(task)->name);
  json_object_set_string_member(object, "split", split_name(task->split));
  json_object_set_double_member(object, "minimum_effect", task->least_effect);
  return object;
}

static JsonObject *
describe_arm(const Comparison *comparison, size_t index)
{
  const Arm *arm = experiment_arm(comparison->experiment, index);
  const Site *site = comparison_site(comparison, 0, index);
  g_autofree char *config = identity_of_config(comparison, index, 0);
  JsonObject *object = json_object_new();

  json_object_set_string_member(object, "source", arm_source(arm));
  json_object_set_string_member(object, "config_sha256", config);
  json_object_set_string_member(object, "optimizer", site->optimizer);
  json_object_set_string_member(object, "plugin", site->plugin);
  json_object_set_string_member(object, "plugin_sha256", site->plugin_hash);
  json_object_set_boolean_member(object, "is_tuned", arm_is_tuned(arm));
  return object;
}

JsonObject *
design_describe(const Comparison *comparison)
{
  const Experiment *experiment = comparison->experiment;
  JsonObject *design = json_object_new(), *tasks = json_object_new(),
             *arms = json_object_new();

  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    json_object_set_object_member(tasks, experiment_task(experiment, i)->name,
                                  describe_task(comparison, i));
  }
  for (size_t i = 0; i < comparison_n_arms(comparison); i++) {
    json_object_set_object_member(arms, arm_name(experiment_arm(experiment, i)),
                                  describe_arm(comparison, i));
  }
  json_object_set_object_member(design, "problems", tasks);
  json_object_set_object_member(design, "arms", arms);
  json_object_set_string_member(
      design, "control", arm_name(experiment_arm(experiment, experiment->control)));
  json_object_set_double_member(design, "alpha", experiment->alpha);
  json_object_set_string_member(design, "correction",
                                experiment->is_holm ? "holm" : "max-t");
  json_object_set_boolean_member(design, "has_shadows", comparison->has_shadows);
  json_object_set_int_member(design, "trials", experiment->n_trials);
  json_object_set_int_member(design, "tuning_seeds", experiment->n_tuning_seeds);
  return design;
}

static void
restore_site(Site *site, JsonObject *task, JsonObject *arm)
{
  const struct {
    char **text;
    JsonObject *object;
    const char *name;
  } rows[] = { { &site->data, task, "data" },
               { &site->optimizer, arm, "optimizer" },
               { &site->plugin, arm, "plugin" },
               { &site->plugin_hash, arm, "plugin_sha256" } };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    *rows[i].text = g_strdup(json_get_text(rows[i].object, rows[i].name));
  }
  site->steps_per_epoch = json_get_count(task, "steps_per_epoch");
}

static JsonObject *
get_row(JsonObject *design, const char *table, const char *name)
{
  return json_get_object(json_get_object(design, table), name);
}

bool
design_restore(Comparison *comparison, JsonObject *design)
{
  const Experiment *experiment = comparison->experiment;

  comparison->has_shadows =
      json_object_get_boolean_member_with_default(design, "has_shadows", FALSE);
  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    for (size_t k = 0; k < comparison_n_arms(comparison); k++) {
      JsonObject *task =
          get_row(design, "problems", experiment_task(experiment, i)->name);
      JsonObject *arm =
          get_row(design, "arms", arm_name(experiment_arm(experiment, k)));
      if (task == NULL || arm == NULL) {
        return false;
      }
      restore_site(comparison_site(comparison, i, k), task, arm);
      arm_set_source(g_ptr_array_index(experiment->arms, k),
                     json_get_text(arm, "source"));
    }
  }
  return true;
}

/* ---- what differs between two designs ---- */

static bool
is_equal(JsonObject *a, JsonObject *b, const char *name)
{
  JsonNode *x = json_get_value(a, name), *y = json_get_value(b, name);

  return x != NULL && y != NULL && json_node_equal(x, y);
}

static void
add_change(GPtrArray *changes, char *text)
{
  if (g_ptr_array_find_with_equal_func(changes, text, g_str_equal, NULL)) {
    g_free(text);
  } else {
    g_ptr_array_add(changes, text);
  }
}

static void
compare_arms(GPtrArray *changes, JsonObject *old, JsonObject *new)
{
  g_autoptr(GList) names = json_object_get_members(new);
  g_autoptr(GList) old_names = json_object_get_members(old);

  for (GList *link = names; link != NULL; link = link->next) {
    const char *name = link->data;
    if (!json_object_has_member(old, name)) {
      add_change(changes, g_strdup_printf("arm %s was added", name));
    } else if (!is_equal(json_get_object(old, name), json_get_object(new, name),
                         "config_sha256")) {
      add_change(changes, g_strdup_printf("arm %s changed", name));
    }
  }
  for (GList *link = old_names; link != NULL; link = link->next) {
    if (!json_object_has_member(new, link->data)) {
      add_change(changes, g_strdup_printf("arm %s was taken away", (char *)link->data));
    }
  }
}

static void
compare_tasks(GPtrArray *changes, JsonObject *old, JsonObject *new)
{
  static const struct {
    const char *key, *what;
  } rows[] = { { "problem", "options, data, batch size or budget" },
               { "metric", "metric" },
               { "split", "split" },
               { "minimum_effect", "minimum effect" } };
  g_autoptr(GList) names = json_object_get_members(new);

  for (GList *link = names; link != NULL; link = link->next) {
    const char *name = link->data;
    if (!json_object_has_member(old, name)) {
      add_change(changes, g_strdup_printf("problem %s was added", name));
      continue;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
      if (!is_equal(json_get_object(old, name), json_get_object(new, name),
                    rows[i].key)) {
        add_change(changes,
                   g_strdup_printf("the %s of %s changed", rows[i].what, name));
      }
    }
  }
}

void
design_compare(GPtrArray *changes, JsonObject *old, JsonObject *new)
{
  static const char *const members[] = { "control", "alpha", "correction", "trials",
                                         "tuning_seeds" };

  if (json_get_object(old, "arms") == NULL
      || json_get_object(old, "problems") == NULL) {
    add_change(changes, g_strdup("the record of the design was damaged"));
    return;
  }
  compare_arms(changes, json_get_object(old, "arms"), json_get_object(new, "arms"));
  compare_tasks(changes, json_get_object(old, "problems"),
                json_get_object(new, "problems"));
  for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
    if (!is_equal(old, new, members[i])) {
      add_change(changes, g_strdup_printf("%s changed", members[i]));
    }
  }
}
