/* SPDX-License-Identifier: MIT */
/* Serialised Keras optimizers, read: what becomes of each key, and what is refused. */
#include "trees.h"

#include <string.h>

#define ADADELTA \
  "{'module': 'keras.optimizers', 'class_name': 'Adadelta', 'config': {'name': 'a'"

static optreg_optimizer *
read_json(const char *json, optreg_error **error)
{
  g_autofree char *text = g_strdelimit(g_strdup(json), "'", '"');
  g_autoptr(optreg_registry) registry = built_plugins();

  return optreg_optimizer_from_string(registry, text, "a.json", error);
}

static const optreg_option_info *
find_option(const optreg_optimizer *optimizer, const char *name)
{
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    if (strcmp(options[i].name, name) == 0) {
      return &options[i];
    }
  }
  g_error("there is no option %s", name);
}

/* ---- what is read ---- */

typedef struct Reading {
  const char *name, *json;
  const char *option, *value;
} Reading;

static const Reading readings[] = {
  { "class", ADADELTA "}}", "optimizer", "adadelta" },
  { "class-in-any-case", "{'class_name': 'sGd', 'config': {}}", "optimizer", "sgd" },
  { "default-of-the-class", "{'class_name': 'SGD', 'config': {}}", "learning_rate",
    "0.01" },
  { "name", ADADELTA "}}", "name", "a" },
  { "float32-as-double", ADADELTA ", 'learning_rate': 0.0010000000474974513}}",
    "learning_rate", "0.0010000000474974513" },
  { "registered-name-of-itself", ADADELTA "}, 'registered_name': 'Adadelta'}",
    "optimizer", "adadelta" },
  { "module-of-the-source",
    "{'module': 'keras.src.optimizers.sgd', 'class_name': 'SGD', 'config': {}}",
    "optimizer", "sgd" },
  { "null", ADADELTA ", 'weight_decay': null}}", "weight_decay", "null" },
  { "clip-of-zero-is-off", ADADELTA ", 'clipnorm': 0.0}}", "clipnorm", "null" },
  { "negative-clip-is-off", ADADELTA ", 'global_clipnorm': -2.0}}", "global_clipnorm",
    "null" },
  { "one-clip", ADADELTA ", 'clipnorm': null, 'clipvalue': 0.5}}", "clipvalue", "0.5" },
  { "ema-momentum-without-ema", ADADELTA ", 'use_ema': false, 'ema_momentum': 7.0}}",
    "ema_momentum", "0.99" },
  { "overwriting-without-ema", ADADELTA ", 'ema_overwrite_frequency': -3}}",
    "ema_overwrite_frequency", "null" },
  { "overwriting-never", ADADELTA ", 'use_ema': true, 'ema_overwrite_frequency': 0}}",
    "ema_overwrite_frequency", "null" },
  { "ema", ADADELTA ", 'use_ema': true, 'ema_momentum': 0.5}}", "ema_momentum", "0.5" },
  { "no-accumulation", ADADELTA ", 'gradient_accumulation_steps': 0}}",
    "gradient_accumulation_steps", "null" },
  { "accumulation", ADADELTA ", 'gradient_accumulation_steps': 4.0}}",
    "gradient_accumulation_steps", "4" },
  { "nesterov-without-momentum",
    "{'class_name': 'SGD', 'config': {'momentum': 0.0, 'nesterov': true}}", "nesterov",
    "false" },
  { "nesterov-without-any-momentum",
    "{'class_name': 'SGD', 'config': {'nesterov': true}}", "nesterov", "false" },
  { "nesterov", "{'class_name': 'SGD', 'config': {'nesterov': true, 'momentum': 0.9}}",
    "nesterov", "true" },
  { "fixed-loss-scale", ADADELTA ", 'loss_scale_factor': 128.0}}", "loss_scale_factor",
    "128" },
  { "dynamic-loss-scale",
    "{'class_name': 'LossScaleOptimizer', 'config': {'name': 's', 'inner_optimizer': "
    "{'class_name': 'SGD', 'config': {}}, 'initial_scale': 8.0, "
    "'dynamic_growth_steps': 3}}",
    "loss_scale_factor", "{dynamic: true, initial_scale: 8, dynamic_growth_steps: 3}" },
  { "dynamic-loss-scale-by-default",
    "{'class_name': 'LossScaleOptimizer', 'config': {'inner_optimizer': "
    "{'class_name': 'SGD', 'config': {}}}}",
    "loss_scale_factor",
    "{dynamic: true, initial_scale: 32768, dynamic_growth_steps: 2000}" },
  { "dynamic-loss-scale-that-never-grows",
    "{'class_name': 'LossScaleOptimizer', 'config': {'inner_optimizer': "
    "{'class_name': 'SGD', 'config': {}}, 'dynamic_growth_steps': -1}}",
    "loss_scale_factor",
    "{dynamic: true, initial_scale: 32768, dynamic_growth_steps: 9007199254740992}" },
  { "dynamic-loss-scale-switches-the-inner-one-off",
    "{'class_name': 'LossScaleOptimizer', 'config': {'initial_scale': 2.0, "
    "'inner_optimizer': {'class_name': 'SGD', 'config': {'name': 'inner', "
    "'loss_scale_factor': 64.0}}}}",
    "loss_scale_factor",
    "{dynamic: true, initial_scale: 2, dynamic_growth_steps: 2000}" },
  { "name-is-the-inner-one",
    "{'class_name': 'LossScaleOptimizer', 'config': {'name': 'outer', "
    "'inner_optimizer': {'class_name': 'SGD', 'config': {'name': 'inner'}}}}",
    "name", "inner" },
  { "obsolete-null", ADADELTA ", 'decay': null, 'jit_compile': null}}", "optimizer",
    "adadelta" },
};

static void
test_reading(const void *data)
{
  const Reading *row = data;
  optreg_error *error = NULL;
  g_autoptr(optreg_optimizer) optimizer = read_json(row->json, &error);

  assert_no_error(error);
  g_assert_cmpstr(find_option(optimizer, row->option)->value, ==, row->value);
}

/* ---- schedules ---- */

#define SCHEDULE(class_name, config)                                                 \
  "{'class_name': 'SGD', 'config': {'learning_rate': {'module': "                    \
  "'keras.optimizers.schedules', 'class_name': '" class_name "', 'config': {" config \
  "}, 'registered_name': null}}}"

static const Reading schedules[] = {
  { "exponential",
    SCHEDULE("ExponentialDecay", "'initial_learning_rate': 0.1, 'decay_steps': 10, "
                                 "'decay_rate': 0.5, 'staircase': true, 'name': 'n'"),
    "learning_rate",
    "{schedule: exponential_decay, initial_learning_rate: 0.1, decay_steps: 10, "
    "decay_rate: 0.5, staircase: true, counter: micro_step}" },
  { "piecewise-truncates-boundaries",
    SCHEDULE("PiecewiseConstantDecay", "'boundaries': [1.9, 3.5], 'values': [1.0, "
                                       "0.5, 0.25], 'name': 'PiecewiseConstant'"),
    "learning_rate",
    "{schedule: piecewise_constant_decay, boundaries: [1, 3], values: [1, 0.5, 0.25], "
    "counter: micro_step}" },
  { "polynomial",
    SCHEDULE("PolynomialDecay", "'initial_learning_rate': 0.1, 'decay_steps': 10, "
                                "'end_learning_rate': 0.0, 'power': 2.0, 'cycle': "
                                "false, 'name': null"),
    "learning_rate",
    "{schedule: polynomial_decay, initial_learning_rate: 0.1, decay_steps: 10, "
    "end_learning_rate: 0, power: 2, cycle: false, counter: micro_step}" },
  { "inverse-time",
    SCHEDULE("InverseTimeDecay", "'initial_learning_rate': 0.1, 'decay_steps': 10, "
                                 "'decay_rate': 0.5"),
    "learning_rate",
    "{schedule: inverse_time_decay, initial_learning_rate: 0.1, decay_steps: 10, "
    "decay_rate: 0.5, staircase: false, counter: micro_step}" },
  { "cosine-ignores-warmup-without-target",
    SCHEDULE("CosineDecay", "'initial_learning_rate': 0.1, 'decay_steps': 10, 'alpha': "
                            "0.0, 'warmup_target': null, 'warmup_steps': 5"),
    "learning_rate",
    "{schedule: cosine_decay, initial_learning_rate: 0.1, decay_steps: 10, alpha: 0, "
    "counter: micro_step}" },
  { "cosine-warms-up",
    SCHEDULE("CosineDecay", "'initial_learning_rate': 0.0, 'decay_steps': 10, 'alpha': "
                            "0.1, 'warmup_target': 0.5, 'warmup_steps': 5"),
    "learning_rate",
    "{schedule: cosine_decay, initial_learning_rate: 0, decay_steps: 10, alpha: 0.1, "
    "warmup_target: 0.5, warmup_steps: 5, counter: micro_step}" },
  { "cosine-restarts",
    SCHEDULE("CosineDecayRestarts", "'initial_learning_rate': 0.1, "
                                    "'first_decay_steps': 10, 'name': 'SGDRDecay'"),
    "learning_rate",
    "{schedule: cosine_decay_restarts, initial_learning_rate: 0.1, first_decay_steps: "
    "10, t_mul: 2, m_mul: 1, alpha: 0, counter: micro_step}" },
};

/* ---- what is refused ---- */

typedef struct Refusal {
  const char *name, *json, *message;
} Refusal;

static const Refusal refusals[] = {
  { "unknown-class", "{'class_name': 'Adadelt', 'config': {}}",
    "1:16: class_name: 'Adadelt' is no optimizer of Keras with an equivalent here, "
    "known are Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, "
    "Muon, Nadam, RMSprop, SGD, ScheduleFreeAdamW" },
  { "foreign-module",
    "{'class_name': 'SGD',\n 'module': 'my.optimizers', 'config': {}}",
    "2:12: module: 'my.optimizers' is not of Keras itself; write a plugin for it and "
    "name that as optimizer" },
  { "registered-class",
    "{'class_name': 'SGD', 'config': {}, 'registered_name': 'mine>SGD'}",
    "1:56: registered_name: 'mine>SGD' is not of Keras itself; write a plugin for it "
    "and name that as optimizer" },
  { "class-without-name", "{'class_name': null, 'config': {}}",
    "1:1: a serialised Keras optimizer is {\"class_name\": NAME, \"config\": {...}}" },
  { "class-as-list", "{'class_name': ['SGD'], 'config': {}}",
    "1:16: class_name: expected text" },
  { "no-config", "{'class_name': 'SGD'}",
    "1:1: a serialised Keras optimizer is {\"class_name\": NAME, \"config\": {...}}" },
  { "config-as-list", "{'class_name': 'SGD', 'config': []}",
    "1:1: a serialised Keras optimizer is {\"class_name\": NAME, \"config\": {...}}" },
  { "unknown-member", "{'class_name': 'SGD', 'config': {}, 'build_config': {}}",
    "1:37: unknown key 'build_config' in a serialised Keras optimizer, known are "
    "module, class_name, config, registered_name" },
  { "misspelt-key", "{'class_name': 'SGD', 'config':\n {'nestorov': true}}",
    "2:3: SGD of Keras has no 'nestorov', did you mean 'nesterov'?" },
  { "key-of-another-class", ADADELTA ", 'beta_1': 0.9}}",
    "1:82: Adadelta of Keras has no 'beta_1', known are name, learning_rate, "
    "weight_decay, clipnorm, global_clipnorm, clipvalue, use_ema, ema_momentum, "
    "ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, rho, "
    "epsilon" },
  { "key-of-optreg", ADADELTA ", 'nonfinite': 'skip'}}",
    "1:82: Adadelta of Keras has no 'nonfinite', known are name, learning_rate, "
    "weight_decay, clipnorm, global_clipnorm, clipvalue, use_ema, ema_momentum, "
    "ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, rho, "
    "epsilon" },
  { "key-of-keras-2", ADADELTA ", 'jit_compile': false}}",
    "1:82: jit_compile: is of Keras 2 and changes no number; remove it" },
  { "legacy", ADADELTA ", 'is_legacy_optimizer': false}}",
    "1:82: is_legacy_optimizer: is of Keras 2; remove it" },
  { "value-with-its-place", ADADELTA ",\n 'rho': 1.5}}",
    "2:9: rho: 1.5 is out of range, permitted is [0, 1]" },
  { "not-finite", ADADELTA ", 'epsilon': NaN}}",
    "1:93: epsilon: 'NaN' is not a number, permitted is [0, inf)" },
  { "number-in-quotes", ADADELTA ", 'rho': '0.9'}}",
    "1:89: rho: '0.9' is text in JSON; remove the quotes" },
  { "mapping-for-a-number", ADADELTA ", 'rho': {'schedule': 'linear'}}}",
    "1:89: rho: expected one value; of Keras's options only learning_rate takes a "
    "schedule" },
  { "list-for-a-number", ADADELTA ", 'rho': [0.9]}}",
    "1:89: rho: expected one value; of Keras's options only learning_rate takes a "
    "schedule" },
  { "scale-without-inner-optimizer",
    "{'class_name': 'LossScaleOptimizer', 'config': {}}",
    "1:48: LossScaleOptimizer needs inner_optimizer, a serialised optimizer" },
  { "scale-in-scale",
    "{'class_name': 'LossScaleOptimizer', 'config': {'inner_optimizer': "
    "{'class_name': 'LossScaleOptimizer', 'config': {}}}}",
    "1:83: class_name: 'LossScaleOptimizer' is no optimizer of Keras with an "
    "equivalent here, known are Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, "
    "Ftrl, Lamb, Lion, Muon, Nadam, RMSprop, SGD, ScheduleFreeAdamW" },
  { "scale-in-quotes",
    "{'class_name': 'LossScaleOptimizer', 'config': {'initial_scale': '8', "
    "'inner_optimizer': {'class_name': 'SGD', 'config': {}}}}",
    "1:66: initial_scale: '8' is text in JSON; remove the quotes" },
  { "scale-of-zero",
    "{'class_name': 'LossScaleOptimizer', 'config': {'inner_optimizer': "
    "{'class_name': 'SGD', 'config': {}}, 'initial_scale': 0.0}}",
    "1:122: initial_scale: 0.0 is out of range, permitted is [1.1754943508222875e-38, "
    "1.7014118346046923e38]" },
  { "function",
    "{'class_name': 'SGD', 'config': {'learning_rate': {'module': 'builtins', "
    "'class_name': 'function', 'config': 'rate', 'registered_name': 'function'}}}",
    "1:51: learning_rate: a function is not in the file; write a number and call "
    "optreg_optimizer_set_learning_rate_function" },
  { "lambda",
    "{'class_name': 'SGD', 'config': {'learning_rate': {'class_name': '__lambda__', "
    "'config': {}}}}",
    "1:51: learning_rate: a function is not in the file; write a number and call "
    "optreg_optimizer_set_learning_rate_function" },
  { "native-schedule",
    "{'class_name': 'SGD', 'config': {'learning_rate': {'schedule': 'constant'}}}",
    "1:51: learning_rate: expected a number or a serialised schedule" },
  { "learning-rates", "{'class_name': 'SGD', 'config': {'learning_rate': [0.1]}}",
    "1:51: learning_rate: expected a number or a serialised schedule" },
  { "unknown-schedule", SCHEDULE("NoamDecay", ""),
    "1:106: class_name: 'NoamDecay' is no schedule of Keras with an equivalent here, "
    "known are CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, "
    "PiecewiseConstantDecay, PolynomialDecay" },
  { "schedule-with-unknown-key", SCHEDULE("ExponentialDecay", "'decay_step': 10"),
    "1:137: ExponentialDecay of Keras has no 'decay_step', did you mean "
    "'decay_steps'?" },
  { "schedule-in-quotes", SCHEDULE("PiecewiseConstantDecay", "'boundaries': ['1']"),
    "1:158: boundaries: '1' is text in JSON; remove the quotes" },
  { "schedule-with-its-place",
    SCHEDULE("InverseTimeDecay",
             "'initial_learning_rate': -1.0, 'decay_steps': 1, 'decay_rate': 1.0"),
    "1:162: initial_learning_rate: -1.0 is out of range, permitted is [0, inf)" },
  { "no-plugin", "{'class_name': 'ScheduleFreeAdamW', 'config': {}}",
    "1:16: unknown optimizer 'schedule_free_adamw': " },
  { "bare-config",
    "{'name': 'adadelta', 'learning_rate': 0.001, 'weight_decay': null, 'clipnorm': "
    "null, 'global_clipnorm': null, 'clipvalue': null, 'use_ema': false, "
    "'ema_momentum': 0.99, 'ema_overwrite_frequency': null, 'loss_scale_factor': null, "
    "'gradient_accumulation_steps': null, 'rho': 0.95, 'epsilon': 1e-07}",
    "1:1: this looks like optimizer.get_config() of Keras, which does not name the "
    "optimizer; write what keras.optimizers.serialize(optimizer) gives, or add "
    "optimizer: NAME" },
  { "bare-config-of-a-scale",
    "{'name': 'loss_scale_optimizer', 'inner_optimizer': {}, 'initial_scale': 8.0}",
    "1:1: this looks like optimizer.get_config() of Keras, which does not name the "
    "optimizer; write what keras.optimizers.serialize(optimizer) gives, or add "
    "optimizer: NAME" },
  { "both", "{'class_name': 'SGD', 'optimizer': 'sgd'}",
    "1:2: unknown key 'class_name', known are " },
};

static void
test_refusal(const void *data)
{
  const Refusal *row = data;
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_optimizer) optimizer = read_json(row->json, &error);
  g_autofree char *beginning = NULL;

  g_assert_null(optimizer);
  g_assert_true(g_str_has_prefix(error->message, "a.json:"));
  /* lists of what there is may go on */
  beginning = g_strndup(error->message + strlen("a.json:"), strlen(row->message));
  g_assert_cmpstr(beginning, ==, row->message);
}

/* ---- places ---- */

static void
test_origins(void)
{
  optreg_error *error = NULL;
  g_autoptr(optreg_optimizer) optimizer =
      read_json("{\n 'class_name': 'LossScaleOptimizer',\n 'config': {\n"
                "  'inner_optimizer': {\n   'class_name': 'SGD',\n   'config': {\n"
                "    'learning_rate': 0.5\n   }}}}",
                &error);

  assert_no_error(error);
  g_assert_cmpstr(find_option(optimizer, "optimizer")->origin, ==, "a.json:5:18");
  g_assert_cmpstr(find_option(optimizer, "learning_rate")->origin, ==, "a.json:7:22");
  g_assert_cmpstr(find_option(optimizer, "loss_scale_factor")->origin, ==,
                  "a.json:2:16");
  g_assert_cmpstr(find_option(optimizer, "momentum")->origin, ==, "default of sgd");
}

static void
add_readings(const char *folder, const Reading *table, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat(folder, table[i].name, NULL);
    g_test_add_data_func(path, &table[i], test_reading);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  add_readings("/keras/read/", readings, G_N_ELEMENTS(readings));
  add_readings("/keras/schedules/", schedules, G_N_ELEMENTS(schedules));
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path = g_strconcat("/keras/refuse/", refusals[i].name, NULL);
    g_test_add_data_func(path, &refusals[i], test_refusal);
  }
  g_test_add_func("/keras/places-are-kept", test_origins);
  return g_test_run();
}
