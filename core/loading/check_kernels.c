/* SPDX-License-Identifier: MIT */
/* What must hold for the rows of variants and kernels. */
#include "check.h"

#include "cpu.h"

static bool
check_variant(const OptregDescriptor *descriptor, const optreg_variant *row,
              GError **error)
{
  g_autofree char *doc = g_strdup_printf("variant '%s': doc", row->name);

  if (row->granularity != OPTREG_ELEMENT && row->granularity != OPTREG_TENSOR) {
    return optreg_refuse(
        descriptor, error,
        "variant '%s': its granularity %u is unknown: use OPTREG_ELEMENT "
        "or OPTREG_TENSOR",
        row->name, row->granularity);
  }
  return optreg_check_text(descriptor, doc, row->doc, false, error);
}

bool
optreg_check_variants(const OptregDescriptor *descriptor, GError **error)
{
  const bool is_implied = descriptor->variants[0].name != NULL
                          && descriptor->variants[0].name[0] == '\0'
                          && descriptor->n_variants == 1;

  if (!is_implied
      && !optreg_check_names(descriptor, "variant", descriptor->variants,
                             descriptor->n_variants, sizeof(optreg_variant), error)) {
    return false;
  }
  for (size_t i = 0; i < descriptor->n_variants; i++) {
    if (!check_variant(descriptor, &descriptor->variants[i], error)) {
      return false;
    }
  }
  return true;
}

bool
optreg_level_is_known(uint32_t level)
{
  return optreg_level_name(level) != NULL;
}

static bool
check_kernel_place(const OptregDescriptor *descriptor, size_t i, GError **error)
{
  const optreg_kernel *row = &descriptor->kernels[i];

  if (row->variant >= descriptor->n_variants) {
    return optreg_refuse(
        descriptor, error,
        "kernel row %zu: is for variant %u, but there are %zu: correct it", i,
        row->variant, descriptor->n_variants);
  }
  if (row->dtype != OPTREG_F32 && row->dtype != OPTREG_F64) {
    return optreg_refuse(
        descriptor, error,
        "kernel row %zu: its dtype must be OPTREG_F32 or OPTREG_F64, optreg "
        "converts others",
        i);
  }
  return true;
}

static bool
is_same_kernel(const optreg_kernel *a, const optreg_kernel *b)
{
  return a->variant == b->variant && a->dtype == b->dtype && a->level == b->level;
}

static bool
check_kernel_unique(const OptregDescriptor *descriptor, size_t i, GError **error)
{
  for (size_t j = 0; j < i; j++) {
    if (is_same_kernel(&descriptor->kernels[i], &descriptor->kernels[j])) {
      return optreg_refuse(
          descriptor, error,
          "kernel rows %zu and %zu: are for the same variant, dtype and "
          "level: remove one",
          j, i);
    }
  }
  return true;
}

static bool
check_kernel_functions(const OptregDescriptor *descriptor, size_t i, GError **error)
{
  const optreg_kernel *row = &descriptor->kernels[i];
  const bool is_element = descriptor->variants[row->variant].granularity
                          == OPTREG_ELEMENT;

  if (is_element ? row->update_step == NULL : row->update_tensor == NULL) {
    return optreg_refuse(descriptor, error,
                         "kernel row %zu: %s is NULL: its granularity needs it", i,
                         is_element ? "update_step" : "update_tensor");
  }
  /* a kernel that sees the whole tensor may sum for itself */
  if (descriptor->n_reductions > 0 && is_element && row->reduce == NULL) {
    return optreg_refuse(
        descriptor, error,
        "kernel row %zu: reduce is NULL: the declared reductions need it", i);
  }
  if (descriptor->n_reductions == 0 && row->reduce != NULL) {
    return optreg_refuse(descriptor, error,
                         "kernel row %zu: reduce is set: declare the reductions", i);
  }
  return true;
}

static bool
has_kernel(const OptregDescriptor *descriptor, const optreg_kernel *wanted)
{
  for (size_t i = 0; i < descriptor->n_kernels; i++) {
    if (is_same_kernel(&descriptor->kernels[i], wanted)) {
      return true;
    }
  }
  return false;
}

static bool
check_baseline(const OptregDescriptor *descriptor, uint32_t variant, uint32_t dtype,
               GError **error)
{
  const optreg_kernel baseline = { .variant = variant,
                                   .dtype = dtype,
                                   .level = OPTREG_LEVEL_BASELINE };
  const char *name = descriptor->variants[variant].name;

  if (!has_kernel(descriptor, &baseline)) {
    return optreg_refuse(
        descriptor, error,
        "%s%s%shas no %s kernel of level OPTREG_LEVEL_BASELINE: add one",
        name[0] == '\0' ? "" : "variant '", name,
        name[0] == '\0' ? "" : "': ", dtype == OPTREG_F32 ? "f32" : "f64");
  }
  return true;
}

bool
optreg_check_kernels(const OptregDescriptor *descriptor, GError **error)
{
  for (uint32_t variant = 0; variant < descriptor->n_variants; variant++) {
    if (!check_baseline(descriptor, variant, OPTREG_F32, error)) {
      return false;
    }
  }
  for (size_t i = 0; i < descriptor->n_kernels; i++) {
    const optreg_kernel *row = &descriptor->kernels[i];
    if (!check_kernel_place(descriptor, i, error)
        || !check_kernel_unique(descriptor, i, error)
        || !check_kernel_functions(descriptor, i, error)
        || !check_baseline(descriptor, row->variant, row->dtype, error)) {
      return false;
    }
  }
  return true;
}
