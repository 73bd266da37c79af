/* SPDX-License-Identifier: MIT */
/* The signals that ask a program to end. */
#include "interrupts.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>

static bool
is_ignored(int number)
{
  struct sigaction action;

  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void
interrupts_watch(Interrupts *interrupts, GSourceFunc function, void *data)
{
  static const int numbers[N_INTERRUPTS] = { SIGINT, SIGTERM, SIGHUP };

  for (size_t i = 0; i < N_INTERRUPTS; i++) {
    interrupts->sources[i] =
        is_ignored(numbers[i]) ? 0 : g_unix_signal_add(numbers[i], function, data);
  }
}

void
interrupts_clear(Interrupts *interrupts)
{
  for (size_t i = 0; i < N_INTERRUPTS; i++) {
    if (interrupts->sources[i] != 0) {
      g_source_remove(interrupts->sources[i]);
    }
  }
}
