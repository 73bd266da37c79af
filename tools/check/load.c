/* SPDX-License-Identifier: MIT */
/* Checks of opening the file: what it does to the process, and whether the core takes
 * it. */
#include "budget.h"
#include "check.h"
#include "process.h"

#include <dlfcn.h>
#include <fenv.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static void
check_environment(const Plugin *plugin, Finding *finding)
{
  Process before, after;

  process_look(&before);
  void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
  process_look(&after);
  fesetenv(FE_DFL_ENV);
  if (library != NULL) {
    process_compare(&before, &after, "when it is opened", finding);
  }
  process_clear(&before);
  process_clear(&after);
}

/* ---- time ---- */

#define MOST_SECONDS 0.1

static Finding *late; /* of check_time: the handler has no argument */

/* it has not come back, and every further process would wait as long */
static void
give_up(int number)
{
  (void)number;
  finding_fail(late, "has not been opened after a second");
  _exit(1);
}

static void
set_alarm(unsigned seconds)
{
  const struct itimerval timer = { .it_value = { .tv_sec = seconds } };

  setitimer(ITIMER_REAL, &timer, NULL);
}

/* seconds that this thread was ready to run and another had the processor */
static double
waited_for_processor(void)
{
  g_autofree char *text = NULL;
  char *end;

  if (!g_file_get_contents("/proc/thread-self/schedstat", &text, NULL, NULL)) {
    return 0.0;
  }
  g_ascii_strtoull(text, &end, 10);
  return (double)g_ascii_strtoull(end, NULL, 10) * 1e-9;
}

/* by the clock, without what other processes took */
static double
seconds_now(void)
{
  return (double)g_get_monotonic_time() / G_USEC_PER_SEC - waited_for_processor();
}

static void
check_time(const Plugin *plugin, Finding *finding)
{
  late = finding;
  signal(SIGALRM, give_up);
  set_alarm(budget_is_limited() ? 1 : 0);
  const double before = seconds_now();
  void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
  const double seconds = seconds_now() - before;
  set_alarm(0);

  if (library != NULL && seconds > MOST_SECONDS) {
    finding_fail(finding, "takes %.0f ms to open", seconds * 1000);
  }
}

/* ---- what the core says ---- */

/* what the core says when it is asked for this optimizer, if it is said for this reason
 */
static void
check_refusal(const Plugin *plugin, bool is_about_tables, bool is_about_permissions,
              Finding *finding)
{
  Plugin opened;
  plugin_init(&opened, plugin->path);
  optreg_error *error = plugin_open(&opened);

  if (error != NULL && error->code == OPTREG_ERROR_ARGUMENT) { /* OPTREG_ISA */
    finding_lack(finding, "%s", error->message);
  }
  if (error != NULL && (error->code == OPTREG_ERROR_PLUGIN) == is_about_tables
      && (error->code == OPTREG_ERROR_PERMISSION) == is_about_permissions) {
    finding_fail(finding, "%s", error->message);
  }
  optreg_error_free(error);
  plugin_clear(&opened);
}

static void
check_permissions(const Plugin *plugin, Finding *finding)
{
  check_refusal(plugin, false, true, finding);
}

static void
check_abi(const Plugin *plugin, Finding *finding)
{
  check_refusal(plugin, false, false, finding);
}

static void
check_tables(const Plugin *plugin, Finding *finding)
{
  check_refusal(plugin, true, false, finding);
}

static const Check checks[] = {
  { "load.time", SEVERITY_ERROR, "it is opened in less than a tenth of a second",
    "compute tables in build, or when the source is compiled", check_time },
  { "load.environment", SEVERITY_ERROR, "opening it changes nothing in the process",
    "link without -ffast-math and -Ofast; leave the process alone", check_environment },
  { "load.tables", SEVERITY_ERROR, "the core accepts its tables",
    "correct the row that is named; plugin.h says what may stand there", check_tables },
  { "load.permissions", SEVERITY_ERROR,
    "only its owner, its group and root can write to the file",
    "chmod go-w the file and its folder; in /tmp, use a folder of your own",
    check_permissions },
  { "load.abi", SEVERITY_ERROR, "it speaks this library's plugin ABI",
    "build it with OPTREG_PLUGIN(...) and this library's plugin.h", check_abi },
};

const Family load_family = {
  .name = "load", CHECKS(checks), .is_gate = true, .is_chain = true
};
