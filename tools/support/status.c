/* SPDX-License-Identifier: MIT */
/* Exit status, and the way from the library's errors to it. */
#include "status.h"

GQuark
status_error_quark(void)
{
  return g_quark_from_static_string("optreg-status");
}

Status
status_of_error(const GError *error)
{
  if (error->domain == STATUS_ERROR) {
    return (Status)error->code;
  }
  return error->domain == G_OPTION_ERROR ? STATUS_USAGE : STATUS_FAILED;
}

static Status
status_of_code(optreg_error_code code)
{
  switch (code) {
  case OPTREG_ERROR_ARGUMENT:
  case OPTREG_ERROR_CONFIG:
  case OPTREG_ERROR_NOT_FOUND:
  case OPTREG_ERROR_IO:
    return STATUS_USAGE;
  default:
    return STATUS_FAILED;
  }
}

bool
status_take(optreg_error *failure, GError **error)
{
  g_set_error_literal(error, STATUS_ERROR, status_of_code(failure->code),
                      failure->message);
  optreg_error_free(failure);
  return false;
}
