/* SPDX-License-Identifier: MIT */
/* Environment variables: texts, and whole numbers read strictly. */
#ifndef OPTREG_CORE_ENVIRONMENT_H
#define OPTREG_CORE_ENVIRONMENT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* What the variable says; NULL when it is not set, when it is empty, and in set-id
 * programs, which believe no environment. */
const char *optreg_environment_text(const char *variable);

typedef struct OptregEnvironmentNumber {
  const char *variable;
  bool (*permits)(size_t value);
  const char *permitted; /* the same in words */
} OptregEnvironmentNumber;

/* The variable's number, `fallback` when it says nothing. Decimal digits and nothing
 * else. OPTREG_ERROR_ARGUMENT for another text or a number that is not permitted. */
bool optreg_environment_number(const OptregEnvironmentNumber *number, size_t fallback,
                               size_t *value, GError **error);

#endif
