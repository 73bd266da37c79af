/* SPDX-License-Identifier: MIT */
/* Diagnostics between records: sums that survive a restart, and rules in words. */
#include "harness/findings.h"

#include <math.h>
#include <string.h>

/* ---- sums ---- */

static DiagnosticsSum
make_sum(void)
{
  DiagnosticsSum sum = { .n_looks = 3, .last_step = 61 };

  sum.sums[0][QUANTITY_UPDATE_NORM] = 1.0 / 3.0;
  sum.counts[0][QUANTITY_UPDATE_NORM] = 3;
  sum.sums[DIAGNOSTICS_MOST_PARTS - 1][QUANTITY_RATE_95] = 1e-300;
  sum.counts[DIAGNOSTICS_MOST_PARTS - 1][QUANTITY_RATE_95] = 2;
  return sum;
}

static void
test_sums_come_back_to_the_bit(void)
{
  const DiagnosticsSum sum = make_sum();
  g_autofree char *text = diagnostics_sum_to_text(&sum);
  DiagnosticsSum read = { 0 };

  g_assert_true(diagnostics_sum_from_text(text, &read));
  g_assert_cmpmem(&sum, sizeof sum, &read, sizeof read);
}

static void
test_a_text_that_is_cut_is_refused(void)
{
  const DiagnosticsSum sum = make_sum();
  g_autofree char *text = diagnostics_sum_to_text(&sum);

  for (size_t n = 0; n < strlen(text) - 2; n += 7) {
    g_autofree char *part = g_strndup(text, n);
    DiagnosticsSum read = { .n_looks = 77 };
    g_assert_false(diagnostics_sum_from_text(part, &read));
    g_assert_cmpuint(read.n_looks, ==, 77);
  }
}

static void
test_a_text_that_is_no_sum_is_refused(void)
{
  DiagnosticsSum read;

  g_assert_false(diagnostics_sum_from_text("", &read));
  g_assert_false(diagnostics_sum_from_text("diagnostics", &read));
  g_assert_false(diagnostics_sum_from_text("diagnostics 1 2 nan 3", &read));
}

/* ---- rules ---- */

enum { RECORDS = 10 };

/* an ordinary run of an adaptive optimizer, the same at each record */
static const double ordinary[N_QUANTITIES] = {
  [QUANTITY_GRADIENT_NORM] = 0.5,  [QUANTITY_GRADIENT_RMS] = 1e-2,
  [QUANTITY_UPDATE_NORM] = 0.01,   [QUANTITY_WEIGHT_NORM] = 10.0,
  [QUANTITY_UPDATE_RATIO] = 1e-3,  [QUANTITY_CLIP_RATE] = 0.1,
  [QUANTITY_ZERO_RATE] = 0.1,      [QUANTITY_UNMOVED_RATE] = 0.1,
  [QUANTITY_LEARNING_RATE] = 1e-3, [QUANTITY_RATE_5] = 1e-3,
  [QUANTITY_RATE_50] = 1e-2,       [QUANTITY_RATE_95] = 1.0,
  [QUANTITY_EPSILON] = 1e-7,
};

typedef struct Change {
  Quantity quantity;
  double value;
} Change;

/* what the rule says when the first `n_changed` of all records are different */
static char *
judge(const char *rule, const Change *changes, size_t n_changes, size_t n_changed)
{
  double values[N_QUANTITIES][RECORDS];
  FindingsView view = { .n = RECORDS };

  for (size_t i = 0; i < N_QUANTITIES; i++) {
    view.values[i] = values[i];
    for (size_t record = 0; record < RECORDS; record++) {
      values[i][record] = ordinary[i];
    }
  }
  for (size_t i = 0; i < n_changes; i++) {
    for (size_t record = 0; record < n_changed; record++) {
      values[changes[i].quantity][record] = changes[i].value;
    }
  }
  for (size_t i = 0; i < findings_n_rules(); i++) {
    if (g_str_equal(findings_rule(i), rule)) {
      return findings_judge(i, &view);
    }
  }
  g_error("there is no rule %s", rule);
}

static const struct {
  const char *name, *rule;
  Change changes[3];
  size_t n_changes, n_changed;
  const char *says; /* NULL: nothing */
} cases[] = {
  { "clipped",
    "all-clipped",
    { { QUANTITY_CLIP_RATE, 1.0 } },
    1,
    RECORDS,
    "clipping changed all gradients at 100 % of the records" },
  { "clipped-at-first", "all-clipped", { { QUANTITY_CLIP_RATE, 1.0 } }, 1, 9, NULL },
  { "clipped-mostly",
    "all-clipped",
    { { QUANTITY_CLIP_RATE, 0.9 } },
    1,
    RECORDS,
    NULL },
  { "without-gradient",
    "no-gradient",
    { { QUANTITY_GRADIENT_NORM, 0.0 } },
    1,
    6,
    "every gradient was 0 at 60 % of the records" },
  { "without-gradient-at-times",
    "no-gradient",
    { { QUANTITY_GRADIENT_NORM, 0.0 } },
    1,
    5,
    NULL },
  { "without-update",
    "no-update",
    { { QUANTITY_UPDATE_NORM, 0.0 } },
    1,
    RECORDS,
    "no weight moved at 100 % of the records, though there were gradients" },
  { "without-update-for-want-of-a-gradient",
    "no-update",
    { { QUANTITY_UPDATE_NORM, 0.0 }, { QUANTITY_GRADIENT_NORM, 0.0 } },
    2,
    RECORDS,
    NULL },
  { "one-rate",
    "epsilon-dominates",
    { { QUANTITY_RATE_5, 0.9e-2 }, { QUANTITY_RATE_95, 1.0e-2 } },
    2,
    RECORDS,
    "epsilon (1e-07) outweighs the gradients (root mean square 0.01)" },
  { "one-rate-without-epsilon",
    "epsilon-dominates",
    { { QUANTITY_RATE_5, 0.9e-2 },
      { QUANTITY_RATE_95, 1.0e-2 },
      { QUANTITY_EPSILON, NAN } },
    3,
    RECORDS,
    NULL },
  { "below-epsilon",
    "epsilon-dominates",
    { { QUANTITY_EPSILON, 0.1 } },
    1,
    RECORDS,
    "at 100 % of the records: all elements have about the learning rate 0.01" },
  { "above-epsilon",
    "epsilon-dominates",
    { { QUANTITY_EPSILON, 1e-3 } },
    1,
    RECORDS,
    NULL },
  { "below-epsilon-at-rest",
    "epsilon-dominates",
    { { QUANTITY_EPSILON, 0.1 }, { QUANTITY_UPDATE_NORM, 0.0 } },
    2,
    RECORDS,
    NULL },
  { "small",
    "small-updates",
    { { QUANTITY_UPDATE_RATIO, 1e-6 } },
    1,
    RECORDS,
    "an update is 1e-06 of the weights" },
  { "small-at-the-bound",
    "small-updates",
    { { QUANTITY_UPDATE_RATIO, 1e-5 } },
    1,
    RECORDS,
    NULL },
  { "small-as-none",
    "small-updates",
    { { QUANTITY_UPDATE_RATIO, 0.0 }, { QUANTITY_UPDATE_NORM, 0.0 } },
    2,
    RECORDS,
    NULL },
  { "large",
    "large-updates",
    { { QUANTITY_UPDATE_RATIO, 0.3 } },
    1,
    RECORDS,
    "an update is 0.3 of the weights" },
  { "large-at-first", "large-updates", { { QUANTITY_UPDATE_RATIO, 0.3 } }, 1, 4, NULL },
};

static void
test_rule(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_autofree char *text =
      judge(cases[i].rule, cases[i].changes, cases[i].n_changes, cases[i].n_changed);

  if (cases[i].says == NULL) {
    g_assert_cmpstr(text, ==, NULL);
  } else {
    g_assert_nonnull(text);
    g_assert_nonnull(strstr(text, cases[i].says));
  }
}

static void
test_an_ordinary_run_has_no_finding(void)
{
  for (size_t i = 0; i < findings_n_rules(); i++) {
    g_autofree char *text = judge(findings_rule(i), NULL, 0, 0);
    g_assert_cmpstr(text, ==, NULL);
  }
}

/* a rule needs three records that it can judge */
static void
test_too_few_records_have_no_finding(void)
{
  static const Change changes[] = { { QUANTITY_CLIP_RATE, NAN } };
  double values[RECORDS];
  FindingsView view = { .n = RECORDS };
  g_autofree char *unknown = judge("all-clipped", changes, 1, RECORDS);

  g_assert_cmpstr(unknown, ==, NULL);
  for (size_t i = 0; i < RECORDS; i++) {
    values[i] = i < 2 ? 1.0 : NAN;
  }
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    view.values[i] = values;
  }
  g_autofree char *two = findings_judge(0, &view);
  g_assert_cmpstr(two, ==, NULL);
  values[2] = 1.0;
  g_autofree char *three = findings_judge(0, &view);
  g_assert_nonnull(three);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/diagnostics/sums/round-trip", test_sums_come_back_to_the_bit);
  g_test_add_func("/diagnostics/sums/cut", test_a_text_that_is_cut_is_refused);
  g_test_add_func("/diagnostics/sums/none", test_a_text_that_is_no_sum_is_refused);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strdup_printf("/diagnostics/rules/%s", cases[i].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_rule);
  }
  g_test_add_func("/diagnostics/rules/ordinary", test_an_ordinary_run_has_no_finding);
  g_test_add_func("/diagnostics/rules/too-few-records",
                  test_too_few_records_have_no_finding);
  return g_test_run();
}
