/* SPDX-License-Identifier: MIT */
/* What Keras cannot express. */
#include "flow.h"
#include "keras_source.h"

#include <string.h>

/* what Keras does not have, and may stand at the value that Keras configurations get */
static const struct {
  const char *name, *value;
} unknown_options[] = {
  { "nonfinite", "skip" },
  { "max_consecutive_skips", "100" },
};

typedef struct Check {
  const KerasSource *source;
  GString *problems;
} Check;

G_GNUC_PRINTF(2, 3)
static void
add_problem(Check *check, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_string_append(check->problems, "\n  ");
  g_string_append_vprintf(check->problems, format, arguments);
  va_end(arguments);
}

static void
check_class(Check *check)
{
  if (keras_class_name(check->source) == NULL) {
    add_problem(check, "optimizer: Keras has no %s", check->source->info->name);
  }
}

static void
check_groups(Check *check)
{
  const optreg_group_info *groups = NULL;
  const size_t n = optreg_optimizer_groups(check->source->optimizer, &groups);

  for (size_t i = 0; i + 1 < n; i++) {
    add_problem(check,
                "%s: Keras has no groups of parameters; for weight decay alone call "
                "exclude_from_weight_decay there",
                groups[i].label);
  }
}

static void
check_clips(Check *check)
{
  static const char *const clips[] = { "clipnorm", "clipvalue", "global_clipnorm" };
  g_autoptr(GString) set = g_string_new(NULL);
  size_t n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS(clips); i++) {
    if (!keras_is_off(check->source, clips[i])) {
      g_string_append_printf(set, "%s%s", n++ > 0 ? " and " : "", clips[i]);
    }
  }
  if (n > 1) {
    add_problem(check, "%s: Keras takes only one of them", set->str);
  }
}

static void
check_unknown_options(Check *check)
{
  for (size_t i = 0; i < G_N_ELEMENTS(unknown_options); i++) {
    const char *value = keras_value(check->source, unknown_options[i].name);
    if (strcmp(value, unknown_options[i].value) != 0) {
      add_problem(check,
                  "%s: Keras has no such option, and a configuration that it writes is "
                  "read with %s; %s cannot be kept",
                  unknown_options[i].name, unknown_options[i].value, value);
    }
  }
}

static void
check_schedule(Check *check, const char *text)
{
  g_autoptr(GHashTable) schedule = flow_read(text);
  const char *counter = g_hash_table_lookup(schedule, "counter");

  if (keras_find_schedule(schedule) == NULL) {
    add_problem(check, "learning_rate: Keras has no schedule %s",
                (const char *)g_hash_table_lookup(schedule, "schedule"));
  }
  if (strchr(text, '%') != NULL) {
    add_problem(check, "learning_rate: Keras takes steps, not percentages of them");
  }
  if (g_strcmp0(counter, "step") == 0
      && !keras_is_off(check->source, "gradient_accumulation_steps")) {
    add_problem(check,
                "learning_rate: under gradient_accumulation_steps Keras's schedules "
                "count calls; write counter: micro_step");
  }
}

static void
check_option(Check *check, const optreg_option_info *option)
{
  const bool is_schedule = flow_is_mapping(option->value)
                           && strcmp(option->name, "loss_scale_factor") != 0;

  if (option->group != NULL) {
    return; /* the group is named already */
  }
  if (is_schedule && strcmp(option->name, "learning_rate") == 0) {
    check_schedule(check, option->value);
  } else if (is_schedule) {
    add_problem(check, "%s: Keras has schedules for learning_rate only", option->name);
  } else if (strcmp(option->value, "inf") == 0 || strcmp(option->value, "-inf") == 0) {
    add_problem(check, "%s: JSON has no infinity", option->name);
  }
}

char *
keras_list_problems(const KerasSource *source)
{
  Check check = { source, g_string_new(NULL) };

  check_class(&check);
  check_groups(&check);
  check_clips(&check);
  check_unknown_options(&check);
  for (size_t i = 0; i < source->n_options; i++) {
    check_option(&check, &source->options[i]);
  }
  return g_string_free(check.problems, false);
}
