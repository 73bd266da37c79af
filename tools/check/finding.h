/* SPDX-License-Identifier: MIT */
/* What one check has found; lies in memory that the child shares with the checker. */
#ifndef OPTREG_CHECK_FINDING_H
#define OPTREG_CHECK_FINDING_H

#include <glib.h>

typedef enum Verdict {
  VERDICT_NOT_RUN, /* because of what came before */
  VERDICT_PASSED,
  VERDICT_FAILED,
  VERDICT_SKIPPED, /* does not apply to this plugin */
} Verdict;

typedef struct Finding {
  Verdict verdict;
  gboolean is_about_process; /* the plugin crashed, looped, exited, forked, printed */
  gboolean is_gap;           /* skipped although it applies: it could not run here */
  gboolean is_shortage;      /* the checker lacks what it needs, see shortage.h */
  char message[1000];        /* what is wrong, or why it does not apply */
} Finding;

/* Set the verdict and the message; what has been found first stays. */
void finding_fail(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);
void finding_skip(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The check applies, but this machine cannot make it. */
void finding_miss(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Add to the message alone: what a check has measured, or left out. */
void finding_tell(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A failure of that kind: the next check would find the same. */
void finding_die(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The checker lacks what it needs for any check. */
void finding_lack(Finding *finding, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Something has been found. */
#define finding_is_set(finding) ((finding)->verdict != VERDICT_NOT_RUN)

#endif
