/* SPDX-License-Identifier: MIT */
/* The manifest: designs, looks, the machine. */
#include "manifest.h"

#include "identity.h"
#include "machine.h"
#include "statistics/plan.h"

#include <json-glib/json-glib.h>
#include <optreg/optreg.h>
#include <string.h>

struct Manifest {
  JsonObject *old;        /* what the folder said, or NULL */
  JsonObject *registered; /* the design at the first look, or NULL */
  JsonArray *looks;
  GPtrArray *changes; /* of char *, NULL-terminated */
};

static char *
path_in(const char *directory)
{
  return g_build_filename(directory, "manifest.json", NULL);
}

bool
manifest_is_there(const char *directory)
{
  g_autofree char *path = path_in(directory);
  return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static JsonObject *
load(const char *directory)
{
  g_autofree char *path = path_in(directory);
  g_autoptr(JsonParser) parser = json_parser_new_immutable();

  if (!json_parser_load_from_file(parser, path, NULL)) {
    return NULL;
  }
  JsonNode *root = json_parser_get_root(parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_dup_object(root)
                                                      : NULL;
}

/* ---- the design ---- */

static JsonObject *
describe_task(const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  g_autofree char *identity = identity_of_task(comparison, index);
  JsonObject *object = json_object_new();

  json_object_set_string_member(object, "problem", identity);
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

static JsonObject *
describe_design(const Comparison *comparison)
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
  json_object_set_int_member(design, "trials", experiment->n_trials);
  json_object_set_int_member(design, "tuning_seeds", experiment->n_tuning_seeds);
  return design;
}

/* ---- what differs between two designs ---- */

static bool
is_equal(JsonObject *a, JsonObject *b, const char *name)
{
  JsonNode *x = json_object_get_member(a, name), *y = json_object_get_member(b, name);
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
    } else if (!is_equal(json_object_get_object_member(old, name),
                         json_object_get_object_member(new, name), "config_sha256")) {
      add_change(changes, g_strdup_printf("arm %s was changed", name));
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
      if (!is_equal(json_object_get_object_member(old, name),
                    json_object_get_object_member(new, name), rows[i].key)) {
        add_change(changes,
                   g_strdup_printf("the %s of %s was changed", rows[i].what, name));
      }
    }
  }
}

static void
compare_designs(GPtrArray *changes, JsonObject *old, JsonObject *new)
{
  static const char *const members[] = { "control", "alpha", "correction", "trials",
                                         "tuning_seeds" };

  compare_arms(changes, json_object_get_object_member(old, "arms"),
               json_object_get_object_member(new, "arms"));
  compare_tasks(changes, json_object_get_object_member(old, "problems"),
                json_object_get_object_member(new, "problems"));
  for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
    if (!is_equal(old, new, members[i])) {
      add_change(changes, g_strdup_printf("%s was changed", members[i]));
    }
  }
}

/* ---- the folder ---- */

static JsonObject *
get_object(JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                      : NULL;
}

static bool
is_harmless(const char *change)
{
  return g_str_has_prefix(change, "arm ") && g_str_has_suffix(change, " was added");
}

bool
manifest_fits(const Comparison *comparison, const char *directory)
{
  g_autoptr(JsonObject) manifest = load(directory);
  g_autoptr(JsonObject) design = describe_design(comparison);
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  JsonObject *old = get_object(manifest, "design");

  if (get_object(old, "arms") == NULL || get_object(old, "problems") == NULL
      || json_object_get_size(get_object(old, "problems"))
             != comparison_n_tasks(comparison)) {
    return false;
  }
  compare_designs(changes, old, design);
  for (guint i = 0; i < changes->len; i++) {
    if (!is_harmless(g_ptr_array_index(changes, i))) {
      return false;
    }
  }
  return true;
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member(object, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

Manifest *
manifest_open(const Comparison *comparison)
{
  Manifest *manifest = g_new0(Manifest, 1);

  manifest->changes = g_ptr_array_new_with_free_func(g_free);
  manifest->old = load(comparison->directory);
  JsonObject *registered = get_object(manifest->old, "registered");
  JsonArray *looks = get_array(manifest->old, "looks");
  JsonArray *changes = get_array(manifest->old, "changes");
  manifest->registered = registered != NULL ? json_object_ref(registered) : NULL;
  manifest->looks = json_array_new();
  for (guint i = 0; looks != NULL && i < json_array_get_length(looks); i++) {
    json_array_add_element(manifest->looks, json_array_dup_element(looks, i));
  }
  for (guint i = 0; changes != NULL && i < json_array_get_length(changes); i++) {
    g_ptr_array_add(manifest->changes,
                    g_strdup(json_array_get_string_element(changes, i)));
  }
  g_ptr_array_add(manifest->changes, NULL);
  return manifest;
}

void
manifest_free(Manifest *manifest)
{
  if (manifest != NULL) {
    g_clear_pointer(&manifest->old, json_object_unref);
    g_clear_pointer(&manifest->registered, json_object_unref);
    json_array_unref(manifest->looks);
    g_ptr_array_unref(manifest->changes);
    g_free(manifest);
  }
}

const char *const *
manifest_changes(const Manifest *manifest)
{
  return (const char *const *)manifest->changes->pdata;
}

/* ---- looks ---- */

static void
note_changes(Manifest *manifest, const Comparison *comparison)
{
  g_autoptr(JsonObject) design = describe_design(comparison);

  g_ptr_array_set_size(manifest->changes, (gint)manifest->changes->len - 1);
  if (manifest->registered == NULL) {
    manifest->registered = json_object_ref(design);
  } else {
    compare_designs(manifest->changes, manifest->registered, design);
  }
  g_ptr_array_add(manifest->changes, NULL);
}

unsigned
manifest_look(Manifest *manifest, const Comparison *comparison, const char *data)
{
  const guint n = json_array_get_length(manifest->looks);
  JsonObject *last = n > 0 ? json_array_get_object_element(manifest->looks, n - 1)
                           : NULL;

  note_changes(manifest, comparison);
  if (last != NULL
      && g_str_equal(json_object_get_string_member_with_default(last, "data", ""),
                     data)) {
    return n;
  }
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autofree char *time = g_date_time_format_iso8601(now);
  JsonObject *look = json_object_new();
  json_object_set_int_member(look, "look", n + 1);
  json_object_set_double_member(
      look, "alpha", plan_alpha_of_look(comparison->experiment->alpha, n + 1));
  json_object_set_int_member(look, "seeds", comparison->experiment->n_seeds);
  json_object_set_string_member(look, "data", data);
  json_object_set_string_member(look, "time", time);
  json_array_add_object_element(manifest->looks, look);
  return n + 1;
}

/* ---- writing ---- */

static JsonObject *
describe_machine(void)
{
  const Machine machine = machine_describe();
  JsonObject *object = json_object_new(), *blas = json_object_new();

  json_object_set_string_member(object, "cpu", machine.cpu);
  json_object_set_int_member(object, "processors", g_get_num_processors());
  json_object_set_string_member(object, "system", machine.system);
  json_object_set_string_member(blas, "library", machine.blas);
  json_object_set_string_member(blas, "core", machine.blas_core);
  json_object_set_int_member(blas, "threads", 1);
  json_object_set_object_member(object, "blas", blas);
  return object;
}

static JsonArray *
list_changes(const Manifest *manifest)
{
  JsonArray *changes = json_array_new();

  for (guint i = 0; i + 1 < manifest->changes->len; i++) {
    json_array_add_string_element(changes, g_ptr_array_index(manifest->changes, i));
  }
  return changes;
}

bool
manifest_write(const Manifest *manifest, const Comparison *comparison, GError **error)
{
  const Experiment *experiment = comparison->experiment;
  JsonObject *object = json_object_new(), *seeds = json_object_new();
  g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
  g_autofree char *path = path_in(comparison->directory);

  json_object_set_string_member(object, "optreg", optreg_version());
  if (experiment->name != NULL) {
    json_object_set_string_member(object, "name", experiment->name);
  }
  json_object_set_object_member(object, "design", describe_design(comparison));
  json_object_set_int_member(seeds, "first", experiment->first_seed);
  json_object_set_int_member(seeds, "count", experiment->n_seeds);
  json_object_set_object_member(object, "seeds", seeds);
  if (manifest->registered != NULL) {
    json_object_set_object_member(object, "registered",
                                  json_object_ref(manifest->registered));
  }
  json_object_set_array_member(object, "looks", json_array_ref(manifest->looks));
  json_object_set_array_member(object, "changes", list_changes(manifest));
  json_object_set_object_member(object, "machine", describe_machine());
  json_node_take_object(root, object);
  g_autofree char *json = json_to_string(root, TRUE);
  g_autofree char *text = g_strconcat(json, "\n", NULL);
  return g_file_set_contents(path, text, -1, error);
}
