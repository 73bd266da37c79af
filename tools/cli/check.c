/* SPDX-License-Identifier: MIT */
/* optreg check: is a plugin right? */
#include "check/examination.h"
#include "plugins.h"
#include "support/columns.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

#include <stdio.h>

enum { DEFAULT_SECONDS = 5, MOST_SECONDS = 600 };

static const Usage usage = {
  .verb = "check",
  .arguments = "FILE.so|FILE.yaml",
  .least = 0,
  .most = 1,
  .summary = "Checks a plugin: its file, what opening it does, its tables, and what "
             "its kernels\n"
             "compute. Every check is a process of its own with limits, so that a "
             "plugin which\n"
             "crashes, loops or fills memory costs one line of the report. Of a "
             "configuration it\n"
             "finds the errors that 'optreg config' reports.",
  .notes =
      "Exit status: 0 without an error, 1 with one, of a plugin or of a "
      "configuration,\n"
      "where a file is missing or a limit (ulimit) leaves the checker no room; 2 for\n"
      "options that do not fit. With --strict a warning counts as an error, a note\n"
      "never does. Checks have stable names; docs/checks.md explains them.",
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

/* ---- what was asked ---- */

typedef struct Request {
  gboolean is_json, is_verbose, is_strict, is_list;
  char *golden, *state, *only;
  gint seconds; /* USAGE_UNSET: none is given */
  char **directories;
  const char *file; /* NULL: none */
} Request;

static void
request_clear(Request *request)
{
  g_free(request->golden);
  g_free(request->state);
  g_free(request->only);
  g_strfreev(request->directories);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, request_clear)

static bool
is_configuration(const char *file)
{
  return g_str_has_suffix(file, ".yaml") || g_str_has_suffix(file, ".yml")
         || g_str_has_suffix(file, ".json");
}

static bool
refuse(GError **error, const char *message)
{
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s; try 'optreg check --help'",
              message);
  return false;
}

static bool
is_there(const char *file, GError **error)
{
  if (file != NULL && !g_file_test(file, G_FILE_TEST_IS_REGULAR)) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "there is no file '%s'", file);
    return false;
  }
  return true;
}

/* an option that would change nothing is a misunderstanding */
static bool
check_request(const Request *request, GError **error)
{
  const bool is_of_plugin = request->file != NULL && !is_configuration(request->file);
  const bool is_of_configuration = request->file != NULL && !is_of_plugin;
  const struct {
    bool is_given;
    bool is_possible;
    const char *message;
  } rules[] = {
    { request->is_list, request->file == NULL, "--list takes no file" },
    { request->is_list && request->is_json, false, "--list does not print JSON" },
    { !request->is_list, request->file != NULL, "check needs FILE.so or FILE.yaml" },
    { request->golden != NULL, is_of_plugin, "--golden is for a plugin" },
    { request->state != NULL, is_of_plugin, "--state is for a plugin" },
    { request->only != NULL, is_of_plugin, "--run is for a plugin" },
    { request->seconds != USAGE_UNSET, is_of_plugin, "--limit is for a plugin" },
    { request->seconds != USAGE_UNSET, request->only == NULL, "--run has no --limit" },
    { request->directories != NULL, is_of_configuration,
      "--plugin-dir is for a configuration" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
    if (rules[i].is_given && !rules[i].is_possible) {
      return refuse(error, rules[i].message);
    }
  }
  return is_there(request->file, error) && is_there(request->golden, error)
         && is_there(request->state, error);
}

/* ---- answers ---- */

static Status
report(const Examination *examination, const Request *request)
{
  if (request->is_json) {
    examination_print_json(examination);
  } else {
    examination_print(examination, request->is_verbose);
  }
  return examination->n_errors > 0
                 || (request->is_strict && examination->n_warnings > 0)
             ? STATUS_FAILED
             : STATUS_DONE;
}

static Status
check_configuration(const Request *request)
{
  static const Check check = {
    .id = "configuration",
    .severity = SEVERITY_ERROR,
    .asks = "an optimizer can be built as it says",
    .remedy = "correct what is named; 'optreg config' shows what a configuration means",
  };
  g_autoptr(GError) failure = NULL;
  Finding finding = { .verdict = VERDICT_PASSED };

  if (!config_try(request->file, request->directories, &failure)) {
    finding = (Finding){ 0 };
    finding_fail(&finding, "%s", failure->message);
  } else if (!request->is_json) {
    text_line(stdout, "%s: no errors", request->file);
    return STATUS_DONE;
  }
  g_autoptr(Examination)
      examination = examination_of_one(request->file, &check, &finding);
  return report(examination, request);
}

/* one check, here: what it finds, or a crash where a debugger sees it */
static Status
run_here(const Request *request, const Subject *subject, GError **error)
{
  const Family *family = NULL;
  const Check *check = check_find(request->only, &family);
  Finding finding = { 0 };

  if (check == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "there is no check '%s'; try 'optreg check --list'", request->only);
    return STATUS_USAGE;
  }
  sandbox_run_here(check, family->needs_plugin, subject, &finding);
  if (!finding_is_set(&finding)) {
    finding.verdict = VERDICT_PASSED;
  }
  if (!request->is_json) {
    text_line(stdout, "%s: %s", check->id,
              finding.message[0] != '\0' ? finding.message : "passed");
  }
  g_autoptr(Examination)
      examination = examination_of_one(request->file, check, &finding);
  if (request->is_json) {
    examination_print_json(examination);
  }
  return finding.verdict == VERDICT_FAILED ? STATUS_FAILED : STATUS_DONE;
}

static Status
check_plugin(const Request *request, GError **error)
{
  const Subject subject = {
    .path = request->file,
    .golden = request->golden,
    .state = request->state,
    .seconds = request->seconds != USAGE_UNSET ? (unsigned)request->seconds
                                               : DEFAULT_SECONDS,
  };

  if (request->only != NULL) {
    return run_here(request, &subject, error);
  }
  g_autoptr(Examination) examination = examination_new(&subject);
  if (examination->obstacle != NULL) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_FAILED, examination->obstacle);
    return STATUS_FAILED;
  }
  return report(examination, request);
}

Status
check_run(int argc, char **argv, GError **error)
{
  g_auto(Request) request = { .seconds = USAGE_UNSET };
  g_auto(GStrv) rest = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &request.is_json, "print JSON", NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &request.is_verbose,
      "show what has passed too", NULL },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &request.is_strict, "fail on warnings", NULL },
    { "limit", 0, 0, G_OPTION_ARG_INT, &request.seconds,
      "processor time of one check (default 5); it may stand still for five times that",
      "SECONDS" },
    { "golden", 0, 0, G_OPTION_ARG_FILENAME, &request.golden,
      "repeat the run that FILE records of another implementation", "FILE" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &request.state,
      "load the checkpoint FILE that the plugin, or a version before it, has written",
      "FILE" },
    { "run", 0, 0, G_OPTION_ARG_STRING, &request.only,
      "run this check only, in this process and without limits: for a debugger",
      "CHECK" },
    { "list", 'l', 0, G_OPTION_ARG_NONE, &request.is_list, "list the checks instead",
      NULL },
    PLUGINS_OPTION(&request.directories),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  request.file = rest[0];
  if ((request.seconds != USAGE_UNSET
       && !usage_check_count("--limit", request.seconds, MOST_SECONDS, error))
      || !check_request(&request, error)) {
    return STATUS_DONE;
  }
  if (request.is_list) {
    list_checks();
    return STATUS_DONE;
  }
  return is_configuration(request.file) ? check_configuration(&request)
                                        : check_plugin(&request, error);
}
