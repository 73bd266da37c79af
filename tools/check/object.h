/* SPDX-License-Identifier: MIT */
/* What a shared library's file says about itself. */
#ifndef OPTREG_CHECK_OBJECT_H
#define OPTREG_CHECK_OBJECT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ObjectSymbol {
  const char *name;
  unsigned char type, binding; /* STT_*, STB_* */
  bool is_defined;
  uint64_t size;
} ObjectSymbol;

typedef struct Object {
  GMappedFile *file;
  ObjectSymbol *symbols; /* of the dynamic linker */
  size_t n_symbols;
  const char **libraries; /* that it needs, NULL-terminated */
  const char **variables; /* that can be written to, of the source; NULL-terminated */
  bool has_names;         /* of variables: not stripped */
  uint64_t n_variable_bytes; /* the same, in all, with those of the compiler */
  size_t n_constructors;
  bool is_stack_executable, has_text_relocations;
} Object;

/* NULL with an error when it is not a whole library for this kind of machine. */
Object *object_new(const char *path, GError **error);
void object_free(Object *object);

#define object_has_executable_stack(object) ((object)->is_stack_executable)
#define object_has_text_relocations(object) ((object)->has_text_relocations)

/* Whether a symbol is the work of a sanitizer or of the linker. */
bool object_is_instrumentation(const char *symbol);
bool object_is_instrumented(const Object *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Object, object_free)

#endif
