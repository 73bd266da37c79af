/* SPDX-License-Identifier: MIT */
/* optreg check: is a plugin right? */
#include "check/examination.h"
#include "plugins.h"
#include "support/columns.h"
#include "usage.h"
#include "verbs.h"

#include <stdio.h>

enum { DEFAULT_SECONDS = 5, MOST_SECONDS = 600 };

static const Usage usage = {
  .verb = "check",
  .arguments = "FILE.so|FILE.yaml",
  .least = 0,
  .most = 1,
  .summary =
      "Checks a plugin: its file, what opening it does, its tables, and what its kernels\n"
      "compute. Every check is a process of its own with limits, so that a plugin which\n"
      "crashes, loops or fills memory costs one line of the report. Of a configuration it\n"
      "finds the errors that 'optreg config' reports.",
  .notes =
      "Exit status: 0 without an error, 1 with one; with --strict a warning counts as\n"
      "an error, a note never does. Checks have stable names; docs/checks.md explains\n"
      "them.",
};

static void
list_checks(void)
{
  g_autoptr(Columns) columns = columns_new("lll");

  columns_add_heading(columns, "check", "severity", "what must hold");
  for (const Family *const *family = check_families; *family != NULL; family++) {
    for (size_t i = 0; i < (*family)->n_checks; i++) {
      const Check *check = &(*family)->checks[i];
      columns_add(columns, check->id, severity_name(check->severity), check->asks);
    }
  }
  columns_print(columns, 0, stdout);
}

static bool
check_file(const char *file, GError **error)
{
  if (file == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "check needs FILE.so or FILE.yaml; try 'optreg check --help'");
    return false;
  }
  if (!g_file_test(file, G_FILE_TEST_IS_REGULAR)) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "there is no file '%s'", file);
    return false;
  }
  return true;
}

/* one check, here: what it finds, or a crash where a debugger sees it */
static Status
run_here(const char *id, const Subject *subject, GError **error)
{
  const Family *family = NULL;
  const Check *check = check_find(id, &family);
  Finding finding = { 0 };

  if (check == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "there is no check '%s'; try 'optreg check --list'", id);
    return STATUS_USAGE;
  }
  sandbox_run_here(check, family->needs_plugin, subject, &finding);
  printf("%s: %s\n", id, finding_is_set(&finding) ? finding.message : "passed");
  return finding.verdict == VERDICT_FAILED ? STATUS_FAILED : STATUS_DONE;
}

static bool
is_configuration(const char *file)
{
  return g_str_has_suffix(file, ".yaml") || g_str_has_suffix(file, ".yml")
         || g_str_has_suffix(file, ".json");
}

static Status
check_configuration(const char *file, char *const *directories, GError **error)
{
  if (!config_try(file, directories, error)) {
    return STATUS_FAILED;
  }
  printf("%s: no errors\n", file);
  return STATUS_DONE;
}

Status
check_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) directories = NULL, rest = NULL;
  gboolean is_json = false, is_verbose = false, is_strict = false, is_list = false;
  g_autofree char *golden = NULL, *state = NULL, *only = NULL;
  gint seconds = DEFAULT_SECONDS;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "print JSON", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &is_verbose, "show what has passed too",
      NULL },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &is_strict, "fail on warnings", NULL },
    { "limit", 0, 0, G_OPTION_ARG_INT, &seconds,
      "processor time of one check (default 5); it may stand still for five times that",
      "SECONDS" },
    { "golden", 0, 0, G_OPTION_ARG_FILENAME, &golden,
      "repeat the run that FILE records of another implementation", "FILE" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &state,
      "load the checkpoint FILE that the plugin, or a version before it, has written",
      "FILE" },
    { "run", 0, 0, G_OPTION_ARG_STRING, &only,
      "run this check only, in this process and without limits: for a debugger",
      "CHECK" },
    { "list", 'l', 0, G_OPTION_ARG_NONE, &is_list, "list the checks instead", NULL },
    PLUGINS_OPTION(&directories),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)
      || !usage_check_count("--limit", seconds, MOST_SECONDS, error)) {
    return STATUS_DONE;
  }
  if (is_list) {
    list_checks();
    return STATUS_DONE;
  }
  if (!check_file(rest[0], error)) {
    return STATUS_FAILED;
  }
  if (is_configuration(rest[0])) {
    return check_configuration(rest[0], directories, error);
  }
  const Subject subject = { rest[0], golden, state, (unsigned)seconds };
  if (only != NULL) {
    return run_here(only, &subject, error);
  }
  g_autoptr(Examination) examination = examination_new(&subject);
  if (is_json) {
    examination_print_json(examination);
  } else {
    examination_print(examination, is_verbose);
  }
  return examination->n_errors > 0 || (is_strict && examination->n_warnings > 0)
             ? STATUS_FAILED
             : STATUS_DONE;
}
