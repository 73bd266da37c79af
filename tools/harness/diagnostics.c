/* SPDX-License-Identifier: MIT */
/* Means between records. */
#include "diagnostics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[N_QUANTITIES] = {
  "gradient_norm", "gradient_rms", "update_norm",  "weight_norm",   "update_ratio",
  "clip_rate",     "zero_rate",    "unmoved_rate", "learning_rate", "rate_5",
  "rate_50",       "rate_95",      "epsilon",
};

const char *
quantity_name(Quantity quantity)
{
  return names[quantity];
}

/* ---- what the optimizer is ---- */

/* the model stands before its groups; one group alone is the model */
static size_t
count_parts(const optreg_optimizer *optimizer)
{
  const optreg_group_info *groups;
  const size_t n = optreg_optimizer_groups(optimizer, &groups);

  return n > 1 ? MIN(n + 1, (size_t)DIAGNOSTICS_MOST_PARTS) : 1;
}

/* as much as there is room for, and whole characters */
static void
copy_text(char *to, const char *from)
{
  const char *end;

  g_strlcpy(to, from, DIAGNOSTICS_TEXT);
  if (!g_utf8_validate(to, -1, &end)) {
    to[end - to] = '\0';
  }
}

static void
name_part(const optreg_optimizer *optimizer, size_t part, DiagnosticsPart *out)
{
  const optreg_group_info *groups;

  optreg_optimizer_groups(optimizer, &groups);
  copy_text(out->name, part == 0 ? "model" : groups[part - 1].label);
  copy_text(out->match, part == 0 ? "" : groups[part - 1].match);
}

/* the option `epsilon` of a part; what a group does not say is said for all */
static double
read_epsilon(const optreg_optimizer *optimizer, const char *part)
{
  const optreg_option_info *options;
  const size_t n = optreg_optimizer_options(optimizer, &options);
  double epsilon = NAN;

  for (size_t i = 0; i < n; i++) {
    const char *group = options[i].group;
    if (g_str_equal(options[i].name, "epsilon")
        && (group == NULL || g_str_equal(group, part))) {
      epsilon = g_ascii_strtod(options[i].value, NULL);
    }
  }
  return epsilon;
}

/* ---- sums ---- */

static void
read_values(const optreg_diagnostics *seen, double *values)
{
  const double n = (double)seen->elements;

  values[QUANTITY_GRADIENT_NORM] = seen->gradient_norm;
  values[QUANTITY_GRADIENT_RMS] = seen->gradient_norm / sqrt(n);
  values[QUANTITY_UPDATE_NORM] = seen->update_norm;
  values[QUANTITY_WEIGHT_NORM] = seen->weight_norm;
  values[QUANTITY_UPDATE_RATIO] = seen->update_ratio;
  values[QUANTITY_CLIP_RATE] = seen->clip_rate;
  values[QUANTITY_ZERO_RATE] = (double)seen->zero_gradients / n;
  values[QUANTITY_UNMOVED_RATE] = (double)seen->unmoved / n;
  values[QUANTITY_LEARNING_RATE] = seen->learning_rate;
  values[QUANTITY_RATE_5] = seen->rate_5;
  values[QUANTITY_RATE_50] = seen->rate_50;
  values[QUANTITY_RATE_95] = seen->rate_95;
  values[QUANTITY_EPSILON] = NAN; /* is no measurement */
}

static void
add_part(DiagnosticsSum *sum, size_t part, const optreg_diagnostics *seen)
{
  double values[N_QUANTITIES];

  read_values(seen, values);
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    if (isfinite(values[i])) {
      sum->sums[part][i] += values[i];
      sum->counts[part][i]++;
    }
  }
}

void
diagnostics_sum_take(DiagnosticsSum *sum, const optreg_optimizer *optimizer)
{
  const optreg_diagnostics *model =
      optreg_optimizer_diagnostics(optimizer, OPTREG_WHOLE_MODEL);

  if (model == NULL || model->step <= sum->last_step) {
    return;
  }
  sum->last_step = model->step;
  sum->n_looks++;
  add_part(sum, 0, model);
  for (size_t i = 1; i < count_parts(optimizer); i++) {
    add_part(sum, i, optreg_optimizer_diagnostics(optimizer, i - 1));
  }
}

void
diagnostics_sum_close(DiagnosticsSum *sum, const optreg_optimizer *optimizer,
                      Diagnostics *diagnostics)
{
  const uint64_t last_step = sum->last_step;

  *diagnostics = (Diagnostics){
    .n_looks = sum->n_looks,
    .loss_scale = optreg_optimizer_scale_loss(optimizer, 1.0),
    .skipped = optreg_optimizer_last_step(optimizer)->skipped,
    .n_parts = count_parts(optimizer),
  };
  for (size_t i = 0; i < diagnostics->n_parts; i++) {
    DiagnosticsPart *part = &diagnostics->parts[i];
    name_part(optimizer, i, part);
    for (size_t j = 0; j < N_QUANTITIES; j++) {
      part->values[j] =
          sum->counts[i][j] > 0 ? sum->sums[i][j] / (double)sum->counts[i][j] : NAN;
    }
    part->values[QUANTITY_EPSILON] = read_epsilon(optimizer, part->name);
  }
  memset(sum, 0, sizeof *sum);
  sum->last_step = last_step;
}

/* ---- text ---- */

/* hexadecimal, so that they come back to the bit */
char *
diagnostics_sum_to_text(const DiagnosticsSum *sum)
{
  GString *text = g_string_new("diagnostics");

  g_string_append_printf(text, " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                         sum->n_looks, sum->last_step);
  for (size_t i = 0; i < DIAGNOSTICS_MOST_PARTS; i++) {
    for (size_t j = 0; j < N_QUANTITIES; j++) {
      g_string_append_printf(text, " %a %" G_GUINT64_FORMAT, sum->sums[i][j],
                             sum->counts[i][j]);
    }
  }
  g_string_append_c(text, '\n');
  return g_string_free(text, FALSE);
}

static bool
read_count(char **text, uint64_t *value)
{
  char *begin = *text;

  *value = g_ascii_strtoull(begin, text, 10);
  return *text != begin;
}

static bool
read_number(char **text, double *value)
{
  char *begin = *text;

  *value = g_ascii_strtod(begin, text);
  return *text != begin && isfinite(*value);
}

bool
diagnostics_sum_from_text(const char *text, DiagnosticsSum *sum)
{
  static const char head[] = "diagnostics";
  DiagnosticsSum read = { 0 };
  char *at = (char *)text + strlen(head);

  if (!g_str_has_prefix(text, head) || !read_count(&at, &read.n_looks)
      || !read_count(&at, &read.last_step)) {
    return false;
  }
  for (size_t i = 0; i < DIAGNOSTICS_MOST_PARTS; i++) {
    for (size_t j = 0; j < N_QUANTITIES; j++) {
      if (!read_number(&at, &read.sums[i][j]) || !read_count(&at, &read.counts[i][j])) {
        return false;
      }
    }
  }
  *sum = read;
  return *at == '\n' || *at == '\0';
}
