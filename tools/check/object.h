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

/* data that can be written to */
typedef struct ObjectVariable {
  const char *name;
  uint64_t address, size; /* the address counts from the library's */
  bool is_of_thread;      /* each thread has its own, and there is no address */
} ObjectVariable;

typedef struct Object {
  GMappedFile *file;
  ObjectSymbol *symbols; /* of the dynamic linker */
  size_t n_symbols;
  const char **libraries;    /* that it needs, NULL-terminated */
  ObjectVariable *variables; /* of the source */
  size_t n_variables;
  bool has_names;            /* of variables: not stripped */
  uint64_t n_variable_bytes; /* the same, in all, with those of the compiler */
  size_t n_constructors;     /* and destructors, beyond those of the compiler */
  size_t n_indirect;         /* functions that are chosen when it is opened: IFUNC */
  uint64_t startup, closing; /* where the compiler's code for it begins; 0: none */
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
