/* SPDX-License-Identifier: MIT */
/* The checker lacks what it needs. */
#include "shortage.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static Finding *target;

void
shortage(const char *format, ...)
{
  char text[200];
  va_list arguments;

  va_start(arguments, format);
  g_vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (target != NULL) {
    finding_lack(target, "%s", text);
  } else {
    fprintf(stderr, "optreg: the check cannot be made: %s\n", text);
  }
  _exit(1);
}

/* GLib ends the process where it gets no memory, which would look like a crash */
static void
log_message(const char *domain, GLogLevelFlags level, const char *message, void *data)
{
  (void)domain;
  (void)data;
  if (level & G_LOG_LEVEL_ERROR) {
    shortage("%s", message != NULL ? message : "no memory");
  }
}

void
shortage_tell_to(Finding *finding)
{
  target = finding;
  g_log_set_default_handler(log_message, NULL);
}
