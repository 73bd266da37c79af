/* SPDX-License-Identifier: MIT */
/* The classes of Keras that have an equivalent here, and the keys of their configs. */
#include "config/keras/table.h"

#include <glib.h>

const char *const optreg_keras_base_keys =
    "name learning_rate weight_decay clipnorm global_clipnorm clipvalue use_ema "
    "ema_momentum ema_overwrite_frequency loss_scale_factor "
    "gradient_accumulation_steps";

const OptregKerasClass optreg_keras_optimizers[] = {
  { "Adadelta", "adadelta", "rho epsilon", NULL },
  { "Adafactor", "adafactor",
    "beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step", NULL },
  { "Adagrad", "adagrad", "initial_accumulator_value epsilon", NULL },
  { "Adam", "adam", "beta_1 beta_2 epsilon amsgrad", NULL },
  { "AdamW", "adamw", "beta_1 beta_2 epsilon amsgrad", NULL },
  { "Adamax", "adamax", "beta_1 beta_2 epsilon", NULL },
  { "Ftrl", "ftrl",
    "learning_rate_power initial_accumulator_value l1_regularization_strength "
    "l2_regularization_strength l2_shrinkage_regularization_strength beta",
    NULL },
  { "Lamb", "lamb", "beta_1 beta_2 epsilon", NULL },
  { "Lion", "lion", "beta_1 beta_2", NULL },
  { "Muon", "muon",
    "adam_beta_1 adam_beta_2 epsilon exclude_layers muon_a muon_b muon_c adam_lr_ratio "
    "momentum ns_steps nesterov exclude_embeddings adam_weight_decay rms_rate",
    NULL },
  { "Nadam", "nadam", "beta_1 beta_2 epsilon", NULL },
  { "RMSprop", "rmsprop", "rho momentum epsilon centered", NULL },
  { "SGD", "sgd", "momentum nesterov", NULL },
  { "ScheduleFreeAdamW", "schedule_free_adamw", "beta_1 beta_2 epsilon warmup_steps",
    NULL },
  { NULL, NULL, NULL, NULL },
};

const OptregKerasClass optreg_keras_loss_scales[] = {
  { "LossScaleOptimizer", NULL,
    "name inner_optimizer initial_scale dynamic_growth_steps", NULL },
  { NULL, NULL, NULL, NULL },
};

const OptregKerasClass optreg_keras_schedules[] = {
  { "CosineDecay", "cosine_decay",
    "initial_learning_rate decay_steps alpha name warmup_target warmup_steps",
    "CosineDecay" },
  { "CosineDecayRestarts", "cosine_decay_restarts",
    "initial_learning_rate first_decay_steps t_mul m_mul alpha name", "SGDRDecay" },
  { "ExponentialDecay", "exponential_decay",
    "initial_learning_rate decay_steps decay_rate staircase name", "ExponentialDecay" },
  { "InverseTimeDecay", "inverse_time_decay",
    "initial_learning_rate decay_steps decay_rate staircase name", "InverseTimeDecay" },
  { "PiecewiseConstantDecay", "piecewise_constant_decay", "boundaries values name",
    "PiecewiseConstant" },
  { "PolynomialDecay", "polynomial_decay",
    "initial_learning_rate decay_steps end_learning_rate power cycle name",
    "PolynomialDecay" },
  { NULL, NULL, NULL, NULL },
};

bool
optreg_keras_has_word(const char *words, const char *word)
{
  g_auto(GStrv) list = g_strsplit(words, " ", -1);

  return g_strv_contains((const char *const *)list, word);
}

const OptregKerasClass *
optreg_keras_find_name(const OptregKerasClass *table, const char *name)
{
  for (const OptregKerasClass *row = table; row->class_name != NULL; row++) {
    if (g_strcmp0(row->name, name) == 0) {
      return row;
    }
  }
  return NULL;
}

const OptregKerasClass *
optreg_keras_find(const OptregKerasClass *table, const char *class_name)
{
  for (const OptregKerasClass *row = table; row->class_name != NULL; row++) {
    if (g_ascii_strcasecmp(row->class_name, class_name) == 0) {
      return row;
    }
  }
  return NULL;
}
