/* SPDX-License-Identifier: MIT */
/* All checks on one plugin. */
#include "examination.h"

#include "confinement.h"

static const char process_remedy[] =
    "a plugin computes and returns: look for a crash, an exit, a fork, a system call, "
    "output or a loop without an end, with --run and a debugger";

static size_t
count_checks(void)
{
  size_t n = 0;

  for (const Family *const *family = check_families; *family != NULL; family++) {
    n += (*family)->n_checks;
  }
  return n;
}

static size_t *
counter_of(Examination *self, const Result *result)
{
  switch (result->finding.verdict) {
  case VERDICT_PASSED:
    return &self->n_passed;
  case VERDICT_SKIPPED:
    self->n_gaps += result->finding.is_gap ? 1 : 0;
    return &self->n_skipped;
  case VERDICT_FAILED:
    return result->severity == SEVERITY_ERROR     ? &self->n_errors
           : result->severity == SEVERITY_WARNING ? &self->n_warnings
                                                  : &self->n_notes;
  default:
    return &self->n_not_run;
  }
}

static bool
has_shortage(Examination *self, const Result *result)
{
  if (result->finding.is_shortage) {
    self->obstacle = g_strdup_printf("%s cannot be run: %s", result->check->id,
                                     result->finding.message);
  }
  return result->finding.is_shortage;
}

/* true when nothing further can be expected from this plugin */
static bool
run_check(Examination *self, const Family *family, const Check *check,
          const Subject *subject)
{
  Result *result = &self->results[self->n_results++];
  const gint64 begin = g_get_monotonic_time();
  bool has_died = false;

  result->check = check;
  sandbox_run(check, family->needs_plugin, subject, &result->finding, &has_died);
  result->seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
  result->severity = has_died ? SEVERITY_ERROR : check->severity;
  result->remedy = result->finding.is_about_process ? process_remedy : check->remedy;
  ++*counter_of(self, result);
  return has_shortage(self, result) || has_died;
}

static void
leave_out(Examination *self, const Check *check)
{
  Result *result = &self->results[self->n_results++];

  result->check = check;
  result->severity = check->severity;
  result->remedy = check->remedy;
  self->n_not_run++;
}

Examination *
examination_of_one(const char *path, const Check *check, const Finding *finding)
{
  Examination *self = g_new0(Examination, 1);

  self->path = g_canonicalize_filename(path, NULL);
  self->name = g_path_get_basename(path);
  self->results = g_new0(Result, 1);
  self->n_results = 1;
  self->results[0] = (Result){ .check = check,
                               .finding = *finding,
                               .severity = check->severity,
                               .remedy = check->remedy };
  ++*counter_of(self, &self->results[0]);
  return self;
}

Examination *
examination_new(const Subject *subject)
{
  Examination *self = g_new0(Examination, 1);
  self->obstacle = confinement_obstacle(subject->seconds);
  bool is_over = self->obstacle != NULL;

  self->path = g_canonicalize_filename(subject->path, NULL);
  self->name = g_path_get_basename(subject->path);
  self->results = g_new0(Result, count_checks());
  for (const Family *const *family = check_families; *family != NULL; family++) {
    for (size_t i = 0; i < (*family)->n_checks; i++) {
      if (is_over) {
        leave_out(self, &(*family)->checks[i]);
      } else {
        is_over = run_check(self, *family, &(*family)->checks[i], subject)
                  || ((*family)->is_chain && self->n_errors > 0);
      }
    }
    is_over |= (*family)->is_gate && self->n_errors > 0;
  }
  return self;
}

void
examination_free(Examination *self)
{
  if (self != NULL) {
    g_free(self->path);
    g_free(self->name);
    g_free(self->obstacle);
    g_free(self->results);
    g_free(self);
  }
}
