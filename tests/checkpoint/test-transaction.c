/* SPDX-License-Identifier: MIT */
/* A step that is skipped changes nothing but what counts it: every tensor of state,
 * every value of a parameter and every counter is compared, as a checkpoint holds them.
 */
#include "safetensors/tensor_file.h"
#include "memory.h"

#include <math.h>
#include <string.h>

#define WRAPPED                                                          \
  "use_ema: true\nema_overwrite_frequency: 2\nclipnorm: 0.5\n"           \
  "gradient_accumulation_steps: 3\nglobal_clipnorm: 2.0\nweight_decay: " \
  "0.1\n"

static const char *const configs[] = {
  "optimizer: adadelta\nlearning_rate: 1.0\n" WRAPPED
  "loss_scale_factor: {dynamic: true, initial_scale: 1024, dynamic_growth_steps: 2}\n",
  "optimizer: adadelta\n",
  "optimizer: sgd\nmomentum: 0.9\n" WRAPPED,
  "optimizer: test_lamb\n" WRAPPED,
  "optimizer: test_nadam\nuse_ema: true\n",
  "optimizer: test_adafactor\nuse_ema: true\n",
  "optimizer: test_shampoo\n" WRAPPED,
};

/* counters that a skip may change, and the checksum over them */
static const char *const counting[] = { "counter:skipped",
                                        "counter:consecutive_skips",
                                        "counter:loss_scale",
                                        "counter:finite_calls",
                                        "crc32",
                                        NULL };

static void
assert_same_state(GBytes *actual, GBytes *expected)
{
  gsize n_a, n_e;
  const void *bytes_a = g_bytes_get_data(actual, &n_a);
  const void *bytes_e = g_bytes_get_data(expected, &n_e);
  g_autoptr(OptregTensorFile) a = optreg_tensor_file_parse(bytes_a, n_a, NULL);
  g_autoptr(OptregTensorFile) e = optreg_tensor_file_parse(bytes_e, n_e, NULL);

  g_assert_cmpuint(a->metadata->len, ==, e->metadata->len);
  for (guint i = 0; i < e->metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(e->metadata, optreg_metadata, i);
    if (!g_strv_contains(counting, entry->key)) {
      g_assert_cmpstr(optreg_tensor_file_metadata(a, entry->key), ==, entry->value);
    }
  }
  g_assert_cmpuint(a->tensors->len, ==, e->tensors->len);
  for (guint i = 0; i < e->tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(e->tensors, optreg_state_info, i);
    const optreg_state_info *other = optreg_tensor_file_find(a, tensor->name);
    g_assert_nonnull(other);
    g_assert_cmpmem(other->data, other->bytes, tensor->data, tensor->bytes);
  }
}

/* the next step with one bad number in it */
static void
skip(Model *model, size_t tensor, uint64_t index, float value)
{
  model_fill_gradients(model);
  ((float *)model->gradient[tensor])[index] = value;
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
}

/* in any tensor, at its beginning and its end, after any number of calls: so in every
 * place of a window */
static void
test_a_skipped_step_changes_nothing(gconstpointer yaml)
{
  static const float values[] = { NAN, INFINITY, -INFINITY };

  for (unsigned n_calls = 0; n_calls < 5; n_calls++) {
    g_autoptr(Model) model = model_from_text(yaml);
    model_train(model, n_calls);
    for (size_t tensor = 0; tensor < 4; tensor++) {
      const uint64_t index = n_calls % 2 == 0 ? 0 : model->n_elements[tensor] - 1;
      g_autoptr(GBytes) before = save_all(model);
      skip(model, tensor, index, values[(n_calls + tensor) % G_N_ELEMENTS(values)]);
      g_autoptr(GBytes) after = save_all(model);
      assert_same_state(after, before);
      const optreg_step_report *report = optreg_optimizer_last_step(model->optimizer);
      g_assert_cmpstr(report->nonfinite_parameter, ==, model_rows[tensor].name);
      g_assert_cmpuint(report->nonfinite_index, ==, index);
      g_assert_cmpuint(report->consecutive_skips, ==, tensor + 1);
    }
  }
}

/* where the loss scale stays, training goes on as if the bad gradients had not been */
static void
test_training_goes_on_as_if_nothing_had_been(gconstpointer yaml)
{
  g_autoptr(Model) plain = model_from_text(yaml);
  g_autoptr(Model) disturbed = model_from_text(yaml);

  for (unsigned call = 0; call < 7; call++) {
    skip(disturbed, call % 4, 0, NAN);
    disturbed->n_calls--;
    model_train(plain, 1);
    model_train(disturbed, 1);
  }
  g_autoptr(GBytes) expected = save_all(plain);
  g_autoptr(GBytes) actual = save_all(disturbed);
  assert_same_state(actual, expected);
}

static void
test_the_first_offender_is_named(void)
{
  g_autoptr(Model) model = model_from_text(configs[0]);

  model_fill_gradients(model);
  ((float *)model->gradient[2])[0] = NAN;
  ((float *)model->gradient[1])[6] = INFINITY;
  ((float *)model->gradient[1])[4] = -INFINITY;
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_step_report *report = optreg_optimizer_last_step(model->optimizer);
  g_assert_cmpstr(report->nonfinite_parameter, ==, "dense/bias");
  g_assert_cmpuint(report->nonfinite_index, ==, 4);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    g_autofree char *skipped = g_strdup_printf("/transaction/skipped/%zu", i);
    g_autofree char *going_on = g_strdup_printf("/transaction/going-on/%zu", i);
    g_test_add_data_func(skipped, configs[i], test_a_skipped_step_changes_nothing);
    if (i > 0) {
      g_test_add_data_func(going_on, configs[i],
                           test_training_goes_on_as_if_nothing_had_been);
    }
  }
  g_test_add_func("/transaction/the-first-offender-is-named",
                  test_the_first_offender_is_named);
  return g_test_run();
}
