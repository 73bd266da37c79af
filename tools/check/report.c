/* SPDX-License-Identifier: MIT */
/* The report of an examination, for people and for programs. */
#include "examination.h"
#include "support/columns.h"
#include "support/json_text.h"
#include "support/member.h"
#include "support/text.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

static const char *
verdict_name(const Result *result)
{
  static const char *const names[] = { [VERDICT_NOT_RUN] = "not run",
                                       [VERDICT_PASSED] = "passed",
                                       [VERDICT_SKIPPED] = "skipped" };
  return result->finding.verdict == VERDICT_FAILED ? severity_name(result->severity)
                                                   : names[result->finding.verdict];
}

static void
print_all(const Examination *examination)
{
  g_autoptr(Columns) columns = columns_new("lll");

  columns_add_heading(columns, "check", "verdict", "what must hold");
  for (size_t i = 0; i < examination->n_results; i++) {
    const Result *result = &examination->results[i];
    const bool has_more = result->finding.verdict != VERDICT_FAILED
                          && result->finding.message[0] != '\0';
    columns_add(columns, result->check->id, verdict_name(result),
                has_more ? result->finding.message : result->check->asks);
  }
  columns_print(columns, 0, stdout);
  putchar('\n');
}

static void
print_failures(const Examination *examination)
{
  for (size_t i = 0; i < examination->n_results; i++) {
    const Result *result = &examination->results[i];
    if (result->finding.verdict == VERDICT_FAILED) {
      text_line(stdout, "%s %s: %s", severity_name(result->severity), result->check->id,
                result->finding.message);
      text_line(stdout, "    remedy: %s", result->remedy);
    }
  }
}

/* what applies and could not be tried is no silent pass */
static void
print_gaps(const Examination *examination)
{
  for (size_t i = 0; i < examination->n_results; i++) {
    const Result *result = &examination->results[i];
    if (result->finding.is_gap) {
      printf("skipped %s: %s\n", result->check->id, result->finding.message);
    }
  }
}

static void
append_count(GString *text, size_t n, const char *what)
{
  if (n > 0) {
    g_string_append_printf(text, "%s%zu %s", text->len > 0 ? ", " : "", n, what);
  }
}

void
examination_print(const Examination *examination, bool is_verbose)
{
  g_autoptr(GString) counts = g_string_new(NULL);

  if (is_verbose) {
    print_all(examination);
  }
  print_failures(examination);
  print_gaps(examination);
  append_count(counts, examination->n_errors,
               examination->n_errors == 1 ? "error" : "errors");
  append_count(counts, examination->n_warnings,
               examination->n_warnings == 1 ? "warning" : "warnings");
  append_count(counts, examination->n_notes,
               examination->n_notes == 1 ? "note" : "notes");
  append_count(counts, examination->n_passed, "passed");
  append_count(counts, examination->n_skipped - examination->n_gaps,
               "not for this plugin");
  append_count(counts, examination->n_gaps, "skipped");
  append_count(counts, examination->n_not_run, "not run");
  text_line(stdout, "%s: %s", examination->name, counts->str);
}

static void
add_result(JsonBuilder *builder, const Result *result)
{
  const struct {
    const char *key, *value;
  } texts[] = { { "id", result->check->id },
                { "severity", severity_name(result->severity) },
                { "verdict", result->finding.verdict == VERDICT_FAILED
                                 ? "failed"
                                 : verdict_name(result) },
                { "asks", result->check->asks },
                { "message", result->finding.message },
                { "remedy", result->remedy } };

  json_builder_begin_object(builder);
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    member_add_text(builder, texts[i].key, texts[i].value);
  }
  member_add_number(builder, "seconds", result->seconds);
  json_builder_end_object(builder);
}

static void
add_counts(JsonBuilder *builder, const Examination *examination)
{
  const struct {
    const char *key;
    size_t n;
  } counts[] = {
    { "errors", examination->n_errors },   { "warnings", examination->n_warnings },
    { "notes", examination->n_notes },     { "passed", examination->n_passed },
    { "skipped", examination->n_skipped }, { "not_run", examination->n_not_run }
  };

  for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
    member_add_count(builder, counts[i].key, counts[i].n);
  }
}

void
examination_print_json(const Examination *examination)
{
  g_autoptr(JsonBuilder) builder = json_builder_new();

  json_builder_begin_object(builder);
  member_add_text(builder, "schema", "optreg-check/1");
  member_add_text(builder, "file", examination->path);
  add_counts(builder, examination);
  member_begin_array(builder, "checks");
  for (size_t i = 0; i < examination->n_results; i++) {
    add_result(builder, &examination->results[i]);
  }
  json_builder_end_array(builder);
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *text = json_text_write(root, true);
  puts(text);
}
