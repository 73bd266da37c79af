/* SPDX-License-Identifier: MIT */
/* What must hold for a plugin's rows. They are checked after they have been copied, so
 * a row has all fields; its pointers and numbers are still whatever the plugin says. */
#ifndef OPTREG_CORE_CHECK_H
#define OPTREG_CORE_CHECK_H

#include "loading/descriptor.h"

/* Set OPTREG_ERROR_PLUGIN: "optimizer 'NAME': ...". Always returns false. */
bool optreg_refuse(const OptregDescriptor *descriptor, GError **error,
                   const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A text of at most 1024 bytes of UTF-8 without control characters. */
bool optreg_check_text(const OptregDescriptor *descriptor, const char *where,
                       const char *text, bool is_optional, GError **error);

/* `rows` are structs of `size` bytes whose first field is the name: each valid and
 * unique. */
bool optreg_check_names(const OptregDescriptor *descriptor, const char *kind,
                        const void *rows, size_t count, size_t size, GError **error);

/* NULL, or the name of a hyperparameter row. */
bool optreg_check_needs(const OptregDescriptor *descriptor, const char *where,
                        const char *needs, GError **error);

/* Whether a plugin that was built with that minor may hold what this library does not
 * know. */
bool optreg_is_of_newer_minor(uint32_t built_minor);

/* Flag bits, reserved fields and SIMD levels that this library does not know: refused,
 * but removed where the plugin is of a newer minor. */
bool optreg_check_unknown(OptregDescriptor *descriptor, GError **error);

/* Each uses what the ones above it have checked. */
bool optreg_check_class(const OptregDescriptor *descriptor, GError **error);
bool optreg_check_hyperparameters(const OptregDescriptor *descriptor, GError **error);
bool optreg_check_slots(const OptregDescriptor *descriptor, GError **error);
bool optreg_check_reductions(const OptregDescriptor *descriptor, GError **error);
bool optreg_check_variants(const OptregDescriptor *descriptor, GError **error);
bool optreg_check_kernels(const OptregDescriptor *descriptor, GError **error);

/* Number of choices in "first|second|third". */
size_t optreg_choices_count(const optreg_hyperparameter *row);

/* Whether this library knows the SIMD level. */
bool optreg_level_is_known(uint32_t level);

#endif
