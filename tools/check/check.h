/* SPDX-License-Identifier: MIT */
/* A check is a row of a table: what it asks, how bad it is, what to do, a function. */
#ifndef OPTREG_CHECK_H
#define OPTREG_CHECK_H

#include "finding.h"
#include "plugin.h"

#include <stdbool.h>

typedef enum Severity {
  SEVERITY_ERROR,   /* wrong results or a crash, now or for somebody else */
  SEVERITY_WARNING, /* works, but not as a user expects */
  SEVERITY_NOTE,    /* could be better; does not count */
} Severity;

typedef struct Check {
  const char *id; /* "kernel.bounds"; never changes its meaning */
  Severity severity;
  const char *asks;   /* what must hold */
  const char *remedy; /* when it does not */

  /* Runs in a process of its own; silence is a pass. */
  void (*run)(const Plugin *plugin, Finding *finding);
} Check;

/* Checks of one kind, in the order in which they run. */
typedef struct Family {
  const char *name;
  const Check *checks;
  size_t n_checks;
  bool needs_plugin; /* it is loaded before the check begins */
  bool is_gate;      /* nothing after it makes sense when it has an error */
  bool is_chain;     /* nor does what comes after the first error in it */
} Family;

extern const Family static_family, load_family, descriptor_family, build_family,
    bounds_family, stack_family, lifecycle_family, memory_family, kernel_family,
    hyperparameters_family, agreement_family, state_family, blob_family,
    together_family, speed_family, golden_family, saved_family;

/* All families in order, NULL-terminated. */
extern const Family *const check_families[];

/* A check by its id, and its family; NULL when there is none. */
const Check *check_find(const char *id, const Family **family);

#define CHECKS(array) .checks = (array), .n_checks = G_N_ELEMENTS(array)

/* "error", "warning" or "note". */
const char *severity_name(Severity severity);

#endif
