/* SPDX-License-Identifier: MIT */
/* The machine, as the system tells. */
#include "machine.h"

#include "problems/blas.h"

#include <glib.h>
#include <string.h>
#include <sys/utsname.h>

static char *
find_cpu(void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
    return g_strdup("unknown");
  }
  const char *line = strstr(text, "model name");
  const char *colon = line != NULL ? strchr(line, ':') : NULL;
  return colon != NULL ? g_strndup(colon + 2, strcspn(colon + 2, "\n"))
                       : g_strdup("unknown");
}

static char *
find_system(void)
{
  struct utsname names;

  return uname(&names) == 0
             ? g_strdup_printf("%s %s %s", names.sysname, names.release, names.machine)
             : g_strdup("unknown");
}

Machine
machine_describe(void)
{
  static char *cpu, *system;

  if (g_once_init_enter(&cpu)) {
    system = find_system();
    g_once_init_leave(&cpu, find_cpu());
  }
  return (Machine){ cpu, system };
}

MachineBlas
machine_describe_blas(void)
{
  const Blas *blas = blas_open(NULL);

  return blas != NULL ? (MachineBlas){ blas->config(), blas->core() }
                      : (MachineBlas){ "not available", "none" };
}
