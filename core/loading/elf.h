/* SPDX-License-Identifier: MIT */
/* Shared library files: is it one, and is all of it there? */
#ifndef OPTREG_CORE_ELF_H
#define OPTREG_CORE_ELF_H

#include <glib.h>
#include <stdbool.h>

/* The dynamic linker maps a file without looking at its length, so that a library which
 * was copied in part ends the process with a bus error. Returns false with
 * OPTREG_ERROR_ABI. */
bool optreg_elf_check(const char *path, GError **error);

#endif
