/* SPDX-License-Identifier: MIT */
/* The process in which one check runs. */
#ifndef OPTREG_CHECK_CELL_H
#define OPTREG_CHECK_CELL_H

#include "filter.h"
#include "sandbox.h"

/* What comes out of it; lies in memory that it shares with the checker. */
typedef struct Slip {
  Finding finding;
  Refused refused;
  int is_done, has_forked;
} Slip;

typedef struct Errand {
  const Check *check;
  bool needs_plugin;
  const Subject *subject;
  Finding *finding;
} Errand;

/* Open the plugin, if it is needed, and run the check, here and now. */
void cell_examine(const Errand *errand);

/* Turn this process, a copy of the checker, into one that runs the check under all
 * limits, prints into the file `output`, and ends. */
void cell_run(const Errand *errand, int output, Slip *slip) G_GNUC_NORETURN;

#endif
