/* SPDX-License-Identifier: MIT */
/* A stack whose size does not depend on the user's limit. */
#ifndef OPTREG_CHECK_STACK_H
#define OPTREG_CHECK_STACK_H

#include <pthread.h>

/* Bytes: what Linux gives to a program where nobody has set a limit. */
enum { STACK_BYTES = 8 << 20 };

/* Call function(argument) in a thread with that stack, which threads that it starts
 * have too, and wait for its end. */
void run_on_own_stack(void (*function)(void *argument), void *argument);

/* Call function(argument) in a thread with those attributes, or NULL, and wait for its
 * end. Where no thread can be had, that is told as a shortage. */
void run_in_thread(const pthread_attr_t *attributes, void *(*function)(void *argument),
                   void *argument);

#endif
