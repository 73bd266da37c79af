/* SPDX-License-Identifier: MIT */
/* The families of checks, in the order in which they run. */
#include "check.h"

const Family *const check_families[] = {
  &static_family, &load_family,      &descriptor_family, &build_family,
  &bounds_family, &lifecycle_family, &kernel_family,     &agreement_family,
  &state_family,  &together_family,  &golden_family,     NULL,
};

const char *
severity_name(Severity severity)
{
  static const char *const names[] = {
    [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"
  };
  return names[severity];
}
