/* SPDX-License-Identifier: MIT */
/* optreg config FILE --keras: what it writes, what it refuses, and the way back. */
#include "documents.h"
#include "trees.h"

#include <glib/gstdio.h>
#include <string.h>

/* a file in a folder of its own, and the end of the last command */
typedef struct Fixture {
  char *folder, *path;
  char *out, *err;
  int status;
} Fixture;

static void
set_up(Fixture *fixture, const void *unused)
{
  (void)unused;
  fixture->folder = g_dir_make_tmp("optreg-keras-XXXXXX", NULL);
  g_assert_nonnull(fixture->folder);
  fixture->path = g_build_filename(fixture->folder, "a.yaml", NULL);
}

static void
tear_down(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_remove(fixture->path);
  g_rmdir(fixture->folder);
  g_free(fixture->folder);
  g_free(fixture->path);
  g_free(fixture->out);
  g_free(fixture->err);
}

static void
write_for_keras(Fixture *fixture, const char *text)
{
  g_autoptr(GError) error = NULL;
  const char *const command[] = { g_getenv("OPTREG_TEST_CLI"), "config", "a.yaml",
                                  "--keras", NULL };
  int wait_status = 0;

  g_clear_pointer(&fixture->out, g_free);
  g_clear_pointer(&fixture->err, g_free);
  g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
  g_spawn_sync(fixture->folder, (char **)command, NULL, G_SPAWN_DEFAULT, NULL, NULL,
               &fixture->out, &fixture->err, &wait_status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(wait_status));
  fixture->status = WEXITSTATUS(wait_status);
}

/* ---- there and back ---- */

/* effective values, without where they come from */
static char *
list_options(const char *text)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(text);
  g_autoptr(GString) list = g_string_new(NULL);
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    g_string_append_printf(list, "%s: %s\n", options[i].name, options[i].value);
  }
  /* the same where every gradient is an update, and refused elsewhere */
  g_string_replace(list, "counter: step}", "counter: micro_step}", 0);
  return g_strdup(list->str);
}

static void
check_round_trip(Fixture *fixture, const char *text)
{
  g_autofree char *before = list_options(text);

  write_for_keras(fixture, text);
  g_assert_cmpstr(fixture->err, ==, "");
  g_assert_cmpint(fixture->status, ==, 0);
  g_autofree char *after = list_options(fixture->out);
  g_assert_cmpstr(after, ==, before);
}

/* ---- recorded configs ---- */

static JsonObject *
config_of(JsonNode *document)
{
  JsonObject *config =
      json_object_get_object_member(json_node_get_object(document), "config");

  if (json_object_has_member(config, "inner_optimizer")) {
    JsonObject *inner = json_object_get_object_member(config, "inner_optimizer");
    return json_object_get_object_member(inner, "config");
  }
  return config;
}

/* Keras passes over it, so its default is written */
static bool
may_change(const char *key)
{
  static const char *const keys[] = {
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "ema_momentum",
    "nesterov",
    "ema_overwrite_frequency",
    "gradient_accumulation_steps",
    "loss_scale_factor",
    NULL,
  };
  return g_strv_contains(keys, key);
}

/* as get_config() has them */
static void
check_order(JsonObject *recorded, JsonObject *config)
{
  g_autoptr(GList) before = json_object_get_members(recorded);
  g_autoptr(GList) after = json_object_get_members(config);
  const GList *name = after;

  for (const GList *key = before; key != NULL; key = key->next, name = name->next) {
    g_assert_nonnull(name);
    g_assert_cmpstr(name->data, ==, key->data);
  }
  g_assert_null(name);
}

static void
check_same_config(JsonObject *recorded, const char *written)
{
  g_autoptr(JsonNode) document = json_from_string(written, NULL);
  g_autoptr(GList) names = json_object_get_members(recorded);
  JsonObject *config = config_of(document);

  if (json_object_has_member(recorded, "name")) {
    check_order(recorded, config);
  }
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *before = json_object_get_member(recorded, name->data);
    JsonNode *after = json_object_get_member(config, name->data);
    g_assert_nonnull(after);
    if (JSON_NODE_HOLDS_VALUE(before) && !may_change(name->data)) {
      /* the learning rate of get_config() is a float32 */
      g_assert_true((float)json_node_get_double(before)
                    == (float)json_node_get_double(after));
      g_assert_cmpstr(json_node_get_string(before), ==, json_node_get_string(after));
    }
  }
}

/* what has no equivalent, and what Keras computes although nobody can mean it */
static bool
is_refused(const Document *document)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_optimizer) optimizer =
      optreg_optimizer_from_string(registry, document->text, document->id, &error);

  if (optimizer != NULL) {
    return false;
  }
  if (strstr(error->message, "a function is not in the file") == NULL
      && strstr(error->message, "boundaries: must increase") == NULL) {
    g_error("%s", error->message);
  }
  return true;
}

static void
test_recorded_configs(Fixture *fixture, const void *unused)
{
  g_autofree char *path = source_path("conformance/cases/cases.jsonl.gz");
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) documents = documents_read(path, &error);
  guint n_compared = 0;

  (void)unused;
  g_assert_no_error(error);
  for (guint i = 0; i < documents->len; i++) {
    const Document *document = documents->pdata[i];
    g_test_message("%s", document->id);
    if (!is_refused(document)) {
      check_round_trip(fixture, document->text);
      check_same_config(document->config, fixture->out);
      n_compared++;
    }
  }
  g_assert_cmpuint(n_compared, >, 120);
}

/* ---- the project's configs ---- */

static void
test_configs(Fixture *fixture, const void *unused)
{
  static const char *const names[] = { "adadelta.yaml", "adadelta-paper.yaml",
                                       "adagrad.yaml",  "adam.yaml",
                                       "adamw.yaml",    "rmsprop.yaml",
                                       "sgd.yaml",      "sgd-momentum.yaml" };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path =
        g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), names[i], NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    check_round_trip(fixture, text);
  }
}

static const char everything[] =
    "optimizer: sgd\n"
    "name: 'my \"sgd\"'\n"
    "learning_rate: {schedule: cosine_decay, initial_learning_rate: 0, decay_steps: "
    "100, warmup_target: 1, warmup_steps: 10, counter: micro_step}\n"
    "momentum: 0.9\n"
    "nesterov: yes\n"
    "weight_decay: 1e-4\n"
    "clipvalue: 3\n"
    "use_ema: true\n"
    "ema_momentum: 0.95\n"
    "ema_overwrite_frequency: 7\n"
    "loss_scale_factor: {dynamic: true, initial_scale: 1024, dynamic_growth_steps: 5}\n"
    "gradient_accumulation_steps: 4\n";

/* numbers that Python must read as floats have a point or an exponent */
static const char everything_for_keras[] =
    "{\n"
    "  \"module\": \"keras.optimizers\",\n"
    "  \"class_name\": \"LossScaleOptimizer\",\n"
    "  \"config\": {\n"
    "    \"name\": \"loss_scale_optimizer\",\n"
    "    \"inner_optimizer\": {\n"
    "      \"module\": \"keras.optimizers\",\n"
    "      \"class_name\": \"SGD\",\n"
    "      \"config\": {\n"
    "        \"name\": \"my \\\"sgd\\\"\",\n"
    "        \"learning_rate\": {\n"
    "          \"module\": \"keras.optimizers.schedules\",\n"
    "          \"class_name\": \"CosineDecay\",\n"
    "          \"config\": {\n"
    "            \"initial_learning_rate\": 0.0,\n"
    "            \"decay_steps\": 100,\n"
    "            \"alpha\": 0.0,\n"
    "            \"name\": \"CosineDecay\",\n"
    "            \"warmup_target\": 1.0,\n"
    "            \"warmup_steps\": 10\n"
    "          },\n"
    "          \"registered_name\": null\n"
    "        },\n"
    "        \"weight_decay\": 1e-4,\n"
    "        \"clipnorm\": null,\n"
    "        \"global_clipnorm\": null,\n"
    "        \"clipvalue\": 3.0,\n"
    "        \"use_ema\": true,\n"
    "        \"ema_momentum\": 0.95,\n"
    "        \"ema_overwrite_frequency\": 7,\n"
    "        \"loss_scale_factor\": null,\n"
    "        \"gradient_accumulation_steps\": 4,\n"
    "        \"momentum\": 0.9,\n"
    "        \"nesterov\": true\n"
    "      },\n"
    "      \"registered_name\": null\n"
    "    },\n"
    "    \"initial_scale\": 1024.0,\n"
    "    \"dynamic_growth_steps\": 5\n"
    "  },\n"
    "  \"registered_name\": null\n"
    "}\n";

static void
test_everything(Fixture *fixture, const void *unused)
{
  (void)unused;
  check_round_trip(fixture, everything);
  g_assert_cmpstr(fixture->out, ==, everything_for_keras);
}

static void
test_lists_of_values(Fixture *fixture, const void *unused)
{
  (void)unused;
  check_round_trip(fixture, "optimizer: adadelta\nlearning_rate: {schedule: "
                            "piecewise_constant_decay, boundaries: [10, 20], values: "
                            "[1, 0.5, 1e-3]}\n");
  g_assert_nonnull(strstr(fixture->out, "\"boundaries\": [10, 20],\n"));
  g_assert_nonnull(strstr(fixture->out, "\"values\": [1.0, 0.5, 0.001],\n"));
  g_assert_nonnull(strstr(fixture->out, "\"name\": \"PiecewiseConstant\"\n"));
}

/* ---- what Keras cannot express ---- */

typedef struct Refusal {
  const char *name, *options;
  const char *problems;
} Refusal;

static const Refusal refusals[] = {
  { "groups", "groups: [{match: a, rho: 0.5}, {ndim: 1, weight_decay: 0.1}]",
    "  groups[0]: Keras has no groups of parameters; for weight decay alone call "
    "exclude_from_weight_decay there\n"
    "  groups[1]: Keras has no groups of parameters; for weight decay alone call "
    "exclude_from_weight_decay there\n" },
  { "combined-clips", "clipnorm: 1\nclipvalue: 2\nglobal_clipnorm: 3",
    "  clipnorm and clipvalue and global_clipnorm: Keras takes only one of them\n" },
  { "nonfinite", "nonfinite: propagate",
    "  nonfinite: Keras has no such option, and a configuration that it writes is read "
    "with skip; propagate cannot be kept\n" },
  { "skips", "max_consecutive_skips: 7",
    "  max_consecutive_skips: Keras has no such option, and a configuration that it "
    "writes is read with 100; 7 cannot be kept\n" },
  { "native-schedule",
    "learning_rate: {schedule: linear, initial_value: 1, end_value: 0, steps: 10}",
    "  learning_rate: Keras has no schedule linear\n" },
  { "percentage",
    "learning_rate: {schedule: inverse_time_decay, initial_learning_rate: 1, "
    "decay_steps: 30%, decay_rate: 1}",
    "  learning_rate: Keras takes steps, not percentages of them\n" },
  { "counter",
    "gradient_accumulation_steps: 2\nlearning_rate: {schedule: inverse_time_decay, "
    "initial_learning_rate: 1, decay_steps: 30, decay_rate: 1}",
    "  learning_rate: under gradient_accumulation_steps Keras's schedules count calls; "
    "write counter: micro_step\n" },
  { "scheduled-rho",
    "rho: {schedule: linear, initial_value: 0.9, end_value: 1, steps: 10}",
    "  rho: Keras has schedules for learning_rate only\n" },
  { "everything-at-once", "clipnorm: 1\nclipvalue: 2\nnonfinite: error",
    "  clipnorm and clipvalue: Keras takes only one of them\n"
    "  nonfinite: Keras has no such option, and a configuration that it writes is read "
    "with skip; error cannot be kept\n" },
};

static void
test_refusal(Fixture *fixture, const void *data)
{
  const Refusal *row = data;
  g_autofree char *text =
      g_strconcat("optimizer: adadelta\n", row->options, "\n", NULL);
  g_autofree char *expected =
      g_strconcat("optreg: Keras cannot express a.yaml:\n", row->problems, NULL);

  write_for_keras(fixture, text);
  g_assert_cmpint(fixture->status, ==, 2);
  g_assert_cmpstr(fixture->out, ==, "");
  g_assert_cmpstr(fixture->err, ==, expected);
}

static void
add(const char *path, const void *data, void (*test)(Fixture *, const void *))
{
  g_test_add(path, Fixture, data, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  add("/keras/there-and-back/recorded-configs", NULL, test_recorded_configs);
  add("/keras/there-and-back/configs", NULL, test_configs);
  add("/keras/there-and-back/every-option", NULL, test_everything);
  add("/keras/there-and-back/lists", NULL, test_lists_of_values);
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path =
        g_strconcat("/keras/not-expressible/", refusals[i].name, NULL);
    add(path, &refusals[i], test_refusal);
  }
  return g_test_run();
}
