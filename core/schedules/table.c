/* SPDX-License-Identifier: MIT */
/* The schedules that there are. */
#include "schedules/kind.h"

#include <string.h>

#define EACH(row)                                                            \
  row(exponential_decay) row(piecewise_constant_decay) row(polynomial_decay) \
      row(inverse_time_decay) row(cosine_decay) row(cosine_decay_restarts)   \
          row(constant) row(linear) row(warmup) row(one_cycle) row(wsd) row(noam)

#define DECLARE(name) extern const OptregScheduleKind optreg_schedule_##name;
#define KIND(name) &optreg_schedule_##name,
#define INFO(name) &optreg_schedule_##name.info,

EACH(DECLARE)

static const OptregScheduleKind *const kinds[] = { EACH(KIND) };
static const optreg_schedule_info *const infos[] = { EACH(INFO) };

const OptregScheduleKind *
optreg_schedule_kind(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    if (strcmp(kinds[i]->info.name, name) == 0) {
      return kinds[i];
    }
  }
  return NULL;
}

const char **
optreg_schedule_names(void)
{
  const char **names = g_new0(const char *, G_N_ELEMENTS(kinds) + 1);

  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    names[i] = kinds[i]->info.name;
  }
  return names;
}

size_t
optreg_schedules(const optreg_schedule_info *const **schedules)
{
  if (schedules != NULL) {
    *schedules = infos;
  }
  return G_N_ELEMENTS(infos);
}
