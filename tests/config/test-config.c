/* SPDX-License-Identifier: MIT */
/* A tree to a checked configuration: what is read, inherited, refused and shown. */
#include "config/config.h"

#include "error.h"
#include "schedules/schedule.h"

#include <math.h>
#include <string.h>

enum {
  LEARNING_RATE,
  RHO,
  EPSILON,
  WARM,
  MODE,
  MOMENTUM,
  NESTEROV,
  CLIP_BOUND,
  DYNAMIC
};

static optreg_hyperparameter rows[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size"),
  OPTREG_REAL_ROW("rho", 0.95, 0.0, 1.0, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "decay"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, 0, "added under the root"),
  OPTREG_INTEGER_ROW("warm", 10, 0, 1000, OPTREG_PER_GROUP, "steps"),
  OPTREG_CHOICE_ROW("mode", 1, "sum|mean|no", "momentum", OPTREG_PER_GROUP, "how"),
  OPTREG_REAL_ROW("momentum", 0.0, 0.0, 1.0, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "share"),
  OPTREG_BOOLEAN_ROW("nesterov", 0, "momentum", OPTREG_PER_GROUP, "look ahead"),
  OPTREG_REAL_ROW("clip_bound", INFINITY, 0.0, INFINITY, 0, "none by default"),
  OPTREG_BOOLEAN_ROW("dynamic", 0, NULL, 0, "not the one of the loss scale"),
};

static const OptregDescriptor toy = {
  .class = { .name = "toy", .weight_decay = 0.0 },
  .hyperparameters = rows,
  .n_hyperparameters = G_N_ELEMENTS(rows),
};

static const OptregDescriptor rateless = {
  .class = { .name = "rateless" },
  .hyperparameters = rows + RHO,
  .n_hyperparameters = 1,
};

/* a weight decay of its own, with a learning rate and without one */
static const OptregDescriptor decaying = {
  .class = { .name = "decaying", .weight_decay = 0.004 },
  .hyperparameters = rows,
  .n_hyperparameters = 2,
};
static const OptregDescriptor decaying_rateless = {
  .class = { .name = "rateless", .weight_decay = 0.004 },
  .hyperparameters = rows + RHO,
  .n_hyperparameters = 1,
};

static OptregConfig *
read_config(const OptregDescriptor *descriptor, const char *yaml, GError **error)
{
  g_autoptr(OptregNode) tree = optreg_node_parse(yaml, strlen(yaml), "a.yaml", error);

  return tree == NULL ? NULL
                      : optreg_config_new(tree, "a.yaml", descriptor, NULL, error);
}

static OptregConfig *
read_toy(const char *options)
{
  g_autofree char *yaml = g_strconcat("optimizer: toy\n", options, NULL);
  g_autoptr(GError) error = NULL;
  OptregConfig *config = read_config(&toy, yaml, &error);

  g_assert_no_error(error);
  return config;
}

typedef struct Refusal {
  const char *name, *options; /* line 1 is the optimizer */
  const char *message;
} Refusal;

#define KNOWN_IN_MODEL                                                             \
  "optimizer, name, weight_decay, clipvalue, clipnorm, global_clipnorm, use_ema, " \
  "ema_momentum, ema_overwrite_frequency, loss_scale_factor, "                     \
  "gradient_accumulation_steps, nonfinite, max_consecutive_skips, groups, "        \
  "learning_rate, rho, epsilon, warm, mode, momentum, nesterov, clip_bound, dynamic"
#define KNOWN_IN_GROUP                                                              \
  "optimizer, learning_rate_multiplier, weight_decay, clipvalue, clipnorm, match, " \
  "ndim, learning_rate, rho, "                                                      \
  "warm, mode, momentum, nesterov"
#define SCHEDULES                                                                   \
  "exponential_decay, piecewise_constant_decay, polynomial_decay, "                 \
  "inverse_time_decay, "                                                            \
  "cosine_decay, cosine_decay_restarts, constant, linear, warmup, one_cycle, wsd, " \
  "noam"
#define SCALE                                                                     \
  "; also permitted are null, dynamic and {dynamic: true, initial_scale: 32768, " \
  "dynamic_growth_steps: 2000}"

static const Refusal refusals[] = {
  /* keys */
  { "near-key", "rhoo: 0.9", "2:1: unknown key 'rhoo', did you mean 'rho'?" },
  { "swapped-letters", "roh: 0.9", "2:1: unknown key 'roh', did you mean 'rho'?" },
  { "near-base-option", "clip_norm: 1",
    "2:1: unknown key 'clip_norm', did you mean 'clipnorm'?" },
  { "synonym", "lr: 0.1", "2:1: unknown key 'lr', did you mean 'learning_rate'?" },
  { "synonym-eps", "eps: 0.1", "2:1: unknown key 'eps', did you mean 'epsilon'?" },
  { "far-key", "xyz: 1", "2:1: unknown key 'xyz', known are " KNOWN_IN_MODEL },
  { "key-of-a-later-version", "memory_budget: 1",
    "2:1: 'memory_budget' is not supported by this version; remove it" },
  { "case-matters", "Rho: 1", "2:1: unknown key 'Rho', did you mean 'rho'?" },
  { "capitals", "LEARNING_RATE: 1",
    "2:1: unknown key 'LEARNING_RATE', did you mean 'learning_rate'?" },
  { "synonym-in-capitals", "LR: 1",
    "2:1: unknown key 'LR', did you mean 'learning_rate'?" },
  { "look-alike", "l\u0435arning_rate: 1",
    "2:1: unknown key 'l\u0435arning_rate' (character 2 is U+0435, a Cyrillic letter), "
    "did "
    "you mean 'learning_rate'?" },
  { "look-alike-of-a-wide-form", "\uff52ho: 1",
    "2:1: unknown key '\uff52ho' (character 1 is U+FF52, a letter beyond a to z), did "
    "you "
    "mean 'rho'?" },
  { "invisible-character", "rho\u200b: 1",
    "2:1: unknown key 'rho\\u200b' (character 4 is U+200B, a zero width space), did "
    "you "
    "mean 'rho'?" },
  { "byte-order-mark-in-the-middle", "\ufeffrho: 1",
    "2:1: a byte order mark inside the file; remove it" },
  { "escaped-byte-order-mark-in-a-key", "\"\\ufeffrho\": 1",
    "2:1: unknown key '\\ufeffrho' (character 1 is U+FEFF, a byte order mark), did you "
    "mean "
    "'rho'?" },
  { "penalty", "l2: 0.1",
    "2:1: unknown key 'l2': an L2 penalty adds to the gradient, so add it to the loss; "
    "weight_decay, which shrinks weights beside the update, is another thing" },
  { "penalty-in-a-group", "groups: [{match: a, L1: 1}]",
    "2:21: unknown key 'L1': an L1 penalty adds to the gradient; add it to the loss" },
  { "shape-in-a-group", "groups: [{shape: [2], warm: 1}]",
    "2:11: unknown key 'shape', known are " KNOWN_IN_GROUP },
  { "empty-key", "'': 1", "2:1: unknown key '', known are " KNOWN_IN_MODEL },
  { "group-key-outside", "learning_rate_multiplier: 2",
    "2:1: learning_rate_multiplier belongs into an entry of groups" },
  { "match-outside", "match: a", "2:1: match belongs into an entry of groups" },
  { "loss-scale-key-outside", "initial_scale: 2",
    "2:1: initial_scale belongs into loss_scale_factor: {dynamic: true, ...}" },

  { "pattern-of-no-characters", "groups: [{match: '[z-a]', warm: 1}]",
    "2:18: match: the range 'z-a' runs backwards; swap its ends" },

  /* values */
  { "look-alike-minus", "rho: \u22121",
    "2:6: rho: '\u22121' (character 1 is U+2212, a minus sign that is no hyphen) is "
    "not a "
    "number, permitted is [0, 1]" },
  { "look-alike-word", "mode: m\u0435an\nmomentum: 1",
    "2:7: mode: 'm\u0435an' (character 2 is U+0435, a Cyrillic letter) is not one of "
    "sum, "
    "mean, no" },
  { "integer-beyond-2-to-53", "gradient_accumulation_steps: 9007199254740993",
    "2:30: gradient_accumulation_steps: 9007199254740993 is too large for an integer, "
    "at "
    "most 2^53" },
  { "digits-that-are-lost", "learning_rate: 9007199254740993",
    "2:16: learning_rate: 9007199254740993 has more digits than a number keeps; write "
    "9007199254740992, the nearest" },
  { "out-of-range", "rho: 1.5", "2:6: rho: 1.5 is out of range, permitted is [0, 1]" },
  { "below-range", "rho: -0.1", "2:6: rho: -0.1 is out of range, permitted is [0, 1]" },
  { "not-a-number", "rho: abc",
    "2:6: rho: 'abc' is not a number, permitted is [0, 1]" },
  { "sexagesimal", "epsilon: 1:30",
    "2:10: epsilon: '1:30' is not a number, permitted is [0, inf)" },
  { "infinite-learning-rate", "learning_rate: .inf",
    "2:16: learning_rate: .inf is out of range, permitted is [0, inf)" },
  { "nan", "learning_rate: nan",
    "2:16: learning_rate: 'nan' is not a number, permitted is [0, inf)" },
  { "null-where-a-number-is-needed", "rho: null",
    "2:6: rho: null is not permitted; write a number in [0, 1], or remove the key for "
    "the default 0.95" },
  { "nothing-where-a-number-is-needed", "rho:",
    "2:5: rho: null is not permitted; write a number in [0, 1], or remove the key for "
    "the default 0.95" },
  { "quoted-null", "weight_decay: 'null'",
    "2:15: weight_decay: 'null' is not a number, permitted is [0, inf)" },
  { "list-for-a-number", "rho: [0.9]",
    "2:6: rho: expected a number in [0, 1], not a list" },
  { "mapping-for-a-number", "epsilon: {a: 1}",
    "2:10: epsilon: expected a number in [0, inf), not a mapping" },
  { "schedule-for-a-constant", "epsilon: {schedule: constant, value: 1}",
    "2:10: epsilon: cannot follow a schedule; write a number in [0, inf)" },
  { "schedule-for-a-base-option", "weight_decay: {schedule: constant, value: 1}",
    "2:15: weight_decay: cannot follow a schedule; write a number in [0, inf)" },
  { "schedule-without-name", "rho: {value: 1}",
    "2:6: rho: a mapping needs schedule: NAME, one of " SCHEDULES },
  { "schedule-unknown", "rho: {schedule: linaer}",
    "2:17: unknown schedule 'linaer', did you mean 'linear'?" },
  { "fraction-for-an-integer", "warm: 2.5",
    "2:7: warm: '2.5' is not an integer, permitted is [0, 1000]" },
  { "boolean-for-a-choice", "mode: false",
    "2:7: mode: 'false' is not one of sum, mean, no" },
  { "choice-nonfinite", "nonfinite: no",
    "2:12: nonfinite: 'no' is not one of skip, error, propagate" },
  { "number-for-a-boolean", "use_ema: 1",
    "2:10: use_ema: '1' is neither true nor false" },
  { "null-for-a-boolean", "use_ema: ~",
    "2:10: use_ema: null is not permitted; write true or false, or remove the key for "
    "the default false" },
  { "negative-weight-decay", "weight_decay: -1",
    "2:15: weight_decay: -1 is out of range, permitted is [0, inf)" },
  { "clipnorm-zero", "clipnorm: 0",
    "2:11: clipnorm: 0 is out of range, permitted is (0, inf); remove the key or write "
    "null to switch clipping off" },
  { "clipvalue-negative", "clipvalue: -1",
    "2:12: clipvalue: -1 is out of range, permitted is (0, inf); remove the key or "
    "write null to switch clipping off" },
  { "global-clipnorm-zero", "global_clipnorm: 0.0",
    "2:18: global_clipnorm: 0.0 is out of range, permitted is (0, inf); remove the key "
    "or write null to switch clipping off" },
  { "ema-momentum-range", "use_ema: true\nema_momentum: 1.01",
    "3:15: ema_momentum: 1.01 is out of range, permitted is [0, 1]" },
  { "negative-overwrite-frequency", "ema_overwrite_frequency: -1",
    "2:26: ema_overwrite_frequency: -1 is out of range, permitted is [0, inf)" },
  { "accumulation-zero", "gradient_accumulation_steps: 0",
    "2:30: gradient_accumulation_steps: 0 is out of range, permitted is [1, inf)" },
  { "skips-zero", "max_consecutive_skips: 0",
    "2:24: max_consecutive_skips: 0 is out of range, permitted is [1, inf)" },
  { "empty-name", "name: ''", "2:7: name: is empty; write a name" },
  { "list-name", "name: [a]", "2:7: name: expected text, not a list" },

  /* loss scale */
  { "loss-scale-zero", "loss_scale_factor: 0",
    "2:20: loss_scale_factor: 0 is out of range, permitted is "
    "(0, 1.7014118346046923e38]" SCALE },
  { "loss-scale-that-no-float-holds", "loss_scale_factor: 1e39",
    "2:20: loss_scale_factor: 1e39 is out of range, permitted is "
    "(0, 1.7014118346046923e38]" SCALE },
  { "loss-scale-word", "loss_scale_factor: automatic",
    "2:20: loss_scale_factor: 'automatic' is not a number, permitted is "
    "(0, 1.7014118346046923e38]" SCALE },
  { "loss-scale-list", "loss_scale_factor: [1]",
    "2:20: loss_scale_factor: expected a number in (0, 1.7014118346046923e38], not a "
    "list" SCALE },
  { "loss-scale-not-dynamic", "loss_scale_factor: {dynamic: false}",
    "2:20: loss_scale_factor: a mapping needs dynamic: true; write a number for a "
    "fixed scale, or null for none" },
  { "loss-scale-without-dynamic", "loss_scale_factor: {initial_scale: 5}",
    "2:20: loss_scale_factor: a mapping needs dynamic: true; write a number for a "
    "fixed scale, or null for none" },
  { "loss-scale-empty-mapping", "loss_scale_factor: {}",
    "2:20: loss_scale_factor: a mapping needs dynamic: true; write a number for a "
    "fixed scale, or null for none" },
  { "loss-scale-near-key", "loss_scale_factor: {dynamic: true, initial_scal: 5}",
    "2:36: unknown key 'initial_scal', did you mean 'initial_scale'?" },
  { "loss-scale-far-key", "loss_scale_factor: {dynamic: true, xyz: 5}",
    "2:36: unknown key 'xyz', known are dynamic, initial_scale, dynamic_growth_steps" },
  { "loss-scale-foreign-key", "loss_scale_factor: {dynamic: true, rho: 0.9}",
    "2:36: rho does not belong into loss_scale_factor; move it out" },
  { "loss-scale-initial", "loss_scale_factor: {dynamic: true, initial_scale: 0}",
    "2:51: initial_scale: 0 is out of range, permitted is [1.1754943508222875e-38, "
    "1.7014118346046923e38]" },
  { "loss-scale-initial-that-no-float-holds",
    "loss_scale_factor: {dynamic: true, initial_scale: 1e39}",
    "2:51: initial_scale: 1e39 is out of range, permitted is [1.1754943508222875e-38, "
    "1.7014118346046923e38]" },
  { "loss-scale-growth", "loss_scale_factor: {dynamic: true, dynamic_growth_steps: 0}",
    "2:58: dynamic_growth_steps: 0 is out of range, permitted is [1, inf)" },

  /* without effect, contradictory */
  { "ema-momentum-alone", "ema_momentum: 0.9",
    "2:15: ema_momentum: has no effect while use_ema is false; set use_ema: true or "
    "remove ema_momentum" },
  { "overwrite-frequency-alone", "ema_overwrite_frequency: 5\nuse_ema: false",
    "2:26: ema_overwrite_frequency: has no effect while use_ema is false; set use_ema: "
    "true or remove ema_overwrite_frequency" },
  { "skips-without-skipping", "nonfinite: error\nmax_consecutive_skips: 5",
    "3:24: max_consecutive_skips: has no effect while nonfinite is error; set "
    "nonfinite: skip or remove max_consecutive_skips" },
  { "nesterov-alone", "nesterov: true",
    "2:11: nesterov: has no effect while momentum is 0; set momentum to something "
    "other than 0 or remove nesterov" },
  { "choice-alone", "mode: sum",
    "2:7: mode: has no effect while momentum is 0; set momentum to something other "
    "than 0 or remove mode" },
  { "nesterov-alone-in-group",
    "momentum: 0.9\ngroups:\n  - match: a\n    momentum: 0\n    nesterov: true",
    "6:15: nesterov: has no effect while momentum is 0; set momentum to something "
    "other than 0 or remove nesterov" },
  { "nesterov-overridden-where-momentum-is",
    "nesterov: true\ngroups:\n  - {match: a, momentum: 0.9, nesterov: false}",
    "2:11: nesterov: has no effect while momentum is 0; set momentum to something "
    "other than 0 or remove nesterov" },
  { "dynamic-scale-with-error", "nonfinite: error\nloss_scale_factor: dynamic",
    "3:20: loss_scale_factor: a dynamic loss scale skips steps that are not finite; "
    "set nonfinite: skip, or a number as loss_scale_factor" },
  { "dynamic-scale-with-propagate",
    "loss_scale_factor: {dynamic: on}\nnonfinite: propagate",
    "2:20: loss_scale_factor: a dynamic loss scale skips steps that are not finite; "
    "set nonfinite: skip, or a number as loss_scale_factor" },

  /* groups */
  { "groups-no-list", "groups: {match: a}",
    "2:9: groups: expected a list of {match: PATTERN, option: value}" },
  { "groups-a-word", "groups: bias",
    "2:9: groups: expected a list of {match: PATTERN, option: value}" },
  { "group-a-word", "groups: [bias]",
    "2:10: groups[0]: expected {match: PATTERN, option: value}" },
  { "group-a-null", "groups:\n  -\n",
    "3:4: groups[0]: expected {match: PATTERN, option: value}" },
  { "group-without-match", "groups:\n  - {match: a, rho: 1}\n  - {rho: 1}",
    "4:5: groups[1]: match is missing; add a pattern such as match: '*/bias', "
    "or a number of dimensions such as ndim: 1" },
  { "group-empty", "groups: [{}]",
    "2:10: groups[0]: match is missing; add a pattern such as match: '*/bias', "
    "or a number of dimensions such as ndim: 1" },
  { "match-null", "groups: [{match: , rho: 1}]",
    "2:18: match: expected a pattern such as '*/bias'" },
  { "match-empty-text", "groups: [{match: '', rho: 1}]",
    "2:18: match: expected a pattern such as '*/bias'" },
  { "match-empty-list", "groups: [{match: [], rho: 1}]",
    "2:18: match: an empty list matches nothing; write a pattern such as '*/bias'" },
  { "match-mapping", "groups: [{match: {a: b}, rho: 1}]",
    "2:18: match: expected a pattern such as '*/bias'" },
  { "match-nested-list", "groups: [{match: [a, [b]], rho: 1}]",
    "2:22: match: expected a pattern such as '*/bias'" },
  { "match-empty-among-others", "groups: [{match: [a, ''], rho: 1}]",
    "2:22: match: expected a pattern such as '*/bias'" },
  { "group-without-overrides", "groups: [{match: a}]",
    "2:10: groups[0]: has no effect; add an option beside match or remove the group" },
  { "ndim-empty-list", "groups: [{ndim: [], rho: 1}]",
    "2:17: ndim: an empty list matches nothing; write a number of dimensions such as "
    "1" },
  { "ndim-negative", "groups: [{ndim: -1, rho: 1}]",
    "2:17: ndim: -1 is out of range, permitted is [0, 32]" },
  { "ndim-too-large", "groups: [{match: a, ndim: [1, 33], rho: 1}]",
    "2:31: ndim: 33 is out of range, permitted is [0, 32]" },
  { "ndim-a-word", "groups: [{ndim: vector, rho: 1}]",
    "2:17: ndim: 'vector' is not an integer, permitted is [0, 32]" },
  { "ndim-null", "groups: [{ndim: , rho: 1}]",
    "2:17: ndim: '' is not an integer, permitted is [0, 32]" },
  { "ndim-mapping", "groups: [{ndim: {a: 1}, rho: 1}]",
    "2:17: ndim: expected a number of dimensions" },
  { "ndim-outside", "ndim: 1", "2:1: ndim belongs into an entry of groups" },
  { "ndim-without-overrides", "groups: [{match: a, ndim: 1}]",
    "2:10: groups[0]: has no effect; add an option beside match or remove the group" },
  { "group-near-key", "groups: [{match: a, rhoo: 1}]",
    "2:21: unknown key 'rhoo', did you mean 'rho'?" },
  { "group-far-key", "groups: [{match: a, xyz: 1}]",
    "2:21: unknown key 'xyz', known are " KNOWN_IN_GROUP },
  { "group-out-of-range", "groups: [{match: a, rho: 2}]",
    "2:26: rho: 2 is out of range, permitted is [0, 1]" },
  { "global-clipnorm-in-group", "groups: [{match: a, global_clipnorm: 1}]",
    "2:21: global_clipnorm is for the whole model; move it out of the group" },
  { "ema-in-group", "groups: [{match: a, use_ema: true}]",
    "2:21: use_ema is for the whole model; move it out of the group" },
  { "groups-in-group", "groups: [{match: a, groups: []}]",
    "2:21: groups is for the whole model; move it out of the group" },
  { "row-of-the-model-in-group", "groups: [{match: a, epsilon: 1}]",
    "2:21: epsilon of toy cannot differ between groups; move it out of the group" },
  { "two-learning-rates",
    "groups: [{match: a, learning_rate_multiplier: 2, learning_rate: 1}]",
    "2:47: learning_rate_multiplier: the group sets learning_rate too; remove one of "
    "the two" },
  { "negative-multiplier", "groups: [{match: a, learning_rate_multiplier: -1}]",
    "2:47: learning_rate_multiplier: -1 is out of range, permitted is [0, inf)" },
};

static void
test_refuse(const void *data)
{
  const Refusal *row = data;
  g_autofree char *yaml = g_strconcat("optimizer: toy\n", row->options, "\n", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregConfig) config = read_config(&toy, yaml, &error);

  g_assert_null(config);
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG);
  g_assert_true(g_str_has_prefix(error->message, "a.yaml:"));
  g_assert_cmpstr(error->message + strlen("a.yaml:"), ==, row->message);
}

static const Refusal nameless[] = {
  { "missing", "rho: 1",
    "a.yaml:1:1: the key 'optimizer' is missing; add optimizer: NAME" },
  { "misspelt", "rho: 1\noptimiser: toy",
    "a.yaml:2:1: unknown key 'optimiser', did you mean 'optimizer'?" },
  { "of-another-framework", "type: toy",
    "a.yaml:1:1: unknown key 'type', did you mean 'optimizer'?" },
  { "null", "optimizer:", "a.yaml:1:11: optimizer: expected the name of an optimizer" },
  { "list", "optimizer: [toy]",
    "a.yaml:1:12: optimizer: expected the name of an optimizer" },
  { "upper-case", "optimizer: Toy",
    "a.yaml:1:12: optimizer: 'Toy' is not a name, did you mean 'toy'?" },
  { "path", "optimizer: ./toy.so",
    "a.yaml:1:12: optimizer: './toy.so' is not a name; write a name of lower case "
    "letters, digits and '_', never a path" },
  { "empty", "optimizer: ''",
    "a.yaml:1:12: optimizer: '' is not a name; write a name of lower case letters, "
    "digits and '_', never a path" },
};

static void
test_nameless(const void *data)
{
  const Refusal *row = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregConfig) config = read_config(&toy, row->options, &error);

  g_assert_null(config);
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(error->message, ==, row->message);
}

static void
test_multiplier_without_learning_rate(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregConfig) config = read_config(
      &rateless,
      "optimizer: rateless\ngroups: [{match: a, learning_rate_multiplier: 2}]", &error);

  g_assert_null(config);
  g_assert_cmpstr(
      error->message, ==,
      "a.yaml:2:47: learning_rate_multiplier: rateless has no learning_rate that may "
      "differ between groups; remove it");
}

static void
test_defaults(void)
{
  g_autoptr(OptregConfig) config = read_toy("");

  g_assert_cmpstr(config->source, ==, "a.yaml");
  g_assert_cmpstr(config->optimizer, ==, "toy");
  g_assert_cmpstr(config->name, ==, "toy");
  g_assert_cmpfloat(config->global_clipnorm, ==, 0.0);
  g_assert_false(config->use_ema);
  g_assert_cmpfloat(config->ema_momentum, ==, 0.99);
  g_assert_cmpuint(config->ema_overwrite_frequency, ==, 0);
  g_assert_cmpfloat(config->loss_scale, ==, 0.0);
  g_assert_false(config->is_loss_scale_dynamic);
  g_assert_cmpuint(config->gradient_accumulation_steps, ==, 1);
  g_assert_cmpint(config->nonfinite, ==, OPTREG_NONFINITE_SKIP);
  g_assert_cmpuint(config->max_consecutive_skips, ==, 100);
  g_assert_cmpuint(config->n_groups, ==, 1);
  g_assert_cmpstr(config->groups[0].label, ==, "default");
  g_assert_null(config->groups[0].match[0]);
  g_assert_cmpfloat(config->groups[0].learning_rate_multiplier, ==, 1.0);
  g_assert_cmpfloat(config->groups[0].weight_decay, ==, 0.0);
  g_assert_cmpfloat(config->groups[0].clipnorm, ==, 0.0);
  g_assert_cmpfloat(config->groups[0].clipvalue, ==, 0.0);
  g_assert_false(config->groups[0].has_own_learning_rate);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpfloat(config->groups[0].hyperparameters[i], ==, rows[i].default_value);
  }
}

static void
test_every_option(void)
{
  g_autoptr(OptregConfig) config = read_toy(
      "name: 'my toy'\nlearning_rate: 1\nrho: 9e-1\nepsilon: .5\nwarm: 1_000\nmode: "
      "no\n"
      "momentum: \"0.9\"\nnesterov: yes\nclip_bound: .inf\ndynamic: true\n"
      "weight_decay: 1e-4\nclipnorm: 2\nclipvalue: 0.5\nglobal_clipnorm: 1\n"
      "use_ema: on\nema_momentum: 0.999\nema_overwrite_frequency: 7\n"
      "loss_scale_factor: 128\ngradient_accumulation_steps: 4\nnonfinite: skip\n"
      "max_consecutive_skips: 3\ngroups: []\n");
  const double *values = config->groups[0].hyperparameters;

  g_assert_cmpstr(config->name, ==, "my toy");
  g_assert_cmpfloat(values[LEARNING_RATE], ==, 1.0);
  g_assert_cmpfloat(values[RHO], ==, 0.9);
  g_assert_cmpfloat(values[EPSILON], ==, 0.5);
  g_assert_cmpfloat(values[WARM], ==, 1000.0);
  g_assert_cmpfloat(values[MODE], ==, 2.0);
  g_assert_cmpfloat(values[MOMENTUM], ==, 0.9);
  g_assert_cmpfloat(values[NESTEROV], ==, 1.0);
  g_assert_cmpfloat(values[CLIP_BOUND], ==, INFINITY);
  g_assert_cmpfloat(values[DYNAMIC], ==, 1.0);
  g_assert_false(config->is_loss_scale_dynamic);
  g_assert_cmpfloat(config->groups[0].weight_decay, ==, 1e-4);
  g_assert_cmpfloat(config->groups[0].clipnorm, ==, 2.0);
  g_assert_cmpfloat(config->groups[0].clipvalue, ==, 0.5);
  g_assert_cmpfloat(config->global_clipnorm, ==, 1.0);
  g_assert_true(config->use_ema);
  g_assert_cmpfloat(config->ema_momentum, ==, 0.999);
  g_assert_cmpuint(config->ema_overwrite_frequency, ==, 7);
  g_assert_cmpfloat(config->loss_scale, ==, 128.0);
  g_assert_cmpuint(config->gradient_accumulation_steps, ==, 4);
  g_assert_cmpuint(config->max_consecutive_skips, ==, 3);
}

/* null, ~ and nothing switch off what may be off; 0 does where Keras says so */
static void
test_off(void)
{
  g_autoptr(OptregConfig) config = read_toy(
      "name: null\nweight_decay: null\nclipnorm: ~\nclipvalue:\nglobal_clipnorm: NULL\n"
      "ema_overwrite_frequency: 0\nloss_scale_factor: null\n"
      "gradient_accumulation_steps: null\ngroups: null\n");

  g_assert_cmpstr(config->name, ==, "toy");
  g_assert_cmpfloat(config->groups[0].weight_decay, ==, 0.0);
  g_assert_cmpfloat(config->groups[0].clipnorm, ==, 0.0);
  g_assert_cmpfloat(config->groups[0].clipvalue, ==, 0.0);
  g_assert_cmpfloat(config->global_clipnorm, ==, 0.0);
  g_assert_cmpuint(config->ema_overwrite_frequency, ==, 0);
  g_assert_cmpfloat(config->loss_scale, ==, 0.0);
  g_assert_cmpuint(config->gradient_accumulation_steps, ==, 1);
  g_assert_cmpuint(config->n_groups, ==, 1);
}

static void
test_dynamic_word(void)
{
  g_autoptr(OptregConfig) config = read_toy("loss_scale_factor: dynamic\n");

  g_assert_true(config->is_loss_scale_dynamic);
  g_assert_cmpfloat(config->loss_scale, ==, 32768.0);
  g_assert_cmpuint(config->dynamic_growth_steps, ==, 2000);
}

static void
test_dynamic_mapping(void)
{
  g_autoptr(OptregConfig)
      config = read_toy("loss_scale_factor: {dynamic: true, initial_scale: 1_024, "
                        "dynamic_growth_steps: 5}\n");

  g_assert_true(config->is_loss_scale_dynamic);
  g_assert_cmpfloat(config->loss_scale, ==, 1024.0);
  g_assert_cmpuint(config->dynamic_growth_steps, ==, 5);
}

static void
test_weight_decay_of_optimizer(void)
{
  g_autoptr(OptregConfig)
      by_default = read_config(&decaying, "optimizer: decaying", NULL);
  g_autoptr(OptregConfig)
      off = read_config(&decaying, "optimizer: decaying\nweight_decay: null", NULL);

  g_assert_cmpfloat(by_default->groups[0].weight_decay, ==, 0.004);
  g_assert_cmpfloat(off->groups[0].weight_decay, ==, 0.0);
}

/* the decay is multiplied by it */
static void
test_decay_needs_a_learning_rate(void)
{
  static const struct {
    const OptregDescriptor *descriptor;
    const char *yaml, *message;
  } cases[] = {
    { &rateless, "optimizer: rateless\nweight_decay: 0.1",
      "a.yaml:2:15: weight_decay: rateless has no learning_rate, by which the decay is "
      "multiplied; remove it" },
    { &decaying_rateless, "optimizer: rateless",
      "a.yaml:1:12: weight_decay: rateless has no learning_rate, by which the decay is "
      "multiplied; write weight_decay: null" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(read_config(cases[i].descriptor, cases[i].yaml, &error));
    g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG);
    g_assert_cmpstr(error->message, ==, cases[i].message);
  }
  g_autoptr(OptregConfig) off =
      read_config(&decaying_rateless, "optimizer: rateless\nweight_decay: null", NULL);
  g_assert_nonnull(off);
}

/* what may stand although it looks without effect */
static const char *const harmless[] = {
  "ema_momentum: 0.99",
  "nesterov: false",
  "max_consecutive_skips: 100\nnonfinite: error",
  "mode: mean",
  "nonfinite: propagate\nloss_scale_factor: 2",
  "nesterov: true\ngroups: [{match: a, momentum: 0.9}]",
  "momentum: 0.9\nnesterov: true\ngroups: [{match: a, momentum: 0}]",
  "groups: [{match: a, momentum: 0.9, nesterov: true}]",
  "groups: [{match: a, learning_rate_multiplier: 0}]",
  "nesterov: true\nmomentum: {schedule: constant, value: 0}",
};

static void
test_harmless(const void *options)
{
  g_autoptr(OptregConfig) config = read_toy(options);

  g_assert_nonnull(config);
}

static const char three_groups[] =
    "learning_rate: 0.5\nrho: 0.8\nweight_decay: 0.01\nclipnorm: 3\ngroups:\n"
    "  - match: ['*/bias', 'norm?/*']\n    weight_decay: 0\n    learning_rate: 0.1\n"
    "  - match: 'encoder/*'\n    learning_rate_multiplier: 0.25\n    rho: 0.7\n"
    "    clipnorm: null\n    clipvalue: 1\n"
    "  - match: '[xy]'\n    weight_decay: 0.5\n";

static void
test_overrides(void)
{
  g_autoptr(OptregConfig) config = read_toy(three_groups);
  const OptregGroup *bias = &config->groups[0], *encoder = &config->groups[1];
  const OptregGroup *rest = &config->groups[3];

  g_assert_cmpuint(config->n_groups, ==, 4);
  g_assert_cmpstr(bias->label, ==, "groups[0]");
  g_assert_cmpuint(bias->line, ==, 7);
  g_assert_cmpuint(bias->column, ==, 5);
  g_assert_cmpstr(bias->match[1], ==, "norm?/*");
  g_assert_null(bias->match[2]);
  g_assert_cmpfloat(bias->weight_decay, ==, 0.0);
  g_assert_cmpfloat(bias->clipnorm, ==, 3.0);
  g_assert_true(bias->has_own_learning_rate);
  g_assert_cmpfloat(bias->hyperparameters[LEARNING_RATE], ==, 0.1);
  g_assert_cmpfloat(bias->hyperparameters[RHO], ==, 0.8);

  g_assert_cmpstr(encoder->label, ==, "groups[1]");
  g_assert_false(encoder->has_own_learning_rate);
  g_assert_cmpfloat(encoder->learning_rate_multiplier, ==, 0.25);
  g_assert_cmpfloat(encoder->hyperparameters[LEARNING_RATE], ==, 0.5);
  g_assert_cmpfloat(encoder->hyperparameters[RHO], ==, 0.7);
  g_assert_cmpfloat(encoder->weight_decay, ==, 0.01);
  g_assert_cmpfloat(encoder->clipnorm, ==, 0.0);
  g_assert_cmpfloat(encoder->clipvalue, ==, 1.0);

  g_assert_cmpstr(rest->label, ==, "default");
  g_assert_false(rest->has_own_learning_rate);
  g_assert_cmpfloat(rest->hyperparameters[LEARNING_RATE], ==, 0.5);
  g_assert_cmpfloat(rest->weight_decay, ==, 0.01);
}

static const char scheduled_groups[] =
    "rho: {schedule: linear, initial_value: 0.5, end_value: 0.9, steps: 4}\ngroups:\n"
    "  - {match: a, rho: 0.7}\n"
    "  - {match: b, rho: {schedule: constant, value: 0.6}}\n"
    "  - {match: c, weight_decay: 0.1}\n"
    "  - {match: d, rho: {schedule: linear, initial_value: 0, end_value: 1, steps: "
    "50%}}";

static void
test_schedules_of_groups(void)
{
  g_autoptr(OptregConfig) config = read_toy(scheduled_groups);
  const OptregGroup *group = config->groups;

  g_assert_null(group[0].schedules[RHO]);
  g_assert_cmpfloat(group[0].hyperparameters[RHO], ==, 0.7);
  g_assert_cmpfloat(optreg_schedule_value(group[1].schedules[RHO], 2), ==, 0.6);
  g_assert_cmpfloat(optreg_schedule_value(group[2].schedules[RHO], 2), ==, 0.7);
  g_assert_cmpfloat(group[2].hyperparameters[RHO], ==, 0.5);
  g_assert_true(isnan(group[3].hyperparameters[RHO]));
  g_assert_cmpfloat(optreg_schedule_value(group[4].schedules[RHO], 9), ==, 0.9);
  g_assert_null(group[4].schedules[LEARNING_RATE]);
}

typedef struct Membership {
  const char *parameter;
  uint32_t ndim;
  size_t group;
} Membership;

static const Membership memberships[] = {
  { "dense/bias", 1, 0 },
  { "encoder/layer_1/bias", 1, 0 }, /* the first match wins */
  { "norm1/gamma", 1, 0 },
  { "norm12/gamma", 1, 3 },
  { "encoder/kernel", 1, 1 },
  { "encoder/layer_1/kernel", 1, 1 }, /* '*' stands for '/' too */
  { "my/encoder/kernel", 1, 3 },      /* a pattern is for the whole name */
  { "x", 1, 2 },
  { "y", 1, 2 },
  { "z", 1, 3 },
  { "bias", 1, 3 },
  { "Dense/Bias", 1, 3 },
};

static void
check_memberships(const OptregConfig *config, const Membership *expected, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpuint(
        optreg_config_group_of(config, expected[i].parameter, expected[i].ndim), ==,
        expected[i].group);
  }
}

static void
test_membership(void)
{
  g_autoptr(OptregConfig) config = read_toy(three_groups);

  check_memberships(config, memberships, G_N_ELEMENTS(memberships));
}

static const Membership memberships_by_ndim[] = {
  { "embedding/table", 2, 0 }, /* both selectors hold */
  { "embedding/scale", 1, 1 }, { "dense/bias", 1, 1 },   { "gain", 0, 1 },
  { "dense/kernel", 2, 2 },    { "conv/kernel", 32, 2 },
};

static void
test_membership_by_ndim(void)
{
  g_autoptr(OptregConfig)
      config = read_toy("groups:\n  - {match: 'embedding/*', ndim: 2, rho: 0.5}\n"
                        "  - {ndim: [0, 1], weight_decay: 0, learning_rate: 1}\n");

  check_memberships(config, memberships_by_ndim, G_N_ELEMENTS(memberships_by_ndim));
  g_assert_true(config->groups[1].has_own_learning_rate);
  g_assert_false(config->groups[2].has_own_learning_rate);
}

typedef struct Selection {
  const char *name, *group, *shown;
} Selection;

static const Selection selections[] = {
  { "patterns", "match: [a, 'b*']", "a, b*" },
  { "ndim", "ndim: 1", "ndim 1" },
  { "ndims-in-order-once", "ndim: [32, 0, 2, 0]", "ndim 0, 2, 32" },
  { "both", "ndim: [1], match: a", "a; ndim 1" },
};

static void
test_show_selectors(const void *data)
{
  const Selection *row = data;
  g_autofree char *yaml = g_strdup_printf("groups: [{%s, rho: 1}]\n", row->group);
  g_autoptr(OptregConfig) config = read_toy(yaml);
  g_autofree char *shown = optreg_config_show_selectors(&config->groups[0]);

  g_assert_cmpstr(shown, ==, row->shown);
}

static char *
show(const OptregConfig *config)
{
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < config->n_options; i++) {
    const optreg_option_info *option = &config->options[i];
    g_assert_nonnull(option->doc);
    g_string_append_printf(text, "%s|%s: %s|%s\n",
                           option->group == NULL ? "" : option->group, option->name,
                           option->value, option->origin);
  }
  return g_string_free(text, false);
}

static void
test_show_defaults(void)
{
  g_autoptr(OptregConfig) config = read_config(&rateless, "optimizer: rateless", NULL);
  g_autofree char *text = show(config);

  g_assert_cmpstr(text, ==,
                  "|optimizer: rateless|a.yaml:1:12\n"
                  "|name: rateless|default\n"
                  "|rho: 0.95|default of rateless\n"
                  "|weight_decay: null|default\n"
                  "|clipvalue: null|default\n"
                  "|clipnorm: null|default\n"
                  "|global_clipnorm: null|default\n"
                  "|use_ema: false|default\n"
                  "|ema_momentum: 0.99|default\n"
                  "|ema_overwrite_frequency: null|default\n"
                  "|loss_scale_factor: null|default\n"
                  "|gradient_accumulation_steps: null|default\n"
                  "|nonfinite: skip|default\n"
                  "|max_consecutive_skips: 100|default\n");
}

static void
test_show_origins(void)
{
  g_autoptr(OptregConfig) config = read_toy(
      "name: t\nlearning_rate: 1e-4\nmomentum: 0.9\nloss_scale_factor: dynamic\n"
      "groups:\n  - match: a\n    weight_decay: null\n    mode: sum\n"
      "    learning_rate_multiplier: 0.1\n");
  g_autofree char *text = show(config);

  g_assert_nonnull(strstr(text, "|name: t|a.yaml:2:7\n"));
  g_assert_nonnull(strstr(text, "|learning_rate: 1e-4|a.yaml:3:16\n"));
  g_assert_nonnull(strstr(text, "|mode: mean|default of toy\n"));
  g_assert_nonnull(strstr(text, "|weight_decay: null|default\n"));
  g_assert_nonnull(strstr(text,
                          "|loss_scale_factor: {dynamic: true, initial_scale: 32768, "
                          "dynamic_growth_steps: 2000}|a.yaml:5:20\n"));
  g_assert_true(
      g_str_has_suffix(text, "groups[0]|mode: sum|a.yaml:9:11\n"
                             "groups[0]|learning_rate_multiplier: 0.1|a.yaml:10:31\n"
                             "groups[0]|weight_decay: null|a.yaml:8:19\n"));
}

static void
test_show_schedules(void)
{
  g_autoptr(OptregConfig) config = read_toy(
      "rho: {schedule: warmup, steps: 5%, then: {schedule: exponential_decay, "
      "initial_learning_rate: .9, decay_steps: 10, decay_rate: 0.5}}\n"
      "groups: [{match: a, learning_rate: {schedule: piecewise_constant_decay, "
      "boundaries: [3, 50%], values: [1, 0.1, 1e-2], counter: micro_step}}]\n");
  g_autofree char *text = show(config);

  g_assert_nonnull(strstr(
      text, "|rho: {schedule: warmup, steps: 5%, initial_value: 0, then: {schedule: "
            "exponential_decay, initial_learning_rate: 0.9, decay_steps: 10, "
            "decay_rate: 0.5, staircase: false}, counter: step}|a.yaml:2:6\n"));
  g_assert_nonnull(strstr(
      text, "groups[0]|learning_rate: {schedule: piecewise_constant_decay, boundaries: "
            "[3, 50%], values: [1, 0.1, 0.01], counter: micro_step}|a.yaml:3:36\n"));
}

static void
add_rows(const char *folder, const Refusal *table, size_t n, GTestDataFunc function)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat(folder, table[i].name, NULL);
    g_test_add_data_func(path, &table[i], function);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  add_rows("/config/refuse/", refusals, G_N_ELEMENTS(refusals), test_refuse);
  add_rows("/config/refuse-optimizer/", nameless, G_N_ELEMENTS(nameless),
           test_nameless);
  g_test_add_func("/config/refuse/multiplier-without-learning-rate",
                  test_multiplier_without_learning_rate);
  g_test_add_func("/config/defaults", test_defaults);
  g_test_add_func("/config/every-option", test_every_option);
  g_test_add_func("/config/off", test_off);
  g_test_add_func("/config/loss-scale/dynamic", test_dynamic_word);
  g_test_add_func("/config/loss-scale/mapping", test_dynamic_mapping);
  g_test_add_func("/config/weight-decay-of-the-optimizer",
                  test_weight_decay_of_optimizer);
  g_test_add_func("/config/weight-decay-needs-a-learning-rate",
                  test_decay_needs_a_learning_rate);
  for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++) {
    g_autofree char *path = g_strdup_printf("/config/harmless/%zu", i);
    g_test_add_data_func(path, harmless[i], test_harmless);
  }
  g_test_add_func("/config/groups/override-and-inherit", test_overrides);
  g_test_add_func("/config/groups/schedules", test_schedules_of_groups);
  g_test_add_func("/config/groups/first-match-wins", test_membership);
  g_test_add_func("/config/groups/by-number-of-dimensions", test_membership_by_ndim);
  for (size_t i = 0; i < G_N_ELEMENTS(selections); i++) {
    g_autofree char *path =
        g_strconcat("/config/groups/show/", selections[i].name, NULL);
    g_test_add_data_func(path, &selections[i], test_show_selectors);
  }
  g_test_add_func("/config/show/defaults", test_show_defaults);
  g_test_add_func("/config/show/origins-and-groups", test_show_origins);
  g_test_add_func("/config/show/schedules", test_show_schedules);
  return g_test_run();
}
