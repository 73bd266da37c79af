/* SPDX-License-Identifier: MIT */
/* optreg state from outside. */
#include "memory.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct Fixture {
  char *folder, *a, *b;
  char *out, *err;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  fixture->a = g_build_filename(fixture->folder, "a.safetensors", NULL);
  fixture->b = g_build_filename(fixture->folder, "b.safetensors", NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_unlink(fixture->a);
  g_unlink(fixture->b);
  g_rmdir(fixture->folder);
  g_free(fixture->folder);
  g_free(fixture->a);
  g_free(fixture->b);
  g_free(fixture->out);
  g_free(fixture->err);
}

/* exit status of `optreg state [verb] FILE...` */
static int
run(Fixture *fixture, const char *verb, const char *first, const char *second)
{
  const char *command[6] = { g_getenv("OPTREG_TEST_CLI"), "state" };
  const char *const arguments[] = { verb, first, second };
  size_t n = 2;
  int status;

  for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
    if (arguments[i] != NULL) {
      command[n++] = arguments[i];
    }
  }
  g_clear_pointer(&fixture->out, g_free);
  g_clear_pointer(&fixture->err, g_free);
  g_assert_true(g_spawn_sync(NULL, (char **)command, NULL, 0, NULL, NULL, &fixture->out,
                             &fixture->err, &status, NULL));
  g_assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void
assert_has(const char *text, const char *part)
{
  if (strstr(text, part) == NULL) {
    g_error("'%s' is missing in:\n%s", part, text);
  }
}

static void
save(const Model *model, const char *path)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_save(model->optimizer, path, NULL, &error);
  assert_no_error(error);
}

static void
write_trained(const char *path, const char *yaml, unsigned n)
{
  g_autoptr(Model) model = model_from_text(yaml);

  model_train(model, n);
  save(model, path);
}

static void
test_show(Fixture *fixture, gconstpointer data)
{
  (void)data;
  write_trained(fixture->a, "optimizer: sgd\nmomentum: 0.9\n", 2);

  g_assert_cmpint(run(fixture, NULL, fixture->a, NULL), ==, 0);
  assert_has(fixture->out,
             "a.safetensors: sgd 1.0.0, version 0 of its state; 5 tensors, "
             "9.0 kB");
  assert_has(fixture->out, "  step               2\n");
  assert_has(fixture->out, "  momentum                     0.9\n");
  assert_has(fixture->out, "dense/kernel/momentum   F32   [12, 7]");
  assert_has(fixture->out, "336 B");
}

static void
test_show_of_a_file_of_weights(Fixture *fixture, gconstpointer data)
{
  static const char header[] = "{\"w\":{\"dtype\":\"BF16\",\"shape\":[2],"
                               "\"data_offsets\":[0,4]}}";
  g_autoptr(GString) file = g_string_new(NULL);
  const uint64_t length = strlen(header);
  (void)data;
  g_string_append_len(file, (const char *)&length, sizeof length);
  g_string_append(file, header);
  g_string_append_len(file, "\0\0\0\0", 4);
  g_file_set_contents(fixture->a, file->str, (gssize)file->len, NULL);

  g_assert_cmpint(run(fixture, NULL, fixture->a, NULL), ==, 0);
  assert_has(fixture->out, "a.safetensors: a safetensors file, 1 tensor, 4 B\n");
  assert_has(fixture->out, "BF16");
  g_assert_cmpint(run(fixture, "verify", fixture->a, NULL), ==, 1);
  assert_has(fixture->err, "a safetensors file, but not a checkpoint of optreg");
}

static void
test_verify(Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;
  (void)data;
  write_trained(fixture->a, "optimizer: sgd\nmomentum: 0.9\n", 2);
  g_assert_cmpint(run(fixture, "verify", fixture->a, NULL), ==, 0);
  assert_has(fixture->out, "a.safetensors: sound, 5 tensors\n");

  g_assert_true(g_file_get_contents(fixture->a, &bytes, &size, NULL));
  bytes[size - 1] ^= 1;
  g_assert_true(g_file_set_contents(fixture->a, bytes, (gssize)size, NULL));
  g_assert_cmpint(run(fixture, "verify", fixture->a, NULL), ==, 1);
  assert_has(fixture->err, "damaged: the checksum of 'scale/momentum' is wrong");
}

static void
test_a_changed_header_does_not_verify(Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;
  (void)data;
  write_trained(fixture->a, "optimizer: sgd\n", 2);
  g_assert_true(g_file_get_contents(fixture->a, &bytes, &size, NULL));
  char *counter = g_strstr_len(bytes + 8, (gssize)size - 8, "counter:step\":\"2");
  counter[strlen("counter:step\":\"")] = '3';
  g_assert_true(g_file_set_contents(fixture->a, bytes, (gssize)size, NULL));

  g_assert_cmpint(run(fixture, "verify", fixture->a, NULL), ==, 1);
  assert_has(fixture->err, "damaged: the checksum of the header is wrong");
}

static void
test_diff_of_a_resumed_and_an_uninterrupted_run(Fixture *fixture, gconstpointer data)
{
  static const char yaml[] = "optimizer: adadelta\nuse_ema: true\n";
  const optreg_load_options options = { .with_parameters = true };
  g_autoptr(Model) straight = model_from_text(yaml);
  g_autoptr(Model) resumed = model_from_text(yaml);
  (void)data;
  model_train(straight, 3);
  g_autoptr(GBytes) bytes = save_all(straight);
  g_assert_true(load_all(resumed, bytes, &options, NULL));
  resumed->n_calls = 3;
  model_train(straight, 3);
  model_train(resumed, 3);
  save(straight, fixture->a);
  save(resumed, fixture->b);

  g_assert_cmpint(run(fixture, "diff", fixture->a, fixture->b), ==, 0);
  g_assert_cmpstr(fixture->out, ==, "identical\n");
}

static void
test_diff_shows_the_first_and_the_largest_difference(Fixture *fixture,
                                                     gconstpointer data)
{
  g_autoptr(Model) model = model_from_text("optimizer: test_adagrad\n");
  uint64_t n;
  (void)data;
  model_train(model, 1);
  save(model, fixture->a);
  float *sums =
      (float *)optreg_optimizer_state(model->optimizer, 0, "sum_of_squares", &n);
  sums[5] = 1.0f;
  sums[9] = 1.0f;
  save(model, fixture->a);
  sums[5] = nextafterf(nextafterf(1.0f, 2.0f), 2.0f);
  sums[9] = nextafterf(1.0f, 0.0f);
  save(model, fixture->b);

  g_assert_cmpint(run(fixture, "diff", fixture->a, fixture->b), ==, 1);
  assert_has(fixture->out,
             "dense/kernel/sum_of_squares    2/84  [5] 1, 1.00000024  [5] 1, "
             "1.00000024    2\n");
  assert_has(fixture->out, "different: 1 tensor, 0 counters, 0 options\n");
}

static void
test_diff_of_other_counters_options_and_tensors(Fixture *fixture, gconstpointer data)
{
  (void)data;
  write_trained(fixture->a, "optimizer: sgd\nmomentum: 0.9\n", 2);
  write_trained(fixture->b, "optimizer: sgd\nlearning_rate: 0.5\n", 3);

  g_assert_cmpint(run(fixture, "diff", fixture->a, fixture->b), ==, 1);
  assert_has(fixture->out, "counter step: 2 in A, 3 in B\n");
  assert_has(fixture->out, "option learning_rate: 0.01 in A, 0.5 in B\n");
  assert_has(fixture->out, "tensor dense/bias/momentum: in A only\n");
  assert_has(fixture->out, "different: 5 tensors, 2 counters, 2 options\n");
  g_assert_cmpint(run(fixture, "diff", fixture->b, fixture->a), ==, 1);
  assert_has(fixture->out, "tensor dense/bias/momentum: in B only\n");
}

static void
test_options_alone_leave_the_state_identical(Fixture *fixture, gconstpointer data)
{
  (void)data;
  write_trained(fixture->a, "optimizer: sgd\n", 2);
  write_trained(fixture->b, "optimizer: sgd\nname: other\n", 2);

  g_assert_cmpint(run(fixture, "diff", fixture->a, fixture->b), ==, 0);
  g_assert_cmpstr(fixture->out, ==,
                  "option name: sgd in A, other in B\n"
                  "identical state, 1 option different\n");
}

static void
test_usage(Fixture *fixture, gconstpointer data)
{
  (void)data;
  g_assert_cmpint(run(fixture, NULL, NULL, NULL), ==, 2);
  assert_has(fixture->err, "state needs FILE");
  g_assert_cmpint(run(fixture, "diff", "a", NULL), ==, 2);
  assert_has(fixture->err, "state diff needs A B");
  g_assert_cmpint(run(fixture, NULL, "/nowhere", NULL), ==, 2);
  assert_has(fixture->err, "/nowhere: cannot be opened: No such file or directory");
  g_assert_cmpint(run(fixture, "diff", "--help", NULL), ==, 0);
  assert_has(fixture->out, "usage: optreg state diff [OPTION...] A B");
}

#define ADD(path, test) \
  g_test_add("/state/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  ADD("show/checkpoint", test_show);
  ADD("show/weights", test_show_of_a_file_of_weights);
  ADD("verify/a-byte", test_verify);
  ADD("verify/the-header", test_a_changed_header_does_not_verify);
  ADD("diff/resumed-and-uninterrupted",
      test_diff_of_a_resumed_and_an_uninterrupted_run);
  ADD("diff/first-and-largest", test_diff_shows_the_first_and_the_largest_difference);
  ADD("diff/counters-options-tensors", test_diff_of_other_counters_options_and_tensors);
  ADD("diff/options-alone", test_options_alone_leave_the_state_identical);
  ADD("usage", test_usage);
  return g_test_run();
}
