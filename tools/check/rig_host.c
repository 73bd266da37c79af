/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer: what the plugin can ask of its host. */
#include "imports.h"
#include "rig.h"

static void
host_log(void *context, uint32_t level, const char *message)
{
  (void)context;
  (void)level;
  (void)message;
}

static int32_t
host_fail(void *context, int32_t code, const char *message)
{
  Rig *rig = context;

  g_strlcpy(rig->message, message != NULL ? message : "", sizeof rig->message);
  return code;
}

static void *
host_alloc(void *context, size_t size, size_t alignment)
{
  (void)context;
  return imports_allocate(size, alignment);
}

static void
host_free(void *context, void *memory)
{
  (void)context;
  imports_release(memory);
}

static int32_t
host_parallel_for(void *context, size_t n,
                  int32_t (*body)(void *argument, size_t index), void *argument)
{
  int32_t status = OPTREG_OK;

  (void)context;
  for (size_t i = 0; i < n; i++) {
    const int32_t own = body(argument, i);
    status = status == OPTREG_OK ? own : status;
  }
  return status;
}

static const void *
host_get_extension(void *context, const char *id)
{
  (void)context;
  (void)id;
  return NULL;
}

void
rig_init_host(Rig *rig)
{
  rig->host = (optreg_host){
    .struct_size = sizeof(optreg_host),
    .abi_major = OPTREG_ABI_MAJOR,
    .abi_minor = OPTREG_ABI_MINOR,
    .context = rig,
    .log = host_log,
    .fail = host_fail,
    .alloc = host_alloc,
    .free = host_free,
    .parallel_for = host_parallel_for,
    .get_extension = host_get_extension,
  };
}
