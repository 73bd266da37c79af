/* SPDX-License-Identifier: MIT */
/* The manifest: designs, looks, the machine. */
#include "manifest.h"

#include "design.h"
#include "machine.h"
#include "statistics/plan.h"
#include "support/json_get.h"
#include "support/json_text.h"
#include "support/status.h"

#include <optreg/optreg.h>
#include <string.h>

struct Manifest {
  JsonObject *old;        /* what the folder said, or NULL */
  JsonObject *registered; /* the design at the first look, or NULL */
  JsonObject *machine;    /* that has trained last, or NULL */
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

/* NULL without an error where there is none; looks must not be lost, so one that cannot
 * be read is an error */
static JsonObject *
load(const char *directory, GError **error)
{
  g_autofree char *path = path_in(directory);

  if (!manifest_is_there(directory)) {
    return NULL;
  }
  g_autoptr(JsonNode) root = json_text_read_file(path, error);
  JsonObject *object =
      root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
  if (json_get_array(object, "looks") != NULL) {
    return json_object_ref(object);
  }
  if (root != NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "%s: no list of looks", path);
  }
  g_prefix_error(error, "the record of looks is damaged; restore it, or compare in "
                        "another folder: ");
  return NULL;
}

/* ---- the folder ---- */

static bool
is_harmless(const char *change)
{
  return g_str_has_prefix(change, "arm ") && g_str_has_suffix(change, " was added");
}

bool
manifest_fits(const Comparison *comparison, const char *directory)
{
  g_autoptr(JsonObject) manifest = load(directory, NULL);
  g_autoptr(JsonObject) design = design_describe(comparison);
  g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
  JsonObject *old = json_get_object(manifest, "design");

  if (json_get_object(old, "arms") == NULL || json_get_object(old, "problems") == NULL
      || json_object_get_size(json_get_object(old, "problems"))
             != comparison_n_tasks(comparison)) {
    return false;
  }
  design_compare(changes, old, design);
  for (guint i = 0; i < changes->len; i++) {
    if (!is_harmless(g_ptr_array_index(changes, i))) {
      return false;
    }
  }
  return true;
}

bool
manifest_restore_sites(Comparison *comparison, GError **error)
{
  g_autoptr(JsonObject) manifest = load(comparison->directory, error);
  JsonObject *design = json_get_object(manifest, "design");

  return design != NULL && design_restore(comparison, design);
}

Manifest *
manifest_open(const Comparison *comparison, GError **error)
{
  g_autoptr(GError) failure = NULL;
  JsonObject *old = load(comparison->directory, &failure);

  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  Manifest *manifest = g_new0(Manifest, 1);
  manifest->changes = g_ptr_array_new_with_free_func(g_free);
  manifest->old = old;
  JsonObject *registered = json_get_object(manifest->old, "registered");
  JsonObject *machine = json_get_object(manifest->old, "machine");
  JsonArray *looks = json_get_array(manifest->old, "looks");
  JsonArray *changes = json_get_array(manifest->old, "changes");
  manifest->registered = registered != NULL ? json_object_ref(registered) : NULL;
  manifest->machine = machine != NULL ? json_object_ref(machine) : NULL;
  manifest->looks = json_array_new();
  for (guint i = 0; looks != NULL && i < json_array_get_length(looks); i++) {
    json_array_add_element(manifest->looks, json_array_dup_element(looks, i));
  }
  for (guint i = 0; changes != NULL && i < json_array_get_length(changes); i++) {
    JsonNode *change = json_array_get_element(changes, i);
    if (JSON_NODE_HOLDS_VALUE(change)
        && json_node_get_value_type(change) == G_TYPE_STRING) {
      g_ptr_array_add(manifest->changes, json_node_dup_string(change));
    }
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
    g_clear_pointer(&manifest->machine, json_object_unref);
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
  g_autoptr(JsonObject) design = design_describe(comparison);

  g_ptr_array_set_size(manifest->changes, (gint)manifest->changes->len - 1);
  if (manifest->registered == NULL) {
    manifest->registered = json_object_ref(design);
  } else {
    design_compare(manifest->changes, manifest->registered, design);
  }
  g_ptr_array_add(manifest->changes, NULL);
}

/* the look at which these results were analysed before, or 0 */
static unsigned
find_look(const Manifest *manifest, const char *data)
{
  for (guint i = 0; i < json_array_get_length(manifest->looks); i++) {
    JsonNode *look = json_array_get_element(manifest->looks, i);
    if (JSON_NODE_HOLDS_OBJECT(look)
        && g_str_equal(json_get_text(json_node_get_object(look), "data"), data)) {
      return i + 1;
    }
  }
  return 0;
}

unsigned
manifest_look(Manifest *manifest, const Comparison *comparison, const char *data)
{
  const guint n = json_array_get_length(manifest->looks);
  const unsigned earlier = find_look(manifest, data);

  note_changes(manifest, comparison);
  if (earlier > 0) {
    return earlier;
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
  const MachineBlas library = machine_describe_blas();
  JsonObject *object = json_object_new(), *blas = json_object_new();

  json_object_set_string_member(object, "cpu", machine.cpu);
  json_object_set_int_member(object, "processors", g_get_num_processors());
  json_object_set_string_member(object, "system", machine.system);
  json_object_set_string_member(blas, "library", library.library);
  json_object_set_string_member(blas, "core", library.core);
  json_object_set_int_member(blas, "threads", 1);
  json_object_set_object_member(object, "blas", blas);
  return object;
}

void
manifest_note_machine(Manifest *manifest)
{
  g_clear_pointer(&manifest->machine, json_object_unref);
  manifest->machine = describe_machine();
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

static JsonNode *
describe(const Manifest *manifest, const Comparison *comparison)
{
  const Experiment *experiment = comparison->experiment;
  JsonObject *object = json_object_new(), *seeds = json_object_new();
  JsonNode *root = json_node_new(JSON_NODE_OBJECT);

  json_object_set_string_member(object, "optreg", optreg_version());
  if (experiment->name != NULL) {
    json_object_set_string_member(object, "name", experiment->name);
  }
  json_object_set_object_member(object, "design", design_describe(comparison));
  json_object_set_int_member(seeds, "first", experiment->first_seed);
  json_object_set_int_member(seeds, "count", experiment->n_seeds);
  json_object_set_object_member(object, "seeds", seeds);
  if (manifest->registered != NULL) {
    json_object_set_object_member(object, "registered",
                                  json_object_ref(manifest->registered));
  }
  json_object_set_array_member(object, "looks", json_array_ref(manifest->looks));
  json_object_set_array_member(object, "changes", list_changes(manifest));
  if (manifest->machine != NULL) {
    json_object_set_object_member(object, "machine",
                                  json_object_ref(manifest->machine));
  }
  json_node_take_object(root, object);
  return root;
}

char *
manifest_to_text(const Manifest *manifest, const Comparison *comparison)
{
  g_autoptr(JsonNode) root = describe(manifest, comparison);
  g_autofree char *json = json_text_write(root, true);

  return g_strconcat(json, "\n", NULL);
}

bool
manifest_write(const Manifest *manifest, const Comparison *comparison, GError **error)
{
  g_autofree char *path = path_in(comparison->directory);
  g_autoptr(JsonNode) root = describe(manifest, comparison);

  return json_text_write_file(path, root, error);
}
