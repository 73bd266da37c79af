/* SPDX-License-Identifier: MIT */
/* The host table that a plugin's instance sees. */
#ifndef OPTREG_CORE_HOST_H
#define OPTREG_CORE_HOST_H

#include "running/executor.h"

#include <glib.h>
#include <optreg/plugin.h>

/* What the application may put in the place of the defaults. */
typedef struct OptregHooks {
  optreg_allocator allocator; /* allocate NULL: the C library's */
  optreg_log log;             /* NULL: nowhere */
  void *log_context;
} OptregHooks;

typedef struct OptregHost {
  optreg_host table;
  const OptregHooks *hooks;
  OptregExecutor
      *executor; /* NULL until there is one: parallel_for runs on the caller */
  GMutex mutex;
  char message[512]; /* the last that was given to fail; empty: none */
} OptregHost;

/* The host stays where it is: the table points to it. */
void optreg_host_init(OptregHost *host, const OptregHooks *hooks);
void optreg_host_clear(OptregHost *host);

/* An OPTREG_ERROR_PLUGIN "optimizer 'NAME': WHERE failed: MESSAGE", with the plugin's
 * own message or the meaning of the code; forgets the message. */
void optreg_host_set_error(OptregHost *host, const char *optimizer, const char *where,
                           int32_t code, GError **error);

#endif
