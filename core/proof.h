/* SPDX-License-Identifier: MIT */
/* Proof that there is memory before GLib is asked for it.
 *
 * GLib ends the process when a small block is not to be had. So a function that is
 * about to make many of them takes as much in one piece first, with an error when there
 * is none, gives it back, and then cannot fail: in this thread, as long as no other
 * takes what is left in the meantime. The figures are bounds for lists that double as
 * they grow and texts that live several times at once; tests hold them against what is
 * really taken. */
#ifndef OPTREG_CORE_PROOF_H
#define OPTREG_CORE_PROOF_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* OPTREG_ERROR_MEMORY, "out of memory: WHAT needs N bytes". */
bool optreg_memory_prove(uint64_t bytes, const char *what, GError **error);

/* Entries of lists and tables, with texts of so many bytes together; 0, 0: what every
 * call may need. */
uint64_t optreg_memory_of_entries(uint64_t n, uint64_t text);

#endif
