/* SPDX-License-Identifier: MIT */
/* OpenBLAS, opened when something is trained. */
#include "blas.h"

#include "support/status.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <sys/mman.h>

/* what it takes on one thread, 167 MiB of version 0.3.21 on x86-64, and some more */
enum { ADDRESS_SPACE_MIB = 256 };

static bool
has_address_space(GError **error)
{
  const size_t size = (size_t)ADDRESS_SPACE_MIB << 20;
  void *memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED) {
    g_set_error(
        error, STATUS_ERROR, STATUS_FAILED,
        "OpenBLAS, which multiplies matrices, needs %d MiB of address space that "
        "are not there: raise the limit (ulimit -v)",
        ADDRESS_SPACE_MIB);
    return false;
  }
  munmap(memory, size);
  return true;
}

static bool
find_functions(void *library, Blas *blas)
{
  *(void **)&blas->multiply = dlsym(library, "cblas_sgemm");
  *(void **)&blas->set_threads = dlsym(library, "openblas_set_num_threads");
  *(void **)&blas->config = dlsym(library, "openblas_get_config");
  *(void **)&blas->core = dlsym(library, "openblas_get_corename");
  return blas->multiply != NULL && blas->set_threads != NULL && blas->config != NULL
         && blas->core != NULL;
}

/* the first name is that of the library which programs are linked to, the second that
 * of its development files */
static void *
open_library(void)
{
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);

  return library != NULL ? library : dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
}

static bool
open_blas(Blas *blas, GError **error)
{
  if (!has_address_space(error)) {
    return false;
  }
  /* it starts its threads before it can be told not to */
  g_setenv("OPENBLAS_NUM_THREADS", "1", TRUE);
  void *library = open_library();
  if (library == NULL || !find_functions(library, blas)) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "OpenBLAS, which multiplies matrices, cannot be opened: %s: install "
                "libopenblas, or name its folder in LD_LIBRARY_PATH",
                library == NULL ? dlerror() : "it lacks functions of OpenBLAS");
    return false;
  }
  blas->set_threads(1);
  return true;
}

const Blas *
blas_open(GError **error)
{
  static GMutex mutex;
  static Blas blas;
  static bool is_open;

  g_mutex_lock(&mutex);
  is_open = is_open || open_blas(&blas, error);
  const bool result = is_open;
  g_mutex_unlock(&mutex);
  return result ? &blas : NULL;
}
