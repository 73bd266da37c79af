/* SPDX-License-Identifier: MIT */
/* N calls straight on equal k calls, a save, a new process, a load and N - k calls: in
 * every bit, for every optimizer, combination of wrappers, schedule and shipped
 * configuration, on other threads, at another SIMD level, with parameters in another
 * order. */
#include "resume.h"

#include <glib/gstdio.h>
#include <string.h>

enum { N_CALLS = 11 };

/* how the second process runs */
typedef struct Manner {
  const char *name, *threads, *level, *order;
} Manner;

static const Manner manners[] = {
  { "same", "2", NULL, "same" },
  { "one-thread", "1", NULL, "same" },
  { "five-threads", "5", NULL, "same" },
  { "baseline", "2", "baseline", "same" },
  { "x86-64-v3", "1", "x86-64-v3", "same" },
  { "x86-64-v4", "2", "x86-64-v4", "same" },
  { "reversed", "3", NULL, "reversed" },
};

/* trainings that go on in one process */
typedef struct Case {
  GPtrArray *yamls;
  const Manner *manner;
} Case;

static void
case_free(gpointer data)
{
  Case *row = data;

  g_ptr_array_unref(row->yamls);
  g_free(row);
}

/* ---- one training ---- */

static char *
in_folder(const char *folder, const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static void
save(const Model *model, const char *folder, const char *name)
{
  g_autofree char *path = in_folder(folder, name);

  write_all(model, path);
}

/* leaves what the other process needs, and what it must arrive at */
static void
run_straight(const char *yaml, unsigned k, const char *folder)
{
  g_autoptr(Model) model = resume_model(yaml, false);
  g_autofree char *config = in_folder(folder, "config.yaml");

  g_assert_true(g_file_set_contents(config, yaml, -1, NULL));
  model_train(model, k);
  save(model, folder, "in.safetensors");
  model_train(model, N_CALLS - k);
  save(model, folder, "expected.safetensors");
}

/* what is printed, to be freed */
static char *
run(const char *const *command, const Manner *manner)
{
  g_auto(GStrv) environment = g_get_environ();
  g_autoptr(GError) error = NULL;
  char *output = NULL;

  environment =
      g_environ_setenv(environment, "OPTREG_NUM_THREADS", manner->threads, TRUE);
  if (manner->level != NULL) {
    environment = g_environ_setenv(environment, "OPTREG_ISA", manner->level, TRUE);
  }
  g_spawn_sync(NULL, (char **)command, environment, G_SPAWN_DEFAULT, NULL, NULL,
               &output, NULL, NULL, &error);
  g_assert_no_error(error);
  return output;
}

static void
compare(const char *yaml, const char *folder)
{
  static const Manner any = { .threads = "1" };
  g_autofree char *expected_path = in_folder(folder, "expected.safetensors");
  g_autofree char *actual_path = in_folder(folder, "out.safetensors");
  const char *const diff[] = {
    g_getenv("OPTREG_TEST_CLI"), "state", "diff", expected_path, actual_path, NULL
  };
  g_autofree char *expected = NULL, *actual = NULL;
  gsize n_expected, n_actual;

  g_assert_true(g_file_get_contents(expected_path, &expected, &n_expected, NULL));
  g_assert_true(g_file_get_contents(actual_path, &actual, &n_actual, NULL));
  if (n_expected != n_actual || memcmp(expected, actual, n_actual) != 0) {
    g_autofree char *output = run(diff, &any);
    g_test_fail_printf("the resumed run differs: %s\nof %s", output, yaml);
  }
}

static void
remove_folder(const char *folder)
{
  static const char *const names[] = { "config.yaml", "in.safetensors",
                                       "out.safetensors", "expected.safetensors" };

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = in_folder(folder, names[i]);
    g_unlink(path);
  }
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* saved at another place of its windows each time */
static void
test_case(gconstpointer data)
{
  const Case *row = data;
  g_autoptr(GPtrArray) command = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(command, built_path("checkpoint/resume-run"));
  for (guint i = 0; i < row->yamls->len; i++) {
    const unsigned k = 2 + (i + (unsigned)(row->manner - manners)) % 5;
    char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
    run_straight(g_ptr_array_index(row->yamls, i), k, folder);
    g_ptr_array_add(command, folder);
    g_ptr_array_add(command, g_strdup_printf("%u", k));
    g_ptr_array_add(command, g_strdup_printf("%d", N_CALLS));
    g_ptr_array_add(command, g_strdup(row->manner->order));
  }
  g_ptr_array_add(command, NULL);

  g_free(run((const char *const *)command->pdata, row->manner));
  for (guint i = 0; i < row->yamls->len; i++) {
    const char *folder = g_ptr_array_index(command, 1 + 4 * i);
    compare(g_ptr_array_index(row->yamls, i), folder);
    remove_folder(folder);
  }
}

/* ---- the matrix ---- */

static bool
machine_runs(const char *level)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  const optreg_optimizer_info *info = optreg_registry_info(registry, "adadelta", NULL);

  for (size_t i = 0; level != NULL && i < info->n_kernels; i++) {
    if (g_str_equal(info->kernels[i].level, level)) {
      return info->kernels[i].is_usable;
    }
  }
  return level == NULL;
}

/* takes the array over */
static void
add(const char *kind, const char *name, GPtrArray *yamls, const Manner *manner)
{
  const Case row = { yamls, manner };
  g_autofree char *path = g_strdup_printf("/resume/%s/%s/%s", kind, name, manner->name);

  if (machine_runs(manner->level)) {
    g_test_add_data_func_full(path, g_memdup2(&row, sizeof row), test_case, case_free);
  } else {
    g_ptr_array_unref(yamls);
  }
}

static GPtrArray *
new_yamls(const char *yaml)
{
  GPtrArray *yamls = g_ptr_array_new_with_free_func(g_free);

  if (yaml != NULL) {
    g_ptr_array_add(yamls, g_strdup(yaml));
  }
  return yamls;
}

static void
add_in_every_manner(const char *kind, const char *name, const char *yaml)
{
  for (size_t i = 0; i < G_N_ELEMENTS(manners); i++) {
    add(kind, name, new_yamls(yaml), &manners[i]);
  }
}

static void
add_configs(void)
{
  g_autoptr(GDir) dir = g_dir_open(g_getenv("OPTREG_TEST_CONFIGS"), 0, NULL);

  for (const char *name = g_dir_read_name(dir); name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *path =
        g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), name, NULL);
    g_autofree char *yaml = NULL;
    if (g_str_has_suffix(name, ".yaml")
        && g_file_get_contents(path, &yaml, NULL, NULL)) {
      add_in_every_manner("configs", name, yaml);
    }
  }
}

static const struct {
  const char *name, *yaml;
} wrappers[] = {
  { "ema", "use_ema: true\nema_momentum: 0.75\nema_overwrite_frequency: 2\n" },
  { "accumulation", "gradient_accumulation_steps: 3\n" },
  { "scale", "loss_scale_factor: {dynamic: true, initial_scale: 8, "
             "dynamic_growth_steps: 4}\n" },
  { "decay", "weight_decay: 0.01\n" },
  { "clip", "clipvalue: 0.9\nclipnorm: 4\nglobal_clipnorm: 3\n" },
};

enum { N_COMBINATIONS = 1 << G_N_ELEMENTS(wrappers) };

/* one that fails on purpose can show nothing here; one of 1,024 slots, without a
 * learning rate for the decay, takes long to show what others do */
static bool
is_skipped(const char *optimizer)
{
  return g_str_equal(optimizer, "test_fail") || g_str_equal(optimizer, "test_many");
}

static char *
combine(const char *optimizer, unsigned set)
{
  g_autoptr(GString) yaml = g_string_new(NULL);

  g_string_printf(yaml, "optimizer: %s\n", optimizer);
  for (unsigned i = 0; i < G_N_ELEMENTS(wrappers); i++) {
    g_string_append(yaml, (set >> i & 1) != 0 ? wrappers[i].yaml : "");
  }
  return g_strdup(yaml->str);
}

/* all optimizers that there are, with every combination of wrappers; manners take turns
 */
static void
add_optimizers(void)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  char **names = optreg_registry_names(registry);
  const unsigned n = G_N_ELEMENTS(manners);

  for (char **name = names; *name != NULL; name++) {
    for (unsigned i = 0; !is_skipped(*name) && i < n; i++) {
      GPtrArray *yamls = new_yamls(NULL);
      for (unsigned set = i; set < N_COMBINATIONS; set += n) {
        g_ptr_array_add(yamls, combine(*name, set));
      }
      add("optimizers", *name, yamls, &manners[i]);
    }
  }
  optreg_names_free(names);
}

/* more than the defaults of these show */
static const struct {
  const char *name, *yaml;
} variants[] = {
  { "momentum", "optimizer: sgd\nmomentum: 0.9\n" },
  { "nesterov", "optimizer: sgd\nmomentum: 0.9\nnesterov: true\n" },
  { "groups", "optimizer: test_lamb\ngroups:\n- match: '*/bias'\n  beta_1: 0.5\n"
              "- match: 'scale'\n  learning_rate_multiplier: 0.5\n" },
  { "blob", "optimizer: test_blob\nfirst_gain: 0.3\n" },
};

static const struct {
  const char *name, *options;
} schedules[] = {
  { "constant", "value: 0.1" },
  { "linear", "initial_value: 0.1, end_value: 0.01, steps: 9" },
  { "warmup", "steps: 4, then: {schedule: cosine_decay, initial_learning_rate: 0.1, "
              "decay_steps: 8}" },
  { "cosine_decay", "initial_learning_rate: 0.1, decay_steps: 9" },
  { "cosine_decay_restarts", "initial_learning_rate: 0.1, first_decay_steps: 3" },
  { "exponential_decay",
    "initial_learning_rate: 0.1, decay_steps: 5, decay_rate: 0.9" },
  { "inverse_time_decay",
    "initial_learning_rate: 0.1, decay_steps: 5, decay_rate: 0.9" },
  { "noam", "model_size: 64, warmup_steps: 4" },
  { "one_cycle", "max_value: 0.1, total_steps: 12" },
  { "piecewise_constant_decay", "boundaries: [3, 6], values: [0.1, 0.05, 0.01]" },
  { "polynomial_decay", "initial_learning_rate: 0.1, decay_steps: 8, cycle: true" },
  { "wsd", "peak_value: 0.1, warmup_steps: 2, total_steps: 12" },
};

static const char *
schedule_options(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(schedules); i++) {
    if (g_str_equal(schedules[i].name, name)) {
      return schedules[i].options;
    }
  }
  g_error("the matrix does not know the schedule '%s': add its row", name);
}

static char *
scheduled(const char *name, const char *counter)
{
  return g_strdup_printf("optimizer: adadelta\ngradient_accumulation_steps: 2\n"
                         "learning_rate: {schedule: %s, %s, counter: %s}\n",
                         name, schedule_options(name), counter);
}

static void
add_schedules(void)
{
  const optreg_schedule_info *const *all;
  const size_t n = optreg_schedules(&all);

  for (size_t i = 0; i < n; i++) {
    GPtrArray *yamls = new_yamls(NULL);
    g_ptr_array_add(yamls, scheduled(all[i]->name, "step"));
    g_ptr_array_add(yamls, scheduled(all[i]->name, "micro_step"));
    add("schedules", all[i]->name, yamls, &manners[i % G_N_ELEMENTS(manners)]);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_unsetenv("OPTREG_ISA");
  g_setenv("OPTREG_NUM_THREADS", "1", TRUE); /* of the runs that go straight on */
  add_configs();
  add_optimizers();
  add_schedules();
  for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
    add_in_every_manner("variants", variants[i].name, variants[i].yaml);
  }
  return g_test_run();
}
