/* SPDX-License-Identifier: MIT */
/* A schedule as one would write it in YAML. */
#include "schedules/kind.h"

#include <math.h>
#include <string.h>

static bool
is_shown(const OptregSchedule *schedule, size_t i)
{
  const OptregArgument *argument = &schedule->arguments[i];
  const bool has_value = argument->nested != NULL || !isnan(argument->percents[0])
                         || !isnan(argument->numbers[0]);

  return has_value && !optreg_schedule_is_effectless(schedule, i);
}

char *
optreg_schedule_show_nested(const OptregSchedule *schedule)
{
  const optreg_schedule_info *info = &schedule->kind->info;
  g_autoptr(GString) text = g_string_new("{schedule: ");

  g_string_append(text, info->name);
  for (size_t i = 0; i < info->n_parameters; i++) {
    if (is_shown(schedule, i)) {
      g_autofree char *value =
          optreg_argument_show(&schedule->arguments[i], &info->parameters[i]);
      g_string_append_printf(text, ", %s: %s", info->parameters[i].name, value);
    }
  }
  g_string_append_c(text, '}');
  return g_strdup(text->str);
}

char *
optreg_schedule_show(const OptregSchedule *schedule)
{
  g_autofree char *text = optreg_schedule_show_nested(schedule);

  text[strlen(text) - 1] = '\0';
  return g_strdup_printf("%s, counter: %s}", text,
                         schedule->counts_micro_steps ? "micro_step" : "step");
}
