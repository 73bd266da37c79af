/* SPDX-License-Identifier: MIT */
/* What Keras 3.16.0 takes and refuses in its constructors, as serialised configs. */
#include "trees.h"

#include <string.h>

#define ONE_CLIP                                                                    \
  "Keras takes only one of clipnorm, clipvalue and global_clipnorm; set the others" \
  " to null, or write optimizer: NAME and its options, where they combine"
#define FROM_TWO "Keras takes integers from 2, and null or 0 for none; write null"
#define INNER \
  "LossScaleOptimizer does not take it; move it into the config of inner_optimizer"
#define SCALE                                                                     \
  "; also permitted are null, dynamic and {dynamic: true, initial_scale: 32768, " \
  "dynamic_growth_steps: 2000}"
#define PERCENTAGE " or a percentage of the planned steps such as 30%"

/* why it is the other way round here */
#define ANY_NUMBER "a whole number is a number"
#define RANGE "values have ranges"
#define IGNORED "what would be ignored is refused"

typedef enum Judgement {
  TAKEN,
  REFUSED,
} Judgement;

typedef struct Row {
  const char *class_name, *arguments; /* of JSON, with ' for " */
  Judgement in_keras;
  const char *departure; /* or NULL */
  const char *message;   /* NULL: accepted */
} Row;

/* the recorded table errors_constructor, without optimizers that have no plugin */
static const Row rows[] = {
  { "Adadelta", "'learning_rate': 1", REFUSED, ANY_NUMBER, NULL },
  { "Adadelta", "'learning_rate': '0.1'", REFUSED, NULL,
    "1:56: learning_rate: '0.1' is text in JSON; remove the quotes" },
  { "Adadelta", "'learning_rate': null", REFUSED, NULL,
    "1:56: learning_rate: null is not permitted; write a number in [0, inf), or "
    "remove the key for the default 0.001" },
  { "Adadelta", "'learning_rate': true", REFUSED, NULL,
    "1:56: learning_rate: 'true' is not a number, permitted is [0, inf)" },
  { "Adadelta", "'learning_rate': -1.0", TAKEN, RANGE,
    "1:56: learning_rate: -1.0 is out of range, permitted is [0, inf)" },
  { "Adadelta", "'learning_rate': 0.0", TAKEN, NULL, NULL },
  { "Adadelta", "'rho': 2.0", TAKEN, RANGE,
    "1:46: rho: 2.0 is out of range, permitted is [0, 1]" },
  { "Adadelta", "'epsilon': -1.0", TAKEN, RANGE,
    "1:50: epsilon: -1.0 is out of range, permitted is [0, inf)" },
  { "Adadelta", "'weight_decay': -0.1", TAKEN, RANGE,
    "1:55: weight_decay: -0.1 is out of range, permitted is [0, inf)" },
  { "Adadelta", "'clipnorm': 1.0, 'clipvalue': 1.0", REFUSED, NULL,
    "1:56: clipvalue: " ONE_CLIP },
  { "Adadelta", "'clipnorm': 1.0, 'global_clipnorm': 1.0", REFUSED, NULL,
    "1:56: global_clipnorm: " ONE_CLIP },
  { "Adadelta", "'clipvalue': 1.0, 'global_clipnorm': 1.0", REFUSED, NULL,
    "1:57: global_clipnorm: " ONE_CLIP },
  { "Adadelta", "'clipnorm': 1.0, 'clipvalue': 2.0, 'global_clipnorm': 3.0", REFUSED,
    NULL, "1:56: clipvalue: " ONE_CLIP },
  { "Adadelta", "'clipnorm': 0.0, 'clipvalue': 1.0", REFUSED, NULL,
    "1:56: clipvalue: " ONE_CLIP },
  { "Adadelta", "'clipnorm': -1.0", TAKEN, NULL, NULL },
  { "Adadelta", "'clipvalue': 0.0", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': true, 'ema_momentum': 1.5", REFUSED, NULL,
    "1:72: ema_momentum: 1.5 is out of range, permitted is [0, 1]" },
  { "Adadelta", "'use_ema': true, 'ema_momentum': -0.1", REFUSED, NULL,
    "1:72: ema_momentum: -0.1 is out of range, permitted is [0, 1]" },
  { "Adadelta", "'use_ema': true, 'ema_momentum': 1.0", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': true, 'ema_momentum': 0.0", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': false, 'ema_momentum': 7.0", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': true, 'ema_overwrite_frequency': 0", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': true, 'ema_overwrite_frequency': -1", REFUSED, NULL,
    "1:83: ema_overwrite_frequency: -1 is out of range, permitted is [0, inf)" },
  { "Adadelta", "'use_ema': true, 'ema_overwrite_frequency': 2.0", REFUSED, NULL,
    "1:83: ema_overwrite_frequency: '2.0' is not an integer, permitted is [0, inf)" },
  { "Adadelta", "'use_ema': true, 'ema_overwrite_frequency': 1", TAKEN, NULL, NULL },
  { "Adadelta", "'use_ema': false, 'ema_overwrite_frequency': -3", TAKEN, NULL, NULL },
  { "Adadelta", "'gradient_accumulation_steps': 0", TAKEN, NULL, NULL },
  { "Adadelta", "'gradient_accumulation_steps': 1", REFUSED, NULL,
    "1:70: gradient_accumulation_steps: " FROM_TWO },
  { "Adadelta", "'gradient_accumulation_steps': -2", REFUSED, NULL,
    "1:70: gradient_accumulation_steps: " FROM_TWO },
  { "Adadelta", "'gradient_accumulation_steps': 2.5", TAKEN, RANGE,
    "1:70: gradient_accumulation_steps: '2.5' is not an integer, permitted is [1, "
    "inf)" },
  { "Adadelta", "'gradient_accumulation_steps': 2", TAKEN, NULL, NULL },
  { "Adadelta", "'loss_scale_factor': 0.0", TAKEN, RANGE,
    "1:60: loss_scale_factor: 0.0 is out of range, permitted is "
    "(0, 1.7014118346046923e38]" SCALE },
  { "Adadelta", "'loss_scale_factor': -1.0", TAKEN, RANGE,
    "1:60: loss_scale_factor: -1.0 is out of range, permitted is "
    "(0, 1.7014118346046923e38]" SCALE },
  { "Adadelta", "'decay': 0.1", TAKEN, IGNORED,
    "1:39: decay: Keras 3 ignores it; remove it, or write a schedule as "
    "learning_rate" },
  { "Adadelta", "'decay': null", TAKEN, NULL, NULL },
  { "Adadelta", "'lr': 0.1", REFUSED, NULL,
    "1:39: Adadelta of Keras has no 'lr', did you mean 'learning_rate'?" },
  { "Adadelta", "'foo': 1, 'bar': 2", REFUSED, NULL,
    "1:39: Adadelta of Keras has no 'foo', known are name, learning_rate, "
    "weight_decay, clipnorm, global_clipnorm, clipvalue, use_ema, ema_momentum, "
    "ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, rho, "
    "epsilon" },
  { "SGD", "'momentum': 0", REFUSED, ANY_NUMBER, NULL },
  { "SGD", "'momentum': -1.0", REFUSED, NULL,
    "1:46: momentum: -1.0 is out of range, permitted is [0, 1]" },
  { "SGD", "'momentum': 2.0", REFUSED, NULL,
    "1:46: momentum: 2.0 is out of range, permitted is [0, 1]" },
  { "SGD", "'momentum': 1.0", TAKEN, NULL, NULL },
  { "SGD", "'momentum': 0.0", TAKEN, NULL, NULL },
  { "AdamW", "'weight_decay': null", REFUSED, NULL,
    "1:52: weight_decay: AdamW of Keras needs a number; write 0.0 for none" },
  { "LossScaleOptimizer", "'dynamic': false", REFUSED, NULL,
    "1:125: dynamic: LossScaleOptimizer is always dynamic; for a fixed scale set "
    "loss_scale_factor of the inner optimizer" },
  { "LossScaleOptimizer", "'dynamic': true", TAKEN, NULL, NULL },
  { "LossScaleOptimizer", "'foo': true, 'bar': 3", REFUSED, NULL,
    "1:125: LossScaleOptimizer of Keras has no 'foo', known are name, "
    "inner_optimizer, initial_scale, dynamic_growth_steps" },
  { "LossScaleOptimizer", "'weight_decay': 0.5", REFUSED, NULL,
    "1:125: weight_decay: " INNER },
  { "LossScaleOptimizer", "'clipnorm': 0.5", REFUSED, NULL, "1:125: clipnorm: " INNER },
  { "LossScaleOptimizer", "'use_ema': true", REFUSED, NULL, "1:125: use_ema: " INNER },
  { "LossScaleOptimizer", "'ema_momentum': 0.5", REFUSED, NULL,
    "1:125: ema_momentum: " INNER },
  { "LossScaleOptimizer", "'loss_scale_factor': 0.5", REFUSED, NULL,
    "1:125: loss_scale_factor: " INNER },
  { "LossScaleOptimizer", "'gradient_accumulation_steps': 2", REFUSED, NULL,
    "1:125: gradient_accumulation_steps: " INNER },
  { "LossScaleOptimizer", "'ema_momentum': 0.99, 'use_ema': false", TAKEN, NULL, NULL },
  { "ExponentialDecay",
    "'initial_learning_rate': 0.1, 'decay_steps': 0, 'decay_rate': 0.5", REFUSED, NULL,
    "1:142: decay_steps: 0 is out of range, permitted is [1, inf)" PERCENTAGE },
  { "PolynomialDecay", "'initial_learning_rate': 0.1, 'decay_steps': -1", REFUSED, NULL,
    "1:141: decay_steps: -1 is out of range, permitted is [1, inf)" PERCENTAGE },
  { "InverseTimeDecay",
    "'initial_learning_rate': 0.1, 'decay_steps': 0, 'decay_rate': 0.5", REFUSED, NULL,
    "1:142: decay_steps: 0 is out of range, permitted is [1, inf)" PERCENTAGE },
  { "CosineDecay", "'initial_learning_rate': 0.1, 'decay_steps': 0", REFUSED, NULL,
    "1:137: decay_steps: 0 is out of range, permitted is [1, inf)" PERCENTAGE },
  { "CosineDecayRestarts", "'initial_learning_rate': 0.1, 'first_decay_steps': 0", true,
    NULL,
    "1:151: first_decay_steps: 0 is out of range, permitted is [1, inf)" PERCENTAGE },
  { "PiecewiseConstantDecay", "'boundaries': [1, 2], 'values': [0.1, 0.2]", REFUSED,
    NULL, "1:135: values: there must be 3, one more than boundaries, not 2" },
};

static char *
serialise(const Row *row)
{
  if (strcmp(row->class_name, "LossScaleOptimizer") == 0) {
    return g_strdup_printf("{'class_name': 'LossScaleOptimizer', 'config': "
                           "{'inner_optimizer': {'class_name': 'SGD', 'config': "
                           "{'learning_rate': 0.5}}, %s}}",
                           row->arguments);
  }
  if (strstr(row->class_name, "Decay") != NULL) {
    return g_strdup_printf("{'class_name': 'SGD', 'config': {'learning_rate': "
                           "{'class_name': '%s', 'config': {%s}}}}",
                           row->class_name, row->arguments);
  }
  return g_strdup_printf("{'class_name': '%s', 'config': {%s}}", row->class_name,
                         row->arguments);
}

static void
test_constructor(const void *data)
{
  const Row *row = data;
  const bool departs = row->departure != NULL;
  g_autofree char *json = g_strdelimit(serialise(row), "'", '"');
  g_autoptr(optreg_registry) registry = built_plugins();
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_string(registry, json, "a.json", &error);

  if (departs) {
    g_test_message("departure: %s", row->departure);
  }
  g_assert_true((row->message != NULL) == ((row->in_keras == REFUSED) != departs));
  g_assert_true((optimizer == NULL) == (row->message != NULL));
  if (row->message == NULL) {
    assert_no_error(error);
    return;
  }
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_CONFIG);
  g_assert_true(g_str_has_prefix(error->message, "a.json:"));
  g_assert_cmpstr(error->message + strlen("a.json:"), ==, row->message);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strdup_printf("/keras/constructors/%s(%s)",
                                            rows[i].class_name, rows[i].arguments);
    g_test_add_data_func(g_strdelimit(path, "'# ", '_'), &rows[i], test_constructor);
  }
  return g_test_run();
}
