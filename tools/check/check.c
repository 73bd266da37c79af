/* SPDX-License-Identifier: MIT */
/* The families of checks, in the order in which they run. */
#include "check.h"

const Family *const check_families[] = {
  &static_family,
  &load_family,
  &descriptor_family,
  &build_family,
  &bounds_family,
  &lifecycle_family,
  &memory_family,
  &stack_family,
  &kernel_family,
  &agreement_family,
  &hyperparameters_family,
  &state_family,
  &blob_family,
  &together_family,
  &speed_family,
  &golden_family,
  &saved_family,
  NULL,
};

const char *
severity_name(Severity severity)
{
  static const char *const names[] = {
    [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"
  };
  return names[severity];
}

const Check *
check_find(const char *id, const Family **family)
{
  for (const Family *const *each = check_families; *each != NULL; each++) {
    for (size_t i = 0; i < (*each)->n_checks; i++) {
      if (g_str_equal((*each)->checks[i].id, id)) {
        *family = *each;
        return &(*each)->checks[i];
      }
    }
  }
  return NULL;
}
