/* SPDX-License-Identifier: MIT */
/* Errors inside the core, and their way out. */
#include "error.h"

#include "printable.h"

GQuark
optreg_error_quark(void)
{
  return g_quark_from_static_string("optreg-error");
}

bool
optreg_error_export(GError *error, optreg_error **target)
{
  g_autoptr(GError) owned = error;

  if (owned != NULL && target != NULL && *target == NULL) {
    *target = g_new0(optreg_error, 1);
    (*target)->code = owned->domain == OPTREG_ERROR ? (optreg_error_code)owned->code
                                                    : OPTREG_ERROR_IO;
    (*target)->message = optreg_printable(owned->message);
  }
  return false;
}

void
optreg_error_free(optreg_error *error)
{
  if (error != NULL) {
    g_free(error->message);
    g_free(error);
  }
}
