/* SPDX-License-Identifier: MIT */
/* Records: valid JSON whatever the numbers, and the same numbers back. */
#include "harness/record.h"

#include <math.h>
#include <string.h>

static const RecordHead head = { "digits", "adadelta", 3, 0, NULL };

static Record
make_example(void)
{
  return (Record){
    .batches = 80,
    .step = 40,
    .epoch = 2.0,
    .batch_loss = 1.0 / 3.0,
    .values = { { 0.1, 0.95, 0.05 }, { 0.2, 0.9, 0.1 }, { 0.3, 0.875, 0.125 } },
    .elapsed_s = 0.5
  };
}

/* digits-mlp, whose metrics are loss, accuracy and error */
static const ProblemClass *
find_class(ProblemSet *set)
{
  return problem_set_find(set, "digits-mlp", NULL);
}

static void
test_line(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  const Record example = make_example();
  g_autofree char *line = record_to_json(&example, &head, find_class(set));

  g_assert_cmpstr(line, ==,
                  "{\"problem\":\"digits\",\"arm\":\"adadelta\",\"seed\":3,"
                  "\"batches\":80,\"step\":40,\"epoch\":2.0,"
                  "\"batch_loss\":0.3333333333333333,"
                  "\"training\":{\"loss\":0.1,\"accuracy\":0.95,"
                  "\"error\":0.05},"
                  "\"validation\":{\"loss\":0.2,\"accuracy\":0.9,"
                  "\"error\":0.1},"
                  "\"test\":{\"loss\":0.3,\"accuracy\":0.875,\"error\":0.125},"
                  "\"clock\":{\"elapsed_s\":0.5}}");
}

static void
test_round_trip(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  Record in = make_example(), out = { 0 };

  in.is_final = in.is_diverged = true;
  g_strlcpy(in.reason, "the \"training\" loss is not finite", sizeof in.reason);
  g_strlcpy(in.weights, "0123456789abcdef", sizeof in.weights);
  in.model_ms_per_step = 0.0625;
  in.optimizer_ms_per_step = 1e-3;
  in.state_bytes = 19280;
  g_autofree char *line = record_to_json(&in, &head, find_class(set));
  g_assert_true(record_from_json(line, find_class(set), &out));
  g_assert_cmpstr(out.reason, ==, in.reason);
  g_assert_cmpstr(out.weights, ==, in.weights);
  g_assert_cmpmem(in.values, sizeof in.values, out.values, sizeof out.values);
  g_assert_cmpuint(out.batches, ==, in.batches);
  g_assert_cmpuint(out.step, ==, in.step);
  g_assert_cmpuint(out.state_bytes, ==, in.state_bytes);
  g_assert_cmpfloat(out.epoch, ==, in.epoch);
  g_assert_cmpfloat(out.batch_loss, ==, in.batch_loss);
  g_assert_cmpfloat(out.elapsed_s, ==, in.elapsed_s);
  g_assert_cmpfloat(out.model_ms_per_step, ==, in.model_ms_per_step);
  g_assert_cmpfloat(out.optimizer_ms_per_step, ==, in.optimizer_ms_per_step);
  g_assert_true(out.is_final && out.is_diverged);
}

static void
test_diagnostics_round_trip(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  Record in = make_example(), out = { 0 };
  Diagnostics *diagnostics = &in.diagnostics;

  *diagnostics = (Diagnostics){
    .n_looks = 4,
    .loss_scale = 1024.0,
    .skipped = 2,
    .n_parts = 2,
    .parts = { { .name = "model" }, { .name = "groups[0]", .match = "*\"bias" } },
  };
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    diagnostics->parts[0].values[i] = 1.0 / (double)(i + 3);
    diagnostics->parts[1].values[i] = i == QUANTITY_EPSILON ? INFINITY : 1e-30;
  }
  g_autofree char *line = record_to_json(&in, &head, find_class(set));
  g_assert_nonnull(strstr(line, "\"diagnostics\":{\"looks\":4,\"loss_scale\":1024.0,"
                                "\"skipped\":2,\"model\":{\"gradient_norm\":0.33"));
  g_assert_nonnull(strstr(line, "\"epsilon\":null}}"));
  g_assert_true(record_from_json(line, find_class(set), &out));
  g_assert_true(isnan(out.diagnostics.parts[1].values[QUANTITY_EPSILON]));
  out.diagnostics.parts[1].values[QUANTITY_EPSILON] = INFINITY;
  g_assert_cmpmem(diagnostics, sizeof *diagnostics, &out.diagnostics,
                  sizeof out.diagnostics);
}

static void
test_trial_is_named(void)
{
  static const RecordHead tuning = { "digits", "adadelta", 3, 5, NULL };
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  const Record example = make_example();
  g_autofree char *line = record_to_json(&example, &tuning, find_class(set));

  g_assert_nonnull(strstr(line, "\"seed\":3,\"trial\":5,"));
}

static void
test_not_finite_is_null(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  Record in = make_example(), out = { 0 };

  in.values[SPLIT_TRAINING][0] = NAN;
  in.values[SPLIT_TEST][0] = INFINITY;
  in.batch_loss = -INFINITY;
  g_autofree char *line = record_to_json(&in, &head, find_class(set));
  g_assert_nonnull(strstr(line, "\"training\":{\"loss\":null,"));
  g_assert_nonnull(strstr(line, "\"test\":{\"loss\":null,"));
  g_assert_nonnull(strstr(line, "\"batch_loss\":null"));
  g_assert_null(strstr(line, "nan"));
  g_assert_null(strstr(line, "inf"));
  g_assert_true(record_from_json(line, find_class(set), &out));
  g_assert_true(isnan(out.values[SPLIT_TRAINING][0]));
  g_assert_true(isnan(out.values[SPLIT_TEST][0]));
}

/* nothing was compared by the second one */
static void
test_shadows(void)
{
  static const char *const names[] = { "adam", "sgd[momentum=0.9,nesterov=true]" };
  static const RecordHead shadowed = { "digits", "adadelta", 3, 0, names };
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);
  Record in = make_example(), out = { 0 };

  in.n_shadows = 2;
  in.shadows[0] = (ShadowRecord){ 40, 0.5, 1.0 / 3.0, 0.25, -0.125, 3000.0, 1500.0 };
  in.shadows[1] = (ShadowRecord){ .cosine = NAN, .rms_ratio = NAN };
  g_autofree char *line = record_to_json(&in, &shadowed, find_class(set));
  g_assert_nonnull(strstr(
      line, ",\"shadow\":[{\"candidate\":\"adam\",\"steps\":40,\"cosine\":0.5,"
            "\"rms_ratio\":0.3333333333333333,\"decrease\":0.25,"
            "\"live_decrease\":-0.125,\"clock\":{\"ns\":3000.0,\"live_ns\":1500.0}},"
            "{\"candidate\":\"sgd[momentum=0.9,nesterov=true]\",\"steps\":0,"
            "\"cosine\":null,\"rms_ratio\":null,"));
  g_assert_true(record_from_json(line, find_class(set), &out));
  g_assert_cmpuint(out.n_shadows, ==, 2);
  g_assert_cmpmem(&out.shadows[0], sizeof out.shadows[0], &in.shadows[0],
                  sizeof in.shadows[0]);
  g_assert_cmpuint(out.shadows[1].steps, ==, 0);
  g_assert_true(isnan(out.shadows[1].cosine) && isnan(out.shadows[1].rms_ratio));
}

static void
test_garbage(void)
{
  static const char *const lines[] = {
    "", "hello", "[]", "{}", "{\"test\": 3}", "{\"arm\":\"adadelta\",\"seed\":3,\"epo"
  };
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
    Record record = { 0 };
    g_assert_false(record_from_json(lines[i], find_class(set), &record));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/line", test_line);
  g_test_add_func("/record/round-trip", test_round_trip);
  g_test_add_func("/record/diagnostics", test_diagnostics_round_trip);
  g_test_add_func("/record/trial-is-named", test_trial_is_named);
  g_test_add_func("/record/not-finite-is-null", test_not_finite_is_null);
  g_test_add_func("/record/shadows", test_shadows);
  g_test_add_func("/record/garbage-is-refused", test_garbage);
  return g_test_run();
}
