/* SPDX-License-Identifier: MIT */
/* Text as a scalar of YAML that reads back as the same text. */
#ifndef OPTREG_CORE_SCALAR_H
#define OPTREG_CORE_SCALAR_H

#include <glib.h>

/* As it is where YAML permits that everywhere and no reader of YAML takes it for
 * something else than text, else in double quotes. `text` is UTF-8; newly allocated. */
char *optreg_scalar_show(const char *text);

/* Always in double quotes. */
char *optreg_scalar_quote(const char *text);

#endif
