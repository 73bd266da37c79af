/* SPDX-License-Identifier: MIT */
/* What one check has found. */
#include "finding.h"

#include <stdarg.h>
#include <string.h>

/* what does not fit ends with a whole character */
static void
write_message(Finding *finding, const char *format, va_list arguments)
{
  const char *end;

  g_vsnprintf(finding->message, sizeof finding->message, format, arguments);
  if (!g_utf8_validate(finding->message, -1, &end)) {
    finding->message[end - finding->message] = '\0';
  }
}

static void
set(Finding *finding, Verdict verdict, const char *format, va_list arguments)
{
  if (!finding_is_set(finding)) {
    write_message(finding, format, arguments);
    finding->verdict = verdict;
  }
}

void
finding_fail(Finding *finding, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  set(finding, VERDICT_FAILED, format, arguments);
  va_end(arguments);
}

void
finding_skip(Finding *finding, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  set(finding, VERDICT_SKIPPED, format, arguments);
  va_end(arguments);
}

void
finding_miss(Finding *finding, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  finding->is_gap |= !finding_is_set(finding);
  set(finding, VERDICT_SKIPPED, format, arguments);
  va_end(arguments);
}

void
finding_lack(Finding *finding, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  finding->is_shortage |= !finding_is_set(finding);
  set(finding, VERDICT_SKIPPED, format, arguments);
  va_end(arguments);
}

void
finding_tell(Finding *finding, const char *format, ...)
{
  g_autofree char *before = g_strdup(finding->message);
  va_list arguments;

  if (finding_is_set(finding)) {
    return;
  }
  va_start(arguments, format);
  write_message(finding, format, arguments);
  va_end(arguments);
  if (strstr(before, finding->message) != NULL) {
    g_strlcpy(finding->message, before, sizeof finding->message);
  } else if (before[0] != '\0') {
    g_autofree char *both = g_strdup_printf("%s; %s", before, finding->message);
    g_strlcpy(finding->message, both, sizeof finding->message);
  }
}

void
finding_die(Finding *finding, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  finding->is_about_process |= !finding_is_set(finding);
  set(finding, VERDICT_FAILED, format, arguments);
  va_end(arguments);
}
