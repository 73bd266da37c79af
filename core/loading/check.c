/* SPDX-License-Identifier: MIT */
/* Checks that all kinds of rows share, and those of the class itself. */
#include "check.h"

#include "error.h"
#include "names.h"
#include "printable.h"

#include <math.h>
#include <string.h>

enum { MAX_TEXT = 1024, MAX_SCALARS = 1024 };

bool
optreg_refuse(const OptregDescriptor *descriptor, GError **error, const char *format,
              ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN, "optimizer '%s': %s",
              descriptor->class.name, text);
  return false;
}

static bool
has_control_character(const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char(text)) {
    if (optreg_is_control(g_utf8_get_char(text))) {
      return true;
    }
  }
  return false;
}

bool
optreg_check_text(const OptregDescriptor *descriptor, const char *where,
                  const char *text, bool is_optional, GError **error)
{
  if (text == NULL) {
    return is_optional
           || optreg_refuse(descriptor, error, "%s: is NULL: write a line", where);
  }
  if (strnlen(text, MAX_TEXT + 1) > MAX_TEXT) {
    return optreg_refuse(descriptor, error, "%s: is longer than %d bytes: shorten it",
                         where, MAX_TEXT);
  }
  if (!g_utf8_validate(text, -1, NULL)) {
    return optreg_refuse(descriptor, error, "%s: is not UTF-8: convert the source",
                         where);
  }
  if (has_control_character(text)) {
    return optreg_refuse(
        descriptor, error,
        "%s: holds a control character or a mark of direction: write one "
        "plain line",
        where);
  }
  return true;
}

static bool
check_name(const OptregDescriptor *descriptor, const char *kind, const char *name,
           size_t i, GError **error)
{
  if (name == NULL) {
    return optreg_refuse(descriptor, error, "%s row %zu: its name is NULL: give it one",
                         kind, i);
  }
  if (!optreg_name_is_valid(name)) {
    return optreg_refuse(
        descriptor, error,
        "%s row %zu: its name must be a lower-case letter and up to 62 of "
        "a-z, 0-9 and _",
        kind, i);
  }
  return true;
}

static const char *
name_at(const void *rows, size_t i, size_t size)
{
  const char *name;

  memcpy(&name, (const char *)rows + i * size, sizeof(name));
  return name;
}

bool
optreg_check_names(const OptregDescriptor *descriptor, const char *kind,
                   const void *rows, size_t count, size_t size, GError **error)
{
  for (size_t i = 0; i < count; i++) {
    const char *name = name_at(rows, i, size);
    if (!check_name(descriptor, kind, name, i, error)) {
      return false;
    }
    for (size_t j = 0; j < i; j++) {
      if (strcmp(name, name_at(rows, j, size)) == 0) {
        return optreg_refuse(descriptor, error,
                             "%s '%s': is there twice, rows %zu and %zu: rename one",
                             kind, name, j, i);
      }
    }
  }
  return true;
}

bool
optreg_check_needs(const OptregDescriptor *descriptor, const char *where,
                   const char *needs, GError **error)
{
  if (!optreg_check_text(descriptor, where, needs, true, error)) {
    return false;
  }
  if (needs != NULL && optreg_descriptor_find(descriptor, needs) < 0) {
    return optreg_refuse(descriptor, error,
                         "%s: names '%s', which is no hyperparameter row: name one",
                         where, needs);
  }
  return true;
}

static bool
check_identity(const OptregDescriptor *descriptor, GError **error)
{
  const char *name = descriptor->class.name;

  if (name == NULL || !optreg_name_is_valid(name)) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
        "its optimizer's name is %s: it must be a lower-case letter and up to 62 of "
        "a-z, 0-9 and _",
        name == NULL ? "NULL" : "not valid");
    return false;
  }
  return true;
}

static bool
check_texts(const OptregDescriptor *descriptor, GError **error)
{
  const optreg_optimizer_class *class = &descriptor->class;
  const struct {
    const char *where, *text;
    bool is_optional;
  } texts[] = {
    { "version", class->version, false },
    { "license", class->license, false },
    { "doc", class->doc, false },
    { "reference", class->reference, true },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    if (!optreg_check_text(descriptor, texts[i].where, texts[i].text,
                           texts[i].is_optional, error)) {
      return false;
    }
  }
  return true;
}

static bool
check_calls(const OptregDescriptor *descriptor, GError **error)
{
  const optreg_optimizer_class *class = &descriptor->class;

  if (class->n_scalars > MAX_SCALARS) {
    return optreg_refuse(descriptor, error,
                         "n_scalars: is %u, at most %d are permitted", class->n_scalars,
                         MAX_SCALARS);
  }
  if (class->n_scalars > 0 && class->begin_step == NULL) {
    return optreg_refuse(
        descriptor, error,
        "n_scalars: is %u but begin_step is NULL: set it, it writes them",
        class->n_scalars);
  }
  if ((class->serialize == NULL) != (class->deserialize == NULL)) {
    return optreg_refuse(descriptor, error,
                         "%s is set and %s is NULL: set both or neither",
                         class->serialize != NULL ? "serialize" : "deserialize",
                         class->serialize != NULL ? "deserialize" : "serialize");
  }
  return true;
}

static bool
check_place(const OptregDescriptor *descriptor, GError **error)
{
  const uint32_t both = OPTREG_IGNORES_PLACE | OPTREG_DEPENDS_ON_PLACE;

  return (descriptor->class.flags & both) != both
         || optreg_refuse(descriptor, error,
                          "flags: has both OPTREG_IGNORES_PLACE and "
                          "OPTREG_DEPENDS_ON_PLACE: remove one");
}

bool
optreg_check_class(const OptregDescriptor *descriptor, GError **error)
{
  const double weight_decay = descriptor->class.weight_decay;

  if (!check_identity(descriptor, error) || !check_texts(descriptor, error)
      || !check_calls(descriptor, error) || !check_place(descriptor, error)) {
    return false;
  }
  if (!isfinite(weight_decay) || weight_decay < 0) {
    return optreg_refuse(descriptor, error,
                         "weight_decay: its default must be finite and not negative");
  }
  return true;
}
