/* SPDX-License-Identifier: MIT */
/* Any text between tags and in the values of attributes. */
#ifndef OPTREG_TOOLS_MARKUP_H
#define OPTREG_TOOLS_MARKUP_H

/* Escaped for XML and HTML, newly allocated. What XML 1.0 does not permit, even
 * escaped, becomes U+FFFD: control characters, U+FFFE, U+FFFF, bytes that are no UTF-8.
 */
char *markup_escape(const char *text);

#endif
