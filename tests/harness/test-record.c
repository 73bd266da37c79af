/* SPDX-License-Identifier: MIT */
/* Records: valid JSON whatever the numbers, and the same numbers back. */
#include "harness/record.h"

#include <math.h>
#include <string.h>

static const Record example = {
  .arm = "adadelta",
  .seed = 3,
  .epoch = 2,
  .step = 80,
  .train_loss = 0.1,
  .batch_loss = 1.0 / 3.0,
  .validation_loss = 0.2,
  .validation_accuracy = 0.9,
  .test_loss = 0.3,
  .test_accuracy = 0.875,
  .elapsed_s = 0.5,
};

static void
test_epoch(void)
{
  g_autofree char *line = record_to_json(&example);

  g_assert_cmpstr(line, ==,
                  "{\"arm\":\"adadelta\",\"seed\":3,\"epoch\":2,\"step\":80,"
                  "\"train_loss\":0.10000000000000001,\"metrics\":{"
                  "\"test_accuracy\":0.875,\"test_loss\":0.29999999999999999,"
                  "\"validation_accuracy\":0.90000000000000002,"
                  "\"validation_loss\":0.20000000000000001,"
                  "\"batch_loss\":0.33333333333333331},"
                  "\"test_accuracy\":0.875,\"elapsed_s\":0.5}");
}

static void
test_round_trip(void)
{
  Record in = example, out = { 0 };

  in.is_final = true;
  in.batches = 81;
  in.model_ms_per_step = 0.0625;
  in.optimizer_ms_per_step = 1e-3;
  in.state_bytes = 19280;
  g_autofree char *line = record_to_json(&in);
  g_assert_true(record_from_json(line, &out));
  in.arm = NULL;
  g_assert_cmpmem(&in, sizeof in, &out, sizeof out);
}

static void
test_not_finite_is_null(void)
{
  Record in = example, out = { 0 };

  in.train_loss = NAN;
  in.test_loss = INFINITY;
  in.batch_loss = -INFINITY;
  in.is_final = in.is_diverged = true;
  g_autofree char *line = record_to_json(&in);
  g_assert_nonnull(strstr(line, "\"train_loss\":null"));
  g_assert_nonnull(strstr(line, "\"test_loss\":null"));
  g_assert_nonnull(strstr(line, "\"batch_loss\":null"));
  g_assert_nonnull(strstr(line, "\"status\":\"diverged\""));
  g_assert_null(strstr(line, "nan"));
  g_assert_null(strstr(line, "inf"));
  g_assert_true(record_from_json(line, &out));
  g_assert_true(isnan(out.train_loss) && isnan(out.test_loss) && out.is_diverged);
}

static void
test_garbage(void)
{
  static const char *const lines[] = { "",
                                       "hello",
                                       "[]",
                                       "{}",
                                       "{\"metrics\": 3}",
                                       "{\"arm\":\"adadelta\",\"seed\":3,\"epo" };

  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
    Record record = { 0 };
    g_assert_false(record_from_json(lines[i], &record));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/epoch", test_epoch);
  g_test_add_func("/record/round-trip", test_round_trip);
  g_test_add_func("/record/not-finite-is-null", test_not_finite_is_null);
  g_test_add_func("/record/garbage-is-refused", test_garbage);
  return g_test_run();
}
