/* SPDX-License-Identifier: MIT */
/* What the core offers to a plugin's instance. */
#include "host.h"

#include "error.h"
#include "printable.h"

#include <stdatomic.h>
#include <stdlib.h>

static void
host_log(void *context, uint32_t level, const char *message)
{
  const OptregHost *host = context;

  if (host->hooks->log == NULL || message == NULL) {
    return;
  }
  /* what is as it should be costs no memory in a step */
  g_autofree char *shown = optreg_is_printable(message) ? NULL
                                                        : optreg_printable(message);
  host->hooks->log(host->hooks->log_context, level, shown != NULL ? shown : message);
}

static int32_t
host_fail(void *context, int32_t code, const char *message)
{
  OptregHost *host = context;

  g_mutex_lock(&host->mutex);
  if (host->message[0] == '\0' && message != NULL) {
    g_strlcpy(host->message, message, sizeof host->message);
  }
  g_mutex_unlock(&host->mutex);
  return code;
}

static void *
host_alloc(void *context, size_t size, size_t alignment)
{
  const optreg_allocator *allocator = &((OptregHost *)context)->hooks->allocator;

  if (allocator->allocate != NULL) {
    return allocator->allocate(allocator->context, size, alignment);
  }
  /* aligned_alloc wants a size that is a multiple of the alignment */
  alignment = MAX(alignment, sizeof(void *));
  return size > SIZE_MAX - alignment
             ? NULL
             : aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void
host_free(void *context, void *memory)
{
  const optreg_allocator *allocator = &((OptregHost *)context)->hooks->allocator;

  if (allocator->release != NULL) {
    allocator->release(allocator->context, memory);
  } else {
    free(memory);
  }
}

typedef struct Loop {
  int32_t (*body)(void *argument, size_t index);
  void *argument;
  _Atomic uint64_t failure; /* index << 32 | status, the lowest index wins */
} Loop;

static void
run_body(void *data, size_t index, size_t worker)
{
  Loop *loop = data;
  const int32_t status = loop->body(loop->argument, index);

  (void)worker;
  if (status == OPTREG_OK) {
    return;
  }
  const uint64_t mine = (uint64_t)index << 32 | (uint32_t)status;
  uint64_t lowest = atomic_load(&loop->failure);
  while (mine < lowest
         && !atomic_compare_exchange_weak(&loop->failure, &lowest, mine)) {
  }
}

static int32_t
host_parallel_for(void *context, size_t n,
                  int32_t (*body)(void *argument, size_t index), void *argument)
{
  const OptregHost *host = context;
  Loop loop = { body, argument, UINT64_MAX };

  if (host->executor != NULL) {
    optreg_executor_run(host->executor, n, run_body, &loop);
  } else {
    for (size_t i = 0; i < n; i++) {
      run_body(&loop, i, 0);
    }
  }
  const uint64_t failure = atomic_load(&loop.failure);
  return failure == UINT64_MAX ? OPTREG_OK : (int32_t)(uint32_t)failure;
}

static const void *
host_get_extension(void *context, const char *id)
{
  (void)context;
  (void)id;
  return NULL;
}

void
optreg_host_init(OptregHost *host, const OptregHooks *hooks)
{
  host->table = (optreg_host){
    .struct_size = sizeof(optreg_host),
    .abi_major = OPTREG_ABI_MAJOR,
    .abi_minor = OPTREG_ABI_MINOR,
    .context = host,
    .log = host_log,
    .fail = host_fail,
    .alloc = host_alloc,
    .free = host_free,
    .parallel_for = host_parallel_for,
    .get_extension = host_get_extension,
  };
  host->hooks = hooks;
  host->executor = NULL;
  host->message[0] = '\0';
  g_mutex_init(&host->mutex);
}

void
optreg_host_clear(OptregHost *host)
{
  g_mutex_clear(&host->mutex);
}

static const char *
status_text(int32_t code)
{
  switch (code) {
  case OPTREG_BAD_ARGUMENT:
    return "a value or a shape that it cannot take";
  case OPTREG_NO_MEMORY:
    return "out of memory";
  case OPTREG_UNSUPPORTED:
    return "it does not offer this";
  case OPTREG_NUMERIC:
    return "no usable result";
  case OPTREG_BAD_STATE:
    return "the saved state is damaged or of another version";
  default:
    return "no reason given";
  }
}

void
optreg_host_set_error(OptregHost *host, const char *optimizer, const char *where,
                      int32_t code, GError **error)
{
  g_set_error(error, OPTREG_ERROR,
              code == OPTREG_NO_MEMORY ? OPTREG_ERROR_MEMORY : OPTREG_ERROR_PLUGIN,
              "optimizer '%s': %s failed: %s", optimizer, where,
              host->message[0] != '\0' ? host->message : status_text(code));
  host->message[0] = '\0';
}
