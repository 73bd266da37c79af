/* SPDX-License-Identifier: MIT */
/* Errors inside the core: GError in one domain, with the public codes. */
#ifndef OPTREG_CORE_ERROR_H
#define OPTREG_CORE_ERROR_H

#include <glib.h>
#include <optreg/optreg.h>

#define OPTREG_ERROR (optreg_error_quark())

GQuark optreg_error_quark(void);

/* Hand `error` (owned, may be NULL) to a caller of the public API, who keeps the first
 * that was handed over; its message on one printable line, as it may hold names of
 * others. Errors of other domains (GFile, GLib's parsers) become OPTREG_ERROR_IO.
 * Always returns false. */
bool optreg_error_export(GError *error, optreg_error **target);

#endif
