/* SPDX-License-Identifier: MIT */
/* A case of schema keras-optimizer-oracle/1: a run that another implementation made. */
#ifndef OPTREG_CHECK_GOLDEN_CASE_H
#define OPTREG_CHECK_GOLDEN_CASE_H

#include "finding.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* Whether it is a run that can be repeated; if not, the finding says why. */
bool golden_case_check(JsonObject *root, Finding *finding);

/* Its options as a configuration of the optimizer; a schedule becomes a finding. */
char *golden_case_yaml(JsonObject *root, const char *optimizer, bool is_f64,
                       Finding *finding);

/* Number `i` of an array, or the one number that a scalar is; texts stand for what JSON
 * does not have. */
double golden_case_number(JsonNode *node, size_t i);

#endif
