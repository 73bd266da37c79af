/* SPDX-License-Identifier: MIT */
/* What this library's minor does not define: flag bits, reserved fields, SIMD levels.
 *
 * A bit can be given a meaning only while no plugin out there has it set by accident.
 * So a plugin that knew no more than this library is refused with it. A plugin of a
 * newer minor has it with a meaning, which it says it can do without, since it does not
 * need that minor: there the bit is removed. */
#include "check.h"

/* The words that hold flags, and those that are reserved. A minor that defines a bit
 * adds it here. */
static const struct Word {
  const char *row; /* in messages; NULL: a field of the class */
  const char *field;
  size_t rows, count; /* in the descriptor */
  size_t size, place; /* of a row; of the word in it */
  uint32_t known;
} words[] = {
#define CLASS(field_, known_)                            \
  {                                                      \
    .field = #field_, .known = (known_),                 \
    .place = offsetof(OptregDescriptor, class)           \
             + offsetof(optreg_optimizer_class, field_), \
  }
#define ROW(row_, field_, known_)                                                    \
  {                                                                                  \
    .row = #row_, .field = #field_, .rows = offsetof(OptregDescriptor, row_##s),     \
    .count = offsetof(OptregDescriptor, n_##row_##s), .size = sizeof(optreg_##row_), \
    .place = offsetof(optreg_##row_, field_), .known = (known_),                     \
  }
  CLASS(flags,
        OPTREG_SQUARES_GRADIENT | OPTREG_MOVES_WITHOUT_GRADIENT | OPTREG_IGNORES_PLACE
            | OPTREG_DEPENDS_ON_PLACE | OPTREG_DEPENDS_ON_PATH),
  ROW(hyperparameter, flags,
      OPTREG_MINIMUM_OPEN | OPTREG_MAXIMUM_OPEN | OPTREG_SCHEDULABLE
          | OPTREG_PER_GROUP),
  ROW(slot, flags, OPTREG_TRANSIENT | OPTREG_NON_NEGATIVE | OPTREG_GROWTH),
  ROW(slot, reserved, 0),
  ROW(variant, flags, 0),
  ROW(reduction, reserved, 0),
  ROW(kernel, flags, 0),
#undef CLASS
#undef ROW
};

bool
optreg_is_of_newer_minor(uint32_t built_minor)
{
  return built_minor > OPTREG_ABI_MINOR;
}

static bool
refuse_word(const OptregDescriptor *descriptor, const struct Word *word, size_t i,
            uint32_t value, GError **error)
{
  g_autofree char *where =
      word->row == NULL ? g_strdup(word->field)
                        : g_strdup_printf("%s row %zu: %s", word->row, i, word->field);

  if (word->known == 0) {
    return optreg_refuse(descriptor, error, "%s: is 0x%x: set it to 0", where, value);
  }
  return optreg_refuse(descriptor, error,
                       "%s: has the bits 0x%x, which ABI %u.%u does not define: "
                       "remove them",
                       where, value & ~word->known, OPTREG_ABI_MAJOR,
                       descriptor->built_minor);
}

/* `base` is where the word's place counts from */
static bool
check_word(const OptregDescriptor *descriptor, const struct Word *word, void *base,
           size_t i, GError **error)
{
  uint32_t *value = (uint32_t *)G_STRUCT_MEMBER_P(base, word->place);

  if ((*value & ~word->known) != 0
      && !optreg_is_of_newer_minor(descriptor->built_minor)) {
    return refuse_word(descriptor, word, i, *value, error);
  }
  *value &= word->known;
  return true;
}

static bool
check_words(OptregDescriptor *descriptor, const struct Word *word, GError **error)
{
  if (word->row == NULL) {
    return check_word(descriptor, word, descriptor, 0, error);
  }
  char *rows = G_STRUCT_MEMBER(char *, descriptor, word->rows);
  for (size_t i = 0; i < G_STRUCT_MEMBER(size_t, descriptor, word->count); i++) {
    if (!check_word(descriptor, word, rows + i * word->size, i, error)) {
      return false;
    }
  }
  return true;
}

static bool
check_levels(OptregDescriptor *descriptor, GError **error)
{
  size_t n = 0;

  for (size_t i = 0; i < descriptor->n_kernels; i++) {
    const uint32_t level = descriptor->kernels[i].level;
    if (optreg_level_is_known(level)) {
      descriptor->kernels[n++] = descriptor->kernels[i];
    } else if (!optreg_is_of_newer_minor(descriptor->built_minor)) {
      return optreg_refuse(descriptor, error,
                           "kernel row %zu: its level %u is unknown: use one of "
                           "OPTREG_LEVEL_*",
                           i, level);
    }
  }
  descriptor->n_kernels = n;
  return true;
}

bool
optreg_check_unknown(OptregDescriptor *descriptor, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    if (!check_words(descriptor, &words[i], error)) {
      return false;
    }
  }
  return check_levels(descriptor, error);
}
