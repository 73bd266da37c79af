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
  { "same", "2", NULL, NULL },
  { "one-thread", "1", NULL, NULL },
  { "five-threads", "5", NULL, NULL },
  { "baseline", "2", "baseline", NULL },
  { "x86-64-v3", "1", "x86-64-v3", NULL },
  { "x86-64-v4", "2", "x86-64-v4", NULL },
  { "reversed", "3", NULL, "reversed" },
};

typedef struct Case {
  char *yaml;
  const Manner *manner;
  unsigned k;
} Case;

static void
case_free(gpointer data)
{
  Case *row = data;

  g_free(row->yaml);
  g_free(row);
}

/* ---- one case ---- */

typedef struct Files {
  char *folder, *config, *in, *out, *expected;
} Files;

static void
files_init(Files *files)
{
  files->folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  files->config = g_build_filename(files->folder, "config.yaml", NULL);
  files->in = g_build_filename(files->folder, "in.safetensors", NULL);
  files->out = g_build_filename(files->folder, "out.safetensors", NULL);
  files->expected = g_build_filename(files->folder, "expected.safetensors", NULL);
}

static void
files_clear(Files *files)
{
  char *const all[] = { files->config, files->in, files->out, files->expected };

  for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
    g_unlink(all[i]);
    g_free(all[i]);
  }
  g_assert_cmpint(g_rmdir(files->folder), ==, 0);
  g_free(files->folder);
}

static void
save(const Model *model, const char *path)
{
  const optreg_save_options options = { .with_parameters = true };
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_save(model->optimizer, path, &options, &error);
  assert_no_error(error);
}

static void
run_straight(const Case *row, const Files *files)
{
  g_autoptr(Model) model = resume_model(row->yaml, false);

  g_assert_true(g_file_set_contents(files->config, row->yaml, -1, NULL));
  model_train(model, row->k);
  save(model, files->in);
  model_train(model, N_CALLS - row->k);
  save(model, files->expected);
}

/* exit status; what it printed into *output, to be freed */
static int
spawn(const char *const *command, const Manner *manner, char **output)
{
  g_auto(GStrv) environment = g_get_environ();
  g_autoptr(GError) error = NULL;
  int status;

  environment =
      g_environ_setenv(environment, "OPTREG_NUM_THREADS", manner->threads, TRUE);
  if (manner->level != NULL) {
    environment = g_environ_setenv(environment, "OPTREG_ISA", manner->level, TRUE);
  }
  g_spawn_sync(NULL, (char **)command, environment, G_SPAWN_DEFAULT, NULL, NULL, output,
               NULL, &status, &error);
  g_assert_no_error(error);
  return status;
}

static void
run_resumed(const Case *row, const Files *files)
{
  g_autofree char *program = built_path("checkpoint/resume-run");
  g_autofree char *from = g_strdup_printf("%u", row->k);
  g_autofree char *to = g_strdup_printf("%d", N_CALLS);
  const char *const command[] = {
    program, files->config, files->in, files->out, from, to, row->manner->order, NULL
  };
  g_autofree char *output = NULL;

  g_assert_cmpint(spawn(command, row->manner, &output), ==, 0);
}

static void
test_case(gconstpointer data)
{
  const Case *row = data;
  Files files;
  g_autofree char *output = NULL;
  files_init(&files);
  run_straight(row, &files);
  run_resumed(row, &files);

  const char *const command[] = {
    g_getenv("OPTREG_TEST_CLI"), "state", "diff", files.expected, files.out, NULL
  };
  const Manner plain = { .threads = "1" };
  g_autofree char *expected = NULL, *actual = NULL;
  gsize n_expected, n_actual;
  g_assert_true(g_file_get_contents(files.expected, &expected, &n_expected, NULL));
  g_assert_true(g_file_get_contents(files.out, &actual, &n_actual, NULL));
  if (n_expected != n_actual || memcmp(expected, actual, n_actual) != 0) {
    spawn(command, &plain, &output);
    g_test_fail_printf("the resumed run differs: %s\nof %s", output, row->yaml);
  }
  files_clear(&files);
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

static void
add(const char *kind, const char *name, const char *yaml, const Manner *manner,
    unsigned k)
{
  if (!machine_runs(manner->level)) {
    return;
  }
  const Case row = { g_strdup(yaml), manner, k };
  g_autofree char *path =
      g_strdup_printf("/resume/%s/%s/%s-after-%u", kind, name, manner->name, k);

  g_test_add_data_func_full(path, g_memdup2(&row, sizeof row), test_case, case_free);
}

/* every file, in every manner, at another place of its windows */
static void
add_configs(void)
{
  g_autoptr(GDir) dir = g_dir_open(g_getenv("OPTREG_TEST_CONFIGS"), 0, NULL);

  for (const char *name = g_dir_read_name(dir); name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *path =
        g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), name, NULL);
    g_autofree char *yaml = NULL;
    if (!g_str_has_suffix(name, ".yaml")
        || !g_file_get_contents(path, &yaml, NULL, NULL)) {
      continue;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(manners); i++) {
      add("configs", name, yaml, &manners[i], 3 + i % 4);
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

/* one that fails on purpose can show nothing here */
static bool
is_skipped(const char *optimizer)
{
  return g_str_equal(optimizer, "test_fail");
}

/* all optimizers that there are, with every combination of wrappers; manners and places
 * take turns */
static void
add_optimizers(void)
{
  g_autoptr(optreg_registry) registry = built_plugins();
  char **names = optreg_registry_names(registry);
  unsigned turn = 0;

  for (char **name = names; *name != NULL; name++) {
    for (unsigned set = 0; !is_skipped(*name) && set < N_COMBINATIONS; set++, turn++) {
      g_autoptr(GString) yaml = g_string_new(NULL);
      g_autoptr(GString) label = g_string_new(*name);
      g_string_printf(yaml, "optimizer: %s\n", *name);
      for (unsigned i = 0; i < G_N_ELEMENTS(wrappers); i++) {
        if ((set >> i & 1) != 0) {
          g_string_append(yaml, wrappers[i].yaml);
          g_string_append_printf(label, "-%s", wrappers[i].name);
        }
      }
      add("optimizers", label->str, yaml->str, &manners[turn % G_N_ELEMENTS(manners)],
          2 + turn % 5);
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

static void
add_schedules(void)
{
  static const char *const counters[] = { "step", "micro_step" };
  const optreg_schedule_info *const *all;
  const size_t n = optreg_schedules(&all);

  for (size_t i = 0; i < n * G_N_ELEMENTS(counters); i++) {
    const char *name = all[i / 2]->name, *counter = counters[i % 2];
    g_autofree char *label = g_strconcat(name, "-", counter, NULL);
    g_autofree char *yaml =
        g_strdup_printf("optimizer: adadelta\ngradient_accumulation_steps: 2\n"
                        "learning_rate: {schedule: %s, %s, counter: %s}\n",
                        name, schedule_options(name), counter);
    add("schedules", label, yaml, &manners[i % G_N_ELEMENTS(manners)],
        3 + (unsigned)i % 4);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_unsetenv("OPTREG_ISA");
  add_configs();
  add_optimizers();
  add_schedules();
  for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
    for (size_t j = 0; j < G_N_ELEMENTS(manners); j++) {
      add("variants", variants[i].name, variants[i].yaml, &manners[j], 4);
    }
  }
  return g_test_run();
}
