/* SPDX-License-Identifier: MIT */
/* What the library computes, writes and says does not depend on the floating-point mode
 * of the host, whichever function is called in it, and the host's mode stays as it was.
 */
#include "hostile.h"
#include "trees.h"

#include <fenv.h>
#include <string.h>

enum { N = 1500 };

typedef enum Call {
  CALL_INFO,
  CALL_SUMMARY,
  CALL_PARSE,
  CALL_TOTAL_STEPS,
  CALL_SET_RATE,
  CALL_BUILD,
  CALL_STEP,
  CALL_SCALE_LOSS,
  CALL_RATE,
  CALL_SCHEDULED,
  CALL_GROUPS,
  CALL_SHADOW,
  CALL_EVAL_VIEW,
  CALL_STATES,
  CALL_SAVE,
  CALL_LOAD,
  CALL_CHANGED,
  CALL_FINALIZE,
  N_CALLS
} Call;

static const char *const call_names[N_CALLS] = {
  "info",
  "summary",
  "configuration",
  "total-steps",
  "set-learning-rate",
  "build",
  "step",
  "scale-loss",
  "learning-rate",
  "scheduled-value",
  "groups",
  "shadow",
  "eval-view",
  "states",
  "save",
  "load",
  "parameters-changed",
  "finalize",
};

typedef struct Mode {
  const char *name;
  int rounding;
  int traps;
  bool flushes;
} Mode;

static const Mode modes[] = {
  { "upward", FE_UPWARD, 0, false },
  { "downward", FE_DOWNWARD, 0, false },
  { "toward-zero", FE_TOWARDZERO, 0, false },
  { "denormals-are-zero", FE_TONEAREST, 0, true },
  { "traps", FE_TONEAREST, FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW,
    false },
};

static const char *const configurations[] = {
  "optimizer: adagrad\nlearning_rate: 0.0123\ninitial_accumulator_value: 0.1\n"
  "groups:\n- match: [a]\n  learning_rate_multiplier: 0.3\n",
  "optimizer: adadelta\nlearning_rate: {schedule: exponential_decay, "
  "initial_learning_rate: 0.1, decay_steps: 70%, decay_rate: 0.3}\nrho: 0.912\n"
  "epsilon: 1.3e-7\nweight_decay: 0.0123\nclipnorm: 0.7\n",
  "optimizer: adam\nuse_ema: true\nema_momentum: 0.777\nweight_decay: 0.0123\n"
  "nonfinite: propagate\n",
  "optimizer: sgd\nglobal_clipnorm: 0.333\nloss_scale_factor: 3.3\nmomentum: 0.87\n",
  "optimizer: rmsprop\nclipvalue: 1e-41\nloss_scale_factor: dynamic\n",
  "optimizer: test_schedulefree\n",
};

/* one session, in which one kind of call is made in another mode */
typedef struct Session {
  const Mode *mode; /* NULL: none */
  Call hostile;
  GByteArray *said;
  float a[N], b[N], gradient[N];
} Session;

static void
enter(const Session *session, Call call)
{
  if (session->mode != NULL && session->hostile == call) {
    fesetround(session->mode->rounding);
    if (session->mode->flushes) {
      hostile_flushing_set();
    }
    feenableexcept(session->mode->traps);
  }
}

static void
leave(const Session *session, Call call)
{
  if (session->mode != NULL && session->hostile == call) {
    const int traps = fedisableexcept(FE_ALL_EXCEPT);
    g_assert_cmpint(traps, ==, session->mode->traps);
    g_assert_cmpint(fegetround(), ==, session->mode->rounding);
    fesetround(FE_TONEAREST);
    if (session->mode->flushes) {
      hostile_flushing_check();
    }
  }
}

#define IN_MODE(session, call, statement) \
  do {                                    \
    enter(session, call);                 \
    statement;                            \
    leave(session, call);                 \
  } while (0)

static void
say(Session *session, const void *data, size_t size)
{
  g_byte_array_append(session->said, data, (guint)size);
}

static void
say_text(Session *session, const char *text)
{
  say(session, text, strlen(text) + 1);
}

static void
say_number(Session *session, double number)
{
  say(session, &number, sizeof number);
}

static void
fill(Session *session)
{
  for (size_t i = 0; i < N; i++) {
    session->a[i] = session->b[i] = (float)((int)(i % 17) - 8) * 1e-3f;
    session->gradient[i] = i % 100 == 0 ? 1e-41f : (float)((int)(i % 23) - 11) * 1e-2f;
  }
}

static void
look_at_plugin(Session *session, optreg_registry *registry)
{
  const optreg_optimizer_info *info;
  optreg_plugin_summary *summary;

  IN_MODE(session, CALL_INFO, info = optreg_registry_info(registry, "adagrad", NULL));
  for (size_t i = 0; i < info->n_hyperparameters; i++) {
    say_text(session, info->hyperparameters[i].default_value);
    say_text(session, info->hyperparameters[i].range);
  }
  IN_MODE(session, CALL_SUMMARY,
          summary = optreg_registry_summary(registry, "adagrad", NULL));
  say_text(session, summary->doc);
  optreg_plugin_summary_free(summary);
}

static void
say_options(Session *session, const optreg_optimizer *optimizer)
{
  const optreg_option_info *options;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    say_text(session, options[i].value);
  }
}

static optreg_optimizer *
make(Session *session, optreg_registry *registry, const char *yaml)
{
  optreg_optimizer *optimizer;
  optreg_error *error = NULL;

  IN_MODE(session, CALL_PARSE,
          optimizer = optreg_optimizer_from_string(registry, yaml, "y", &error));
  assert_no_error(error);
  say_options(session, optimizer);
  return optimizer;
}

static void
set_up(Session *session, optreg_optimizer *optimizer, const char *yaml)
{
  const uint64_t n = N;
  optreg_error *error = NULL;

  IN_MODE(session, CALL_TOTAL_STEPS,
          optreg_optimizer_set_total_steps(optimizer, 7, NULL));
  if (strstr(yaml, "schedule:") == NULL) {
    IN_MODE(session, CALL_SET_RATE,
            optreg_optimizer_set_learning_rate(optimizer, 0.0123, NULL));
  }
  g_autoptr(optreg_error) refused = NULL;
  IN_MODE(session, CALL_SET_RATE,
          optreg_optimizer_set_learning_rate(optimizer, -0.1, &refused));
  say_text(session, refused->message);
  optreg_optimizer_set_threads(optimizer, 2, NULL);
  optreg_optimizer_set_diagnostics(optimizer, 2, NULL);
  optreg_optimizer_add_parameter(optimizer, "a", OPTREG_F32, &n, 1, session->a,
                                 session->gradient, NULL);
  optreg_optimizer_add_parameter(optimizer, "b", OPTREG_F32, &n, 1, session->b,
                                 session->gradient, NULL);
  IN_MODE(session, CALL_BUILD, optreg_optimizer_build(optimizer, &error));
  assert_no_error(error);
}

static void
say_numbers(Session *session, const optreg_optimizer *optimizer)
{
  const optreg_group_info *groups;
  double number;
  size_t n;

  IN_MODE(session, CALL_SCALE_LOSS,
          number = optreg_optimizer_scale_loss(optimizer, 0.1));
  say_number(session, number);
  IN_MODE(session, CALL_RATE, number = optreg_optimizer_learning_rate(optimizer));
  say_number(session, number);
  IN_MODE(session, CALL_SCHEDULED,
          number = optreg_optimizer_scheduled_value(optimizer, 0, "learning_rate", 3));
  say_number(session, number);
  IN_MODE(session, CALL_GROUPS, n = optreg_optimizer_groups(optimizer, &groups));
  for (size_t i = 0; i < n; i++) {
    say_number(session, groups[i].learning_rate);
  }
  const optreg_diagnostics *seen =
      optreg_optimizer_diagnostics(optimizer, OPTREG_WHOLE_MODEL);
  say(session, seen, sizeof *seen);
}

static void
train(Session *session, optreg_registry *registry, optreg_optimizer *optimizer)
{
  optreg_shadow *shadow;
  optreg_optimizer *candidate =
      make(session, registry, "optimizer: adam\nbeta_1: 0.7\n");
  g_autoptr(optreg_error) error = NULL;

  for (size_t i = 0; i < 3; i++) {
    IN_MODE(session, CALL_STEP, optreg_optimizer_step(optimizer, &error));
    assert_no_error(error);
  }
  IN_MODE(session, CALL_SHADOW, shadow = optreg_shadow_new(optimizer, NULL));
  IN_MODE(session, CALL_SHADOW, optreg_shadow_add(shadow, "adam", candidate, NULL));
  for (size_t i = 0; i < 3; i++) {
    IN_MODE(session, CALL_SHADOW, optreg_shadow_step(shadow, NULL));
  }
  const optreg_shadow_report *report = optreg_shadow_last_step(shadow, 0);
  say(session, &report->model, sizeof report->model);
  optreg_shadow_free(shadow);
}

static void
save_and_load(Session *session, optreg_optimizer *optimizer)
{
  size_t size, n;
  void *memory;
  const optreg_state_info *states;
  optreg_error *error = NULL;

  IN_MODE(session, CALL_SAVE,
          memory = optreg_optimizer_save_to_memory(optimizer, NULL, &size, NULL));
  say(session, memory, size);
  IN_MODE(session, CALL_LOAD,
          optreg_optimizer_load_from_memory(optimizer, memory, size, NULL, &error));
  assert_no_error(error);
  optreg_memory_free(memory);
  IN_MODE(session, CALL_STATES, n = optreg_optimizer_states(optimizer, &states));
  for (size_t i = 0; i < n; i++) {
    say(session, states[i].data, states[i].bytes);
  }
}

static void
deploy(Session *session, optreg_optimizer *optimizer)
{
  const void *view;

  IN_MODE(session, CALL_EVAL_VIEW,
          view = optreg_optimizer_eval_view(optimizer, 0, NULL));
  say(session, view, sizeof session->a);
  IN_MODE(session, CALL_CHANGED, optreg_optimizer_parameters_changed(optimizer, NULL));
  IN_MODE(session, CALL_STEP, optreg_optimizer_step(optimizer, NULL));
  IN_MODE(session, CALL_FINALIZE, optreg_optimizer_finalize(optimizer, NULL));
  say(session, session->a, sizeof session->a);
  say(session, session->b, sizeof session->b);
}

static GByteArray *
run(const char *yaml, const Mode *mode, Call hostile)
{
  g_autofree Session *session = g_new0(Session, 1);
  g_autoptr(optreg_registry) registry = built_plugins();

  session->mode = mode;
  session->hostile = hostile;
  session->said = g_byte_array_new();
  fill(session);
  look_at_plugin(session, registry);
  g_autoptr(optreg_optimizer) optimizer = make(session, registry, yaml);
  set_up(session, optimizer, yaml);
  train(session, registry, optimizer);
  say_numbers(session, optimizer);
  save_and_load(session, optimizer);
  deploy(session, optimizer);
  return session->said;
}

static void
test_mode(gconstpointer data)
{
  const Mode *mode = data;

  if (mode->traps != 0 && feenableexcept(mode->traps) == -1) {
    g_test_skip("this machine has no traps");
    return;
  }
  fedisableexcept(FE_ALL_EXCEPT);
  for (size_t i = 0; i < G_N_ELEMENTS(configurations); i++) {
    g_autoptr(GByteArray) expected = run(configurations[i], NULL, N_CALLS);
    for (size_t call = 0; call < N_CALLS; call++) {
      g_autoptr(GByteArray) said = run(configurations[i], mode, (Call)call);
      if (said->len != expected->len
          || memcmp(said->data, expected->data, said->len) != 0) {
        g_test_fail_printf("%s shows in what configuration %zu gives: %s", mode->name,
                           i, call_names[call]);
      }
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
    g_autofree char *path = g_strdup_printf("/environment/%s", modes[i].name);
    g_test_add_data_func(path, &modes[i], test_mode);
  }
  return g_test_run();
}
