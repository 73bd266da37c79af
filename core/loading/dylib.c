/* SPDX-License-Identifier: MIT */
/* Shared libraries: the only user of <dlfcn.h>. */
#include "dylib.h"

#include "error.h"

#include <dlfcn.h>
#include <fenv.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* rounding, traps, flushing of denormals; not the sticky exception flags */
static uint64_t
control_word(const fenv_t *environment)
{
#if defined(__x86_64__)
  const uint64_t mxcsr_flags = 0x3f;
  return environment->__control_word
         | (uint64_t)(environment->__mxcsr & ~mxcsr_flags) << 16;
#elif defined(__aarch64__)
  return environment->__fpcr;
#else
  (void)environment;
  return (uint64_t)fegetround();
#endif
}

/* opens the library; `is_clean` tells whether it left the floating-point environment
 * alone */
static void *
open_protected(const char *path, bool *is_clean)
{
  fenv_t before, after;

  fegetenv(&before);
  void *dylib = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  fegetenv(&after);
  *is_clean = control_word(&before) == control_word(&after);
  fesetenv(&before);
  return dylib;
}

/* constructors run once per process, so a second attempt sees nothing: the refusal has
 * to be remembered as long as the linker remembers the library, which is what quarks do
 */
static char *
refusal_mark(const void *dylib)
{
  return g_strdup_printf("optreg-refused-dylib-%p", dylib);
}

void *
optreg_dylib_open(const char *path, GError **error)
{
  bool is_clean = false;

  g_return_val_if_fail(g_path_is_absolute(path), NULL);
  void *dylib = open_protected(path, &is_clean);
  if (dylib == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "cannot be opened: %s: rebuild it on this machine, with -Wl,-z,defs",
                dlerror());
    return NULL;
  }
  g_autofree char *mark = refusal_mark(dylib);
  if (!is_clean) {
    g_quark_from_string(mark);
  }
  if (g_quark_try_string(mark) != 0) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "changes the floating-point environment of the program when it is opened: "
        "link it without -ffast-math and -Ofast");
    return NULL;
  }
  return dylib;
}

const void *
optreg_dylib_data(void *dylib, const char *symbol, gsize *size, GError **error)
{
  const void *address = dlsym(dylib, symbol);
  if (address == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "exports no symbol '%s': end its source with OPTREG_PLUGIN(...)",
                symbol);
    return NULL;
  }
  Dl_info info;
  void *extra = NULL;
  if (dladdr1(address, &info, &extra, RTLD_DL_SYMENT) == 0 || extra == NULL
      || info.dli_saddr != address
      || ELF64_ST_TYPE(((const ElfW(Sym) *)extra)->st_info) != STT_OBJECT) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "its symbol '%s' is not a data object: define it with OPTREG_PLUGIN(...)",
        symbol);
    return NULL;
  }
  *size = ((const ElfW(Sym) *)extra)->st_size;
  return address;
}

char *
optreg_dylib_own_directory(void)
{
  static const char inside = 0;
  Dl_info info;
  void *extra = NULL;

  if (dladdr1(&inside, &info, &extra, RTLD_DL_LINKMAP) == 0) {
    return NULL;
  }
  /* the main program has no name here, and argv[0] may say anything */
  const char *name = ((const struct link_map *)extra)->l_name;
  char *path = realpath(name[0] == '\0' ? "/proc/self/exe" : name, NULL);
  char *directory = path == NULL ? NULL : g_path_get_dirname(path);
  free(path);
  return directory;
}
