/* SPDX-License-Identifier: MIT */
/* Loading problems: what a library says is checked, then copied, so that nothing else
 * sees a stride or a field that the other side did not know. */
#include "problem_file.h"

#include "identity.h"
#include "support/status.h"

#include <fenv.h>
#include <gmodule.h>
#include <math.h>
#include <string.h>

enum { MOST_CLASSES = 64, MOST_ROWS = 256 };

static bool refuse(GError **error, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static bool
refuse(GError **error, const char *path, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *reason = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: %s", path, reason);
  return false;
}

static bool
is_name(const char *name, char joint)
{
  if (name == NULL || !g_ascii_islower(name[0]) || strlen(name) > 63) {
    return false;
  }
  for (const char *c = name; *c != '\0'; c++) {
    if (!g_ascii_islower(*c) && !g_ascii_isdigit(*c) && *c != joint) {
      return false;
    }
  }
  return true;
}

/* ---- tables ---- */

/* rows of `size` bytes from rows of the other side's stride */
static bool
copy_table(const optreg_problem_table *from, uint32_t least, uint32_t size,
           optreg_problem_table *to)
{
  if (from->count > MOST_ROWS
      || (from->count > 0 && (from->rows == NULL || from->stride < least))) {
    return false;
  }
  char *rows = g_malloc0_n(from->count + 1, size);
  for (uint32_t i = 0; i < from->count; i++) {
    memcpy(rows + (size_t)i * size, (const char *)from->rows + (size_t)i * from->stride,
           MIN(size, from->stride));
  }
  *to = (optreg_problem_table){ rows, from->count, size };
  return true;
}

static bool
is_option_sound(const ProblemOption *row)
{
  const bool is_number = row->type == OPTREG_PROBLEM_REAL
                         || row->type == OPTREG_PROBLEM_INTEGER;

  return is_name(row->name, '_') && row->doc != NULL && row->type >= OPTREG_PROBLEM_REAL
         && row->type <= OPTREG_PROBLEM_CHOICE
         && (row->type != OPTREG_PROBLEM_CHOICE || row->choices != NULL)
         && (!is_number
             || (row->minimum <= row->default_value
                 && row->default_value <= row->maximum));
}

static bool
check_options(const char *path, const ProblemClass *class, GError **error)
{
  size_t n;
  const ProblemOption *rows = problem_options(class, &n);

  for (size_t i = 0; i < n; i++) {
    if (!is_option_sound(&rows[i])) {
      return refuse(error, path,
                    "problem '%s': row %zu of its options is not sound: "
                    "see optreg/problem.h for names, types and ranges",
                    class->name, i);
    }
  }
  return true;
}

static bool
check_metrics(const char *path, const ProblemClass *class, GError **error)
{
  size_t n;
  const ProblemMetric *rows = problem_metrics(class, &n);

  if (n == 0 || rows[0].name == NULL || strcmp(rows[0].name, "loss") != 0) {
    return refuse(error, path, "problem '%s': its first metric must be 'loss'",
                  class->name);
  }
  for (size_t i = 0; i < n; i++) {
    if (!is_name(rows[i].name, '_') || rows[i].doc == NULL || isnan(rows[i].worst)
        || !(rows[i].minimum_effect > 0.0)) {
      return refuse(error, path,
                    "problem '%s': row %zu of its metrics needs a name, a "
                    "doc, a worst value and a minimum effect above 0",
                    class->name, i);
    }
  }
  return true;
}

/* ---- classes ---- */

static bool
check_class(const char *path, const ProblemClass *class, GError **error)
{
  if (!is_name(class->name, '-') || class->version == NULL || class->doc == NULL) {
    return refuse(error, path,
                  "a problem needs a name of a-z, 0-9 and '-', a version "
                  "and a doc");
  }
  if (class->open == NULL || class->tensors == NULL || class->examples == NULL
      || class->init == NULL || class->gradient == NULL || class->evaluate == NULL) {
    return refuse(error, path,
                  "problem '%s' lacks a function: only close and data may "
                  "be NULL",
                  class->name);
  }
  if (class->batch_size == 0 || class->epochs == 0 || class->tier > OPTREG_PROBLEM_FULL
      || class->primary >= class->metrics.count
      || class->primary_split >= OPTREG_PROBLEM_SPLITS) {
    return refuse(error, path,
                  "problem '%s': its batch size, epochs, tier or primary "
                  "metric is out of range",
                  class->name);
  }
  return check_options(path, class, error) && check_metrics(path, class, error);
}

/* the last field that every version has */
static const size_t least_class = offsetof(ProblemClass, evaluate)
                                  + sizeof(((ProblemClass *)NULL)->evaluate);

static ProblemClass *
copy_class(const char *path, const ProblemClass *from, GError **error)
{
  g_autofree ProblemClass *class = g_new0(ProblemClass, 1);

  if (from == NULL || from->struct_size < least_class) {
    refuse(error, path, "a problem in it is incomplete: its struct_size is too small");
    return NULL;
  }
  memcpy(class, from, MIN(sizeof *class, from->struct_size));
  if (!copy_table(&from->options, sizeof(ProblemOption), sizeof(ProblemOption),
                  &class->options)
      || !copy_table(&from->metrics, sizeof(ProblemMetric), sizeof(ProblemMetric),
                     &class->metrics)) {
    refuse(error, path, "a problem in it has a table that cannot be read");
    return NULL;
  }
  return check_class(path, class, error) ? g_steal_pointer(&class) : NULL;
}

static const optreg_problem_file *
open_file(const char *path, GError **error)
{
  static const char magic[8] = OPTREG_PROBLEM_MAGIC;
  g_autofree char *absolute = g_canonicalize_filename(path, NULL);
  gpointer symbol = NULL;
  fenv_t mode;

  /* a library that was linked with -ffast-math would change how all others compute */
  fegetenv(&mode);
  GModule *module = g_module_open(absolute, G_MODULE_BIND_LOCAL);
  fesetenv(&mode);
  if (module == NULL) {
    refuse(error, path, "cannot be opened: %s", g_module_error());
    return NULL;
  }
  g_module_make_resident(module);
  if (!g_module_symbol(module, "optreg_problem_abi1", &symbol)) {
    refuse(error, path, "is no problem: end its source with OPTREG_PROBLEMS(...)");
    return NULL;
  }
  const optreg_problem_file *file = symbol;
  if (memcmp(file->magic, magic, sizeof magic) != 0 || file->abi != OPTREG_PROBLEM_ABI
      || file->struct_size < sizeof *file || file->n_classes == 0
      || file->n_classes > MOST_CLASSES) {
    refuse(error, path, "was not made with this optreg/problem.h: rebuild it");
    return NULL;
  }
  return file;
}

/* authors forget to raise a version: the bytes of the file tell, too, so that no
 * finished run of another library is taken for one of this */
static void
add_to_version(ProblemClass *class, const char *sum)
{
  class->version = g_strdup_printf("%s+%.12s", class->version, sum);
}

GPtrArray *
problem_file_load(const char *path, GError **error)
{
  const optreg_problem_file *file = open_file(path, error);
  g_autofree char *sum = identity_of_file(path);
  g_autoptr(GPtrArray) classes = g_ptr_array_new();

  for (uint64_t i = 0; file != NULL && i < file->n_classes; i++) {
    ProblemClass *class = copy_class(path, file->classes[i], error);
    if (class == NULL) {
      return NULL;
    }
    add_to_version(class, sum);
    g_ptr_array_add(classes, class);
  }
  return file != NULL ? g_steal_pointer(&classes) : NULL;
}
