/* SPDX-License-Identifier: MIT */
/* Environment variables: texts, and whole numbers read strictly. */
#include "environment.h"

#include "error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *
optreg_environment_text(const char *variable)
{
  const char *text = secure_getenv(variable);

  return text != NULL && text[0] != '\0' ? text : NULL;
}

/* strtoul alone takes blanks, signs and what is too large */
static bool
parse(const char *text, size_t *value)
{
  if (text[strspn(text, "0123456789")] != '\0') {
    return false;
  }
  errno = 0;
  *value = strtoul(text, NULL, 10);
  return errno == 0;
}

bool
optreg_environment_number(const OptregEnvironmentNumber *number, size_t fallback,
                          size_t *value, GError **error)
{
  const char *text = optreg_environment_text(number->variable);

  if (text == NULL) {
    *value = fallback;
    return true;
  }
  if (!parse(text, value) || !number->permits(*value)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "%s is '%s': permitted are %s", number->variable, text,
                number->permitted);
    return false;
  }
  return true;
}
