/* SPDX-License-Identifier: MIT */
/* Checks of opening the file: what it does to the process, and whether the core takes
 * it. */
#include "budget.h"
#include "check.h"
#include "floating_point.h"

#include <dlfcn.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* what belongs to the process and not to a plugin */
typedef struct Process {
  uint64_t floating_point;
  void (*handlers[32])(int);
  mode_t mask;
  unsigned n_files, n_threads;
  char *locale, *folder, *environment;
} Process;

static unsigned
count_entries(const char *folder)
{
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
  unsigned n = 0;

  while (directory != NULL && g_dir_read_name(directory) != NULL) {
    n++;
  }
  return n;
}

static void
process_look(Process *process)
{
  g_auto(GStrv) variables = g_get_environ();

  *process = (Process){ .floating_point = floating_point_mode() };
  for (int i = 1; i < 32; i++) {
    struct sigaction action = { 0 };
    sigaction(i, NULL, &action);
    process->handlers[i] = action.sa_handler;
  }
  process->mask = umask(0);
  umask(process->mask);
  process->n_files = count_entries("/proc/self/fd");
  process->n_threads = count_entries("/proc/self/task");
  process->locale = g_strdup(setlocale(LC_ALL, NULL));
  process->folder = g_get_current_dir();
  process->environment = g_strjoinv("\n", variables);
}

static void
process_clear(Process *process)
{
  g_free(process->locale);
  g_free(process->folder);
  g_free(process->environment);
}

static void
compare(const Process *before, const Process *after, Finding *finding)
{
  const struct {
    bool has_changed;
    const char *what;
  } things[] = {
    { before->floating_point != after->floating_point,
      "the floating-point mode (rounding, denormals or traps): it is linked or compiled "
      "with -ffast-math or -Ofast" },
    { memcmp(before->handlers, after->handlers, sizeof before->handlers) != 0,
      "the handlers of signals" },
    { !g_str_equal(before->locale, after->locale), "the locale" },
    { !g_str_equal(before->folder, after->folder), "the working directory" },
    { !g_str_equal(before->environment, after->environment), "environment variables" },
    { before->mask != after->mask, "the file mode mask" },
    { before->n_files != after->n_files, "the open files" },
    { before->n_threads != after->n_threads, "the threads" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(things); i++) {
    if (things[i].has_changed) {
      finding_fail(finding, "changes %s when it is opened", things[i].what);
    }
  }
}

static void
check_environment(const Plugin *plugin, Finding *finding)
{
  Process before, after;

  process_look(&before);
  void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
  process_look(&after);
  fesetenv(FE_DFL_ENV);
  if (library != NULL) {
    compare(&before, &after, finding);
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
  { "load.permissions", SEVERITY_ERROR, "nobody else can write to the file",
    "chmod go-w the file and its folder; in /tmp, use a folder of your own",
    check_permissions },
  { "load.abi", SEVERITY_ERROR, "it speaks this library's plugin ABI",
    "build it with OPTREG_PLUGIN(...) and this library's plugin.h", check_abi },
};

const Family load_family = {
  .name = "load", CHECKS(checks), .is_gate = true, .is_chain = true
};
