/* SPDX-License-Identifier: MIT */
/* The options of an optimizer, looked at as Keras's. */
#include "keras_source.h"

#include "support/yaml_text.h"

#include <string.h>

typedef struct Class {
  const char *name, *class_name;
} Class;

static const Class classes[] = {
  { "adadelta", "Adadelta" }, { "adafactor", "Adafactor" },
  { "adagrad", "Adagrad" },   { "adam", "Adam" },
  { "adamw", "AdamW" },       { "adamax", "Adamax" },
  { "ftrl", "Ftrl" },         { "lamb", "Lamb" },
  { "lion", "Lion" },         { "muon", "Muon" },
  { "nadam", "Nadam" },       { "rmsprop", "RMSprop" },
  { "sgd", "SGD" },           { "schedule_free_adamw", "ScheduleFreeAdamW" },
};

static const KerasSchedule schedule_classes[] = {
  { "cosine_decay", "CosineDecay",
    "initial_learning_rate decay_steps alpha name warmup_target warmup_steps",
    "CosineDecay" },
  { "cosine_decay_restarts", "CosineDecayRestarts",
    "initial_learning_rate first_decay_steps t_mul m_mul alpha name", "SGDRDecay" },
  { "exponential_decay", "ExponentialDecay",
    "initial_learning_rate decay_steps decay_rate staircase name", "ExponentialDecay" },
  { "inverse_time_decay", "InverseTimeDecay",
    "initial_learning_rate decay_steps decay_rate staircase name", "InverseTimeDecay" },
  { "piecewise_constant_decay", "PiecewiseConstantDecay", "boundaries values name",
    "PiecewiseConstant" },
  { "polynomial_decay", "PolynomialDecay",
    "initial_learning_rate decay_steps end_learning_rate power cycle name",
    "PolynomialDecay" },
};

const char *
keras_value(const KerasSource *source, const char *name)
{
  for (size_t i = 0; i < source->n_options; i++) {
    if (source->options[i].group == NULL
        && strcmp(source->options[i].name, name) == 0) {
      return source->options[i].value;
    }
  }
  return "null";
}

char *
keras_text(const KerasSource *source, const char *name)
{
  return yaml_text(keras_value(source, name));
}

bool
keras_is_off(const KerasSource *source, const char *name)
{
  return strcmp(keras_value(source, name), "null") == 0;
}

const char *
keras_class_name(const KerasSource *source)
{
  for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
    if (strcmp(classes[i].name, source->info->name) == 0) {
      return classes[i].class_name;
    }
  }
  return NULL;
}

const KerasSchedule *
keras_find_schedule(GHashTable *schedule)
{
  const char *name = g_hash_table_lookup(schedule, "schedule");

  for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(schedule_classes); i++) {
    if (strcmp(schedule_classes[i].name, name) == 0) {
      return &schedule_classes[i];
    }
  }
  return NULL;
}
