/* SPDX-License-Identifier: MIT */
/* From the address of a memory fault to words about a plugin's kernel. */
#ifndef OPTREG_CHECK_FAULT_H
#define OPTREG_CHECK_FAULT_H

#include "finding.h"
#include "guard.h"

/* From now on a fault in the memory of the running rig is described there before the
 * process ends; another one ends it as usual. */
void fault_explain_to(Finding *finding);

/* What happens now, for a fault in memory that the plugin has allocated; "" for nothing
 * more to say. */
void fault_set_context(const char *words);

/* This thread runs on that memory; NULL before it ends. One at a time. */
void fault_set_stack(const Guard *stack);

/* Whether `run` ends in a fault of memory, which is caught and not told. */
bool fault_catch(void (*run)(void *data), void *data);

#endif
