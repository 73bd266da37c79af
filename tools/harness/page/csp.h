/* SPDX-License-Identifier: MIT */
/* Content-Security-Policy: the page may run its own script and use its own style, known
 * by their hashes, and nothing else; it reaches nothing outside of its file. */
#ifndef OPTREG_HARNESS_PAGE_CSP_H
#define OPTREG_HARNESS_PAGE_CSP_H

#include <glib.h>

/* The policy for exactly these contents of <script> and <style>; owned by the caller.
 */
char *csp_policy(const char *script, const char *style);

#endif
