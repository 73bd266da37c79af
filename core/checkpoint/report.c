/* SPDX-License-Identifier: MIT */
/* The report of a load, and the error that it may amount to. */
#include "checkpoint/report.h"

#include "error.h"
#include "printable.h"

#define MAX_SENTENCES 50 /* in the error; the report has all */

static void
clear_difference(gpointer data)
{
  optreg_difference *difference = data;

  g_free((char *)difference->name);
  g_free((char *)difference->text);
}

GArray *
optreg_report_new(void)
{
  GArray *report = g_array_new(FALSE, FALSE, sizeof(optreg_difference));

  g_array_set_clear_func(report, clear_difference);
  return report;
}

void
optreg_report_add(GArray *report, optreg_difference_kind kind, bool is_refused,
                  const char *name, const char *format, ...)
{
  optreg_difference difference = { kind, is_refused, g_strdup(name), NULL };
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  difference.text = optreg_printable(text);
  g_array_append_val(report, difference);
}

void
optreg_report_missing(GArray *report, const optreg_load_options *options,
                      const char *name, const char *what, const char *consequence)
{
  const bool is_refused = options->missing == OPTREG_MISSING_ERROR;

  optreg_report_add(report, OPTREG_DIFFERENCE_MISSING, is_refused, name,
                    "%s is not in the checkpoint%s%s", what, is_refused ? "" : ": ",
                    is_refused ? "" : consequence);
}

void
optreg_report_unexpected(GArray *report, const optreg_load_options *options,
                         const char *name, const char *what)
{
  const bool is_refused = options->unexpected == OPTREG_UNEXPECTED_ERROR;

  optreg_report_add(report, OPTREG_DIFFERENCE_UNEXPECTED, is_refused, name,
                    "%s is in the checkpoint only%s", what,
                    is_refused ? "" : ": left out");
}

static const char *
remedy(bool has_missing, bool has_unexpected)
{
  if (has_missing && has_unexpected) {
    return "; the policies missing: init and unexpected: ignore permit what is missing "
           "or unexpected";
  }
  if (has_missing) {
    return "; the policy missing: init permits what is missing";
  }
  return has_unexpected ? "; the policy unexpected: ignore permits what is unexpected"
                        : "";
}

bool
optreg_report_check(const GArray *report, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  bool has[OPTREG_DIFFERENCE_VALUE + 1] = { false };
  guint n = 0;

  for (guint i = 0; i < report->len; i++) {
    const optreg_difference *difference = &g_array_index(report, optreg_difference, i);
    if (!difference->is_refused) {
      continue;
    }
    has[difference->kind] = true;
    if (n++ < MAX_SENTENCES) {
      g_string_append_printf(text, "%s%s", n > 1 ? "; " : "", difference->text);
    }
  }
  if (n > MAX_SENTENCES) {
    g_string_append_printf(text, "; and %u more", n - MAX_SENTENCES);
  }
  if (n > 0) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_MISMATCH, "the checkpoint does not fit: %s%s",
        text->str,
        remedy(has[OPTREG_DIFFERENCE_MISSING], has[OPTREG_DIFFERENCE_UNEXPECTED]));
  }
  return n == 0;
}
