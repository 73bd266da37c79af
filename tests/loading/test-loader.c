/* SPDX-License-Identifier: MIT */
/* Loading: every wrong plugin is refused for its own reason, unusual ones are accepted.
 */
#include "folders.h"

#include <fenv.h>
#include <float.h>
#include <string.h>

typedef struct Refusal {
  const char *fixture;
  optreg_error_code code;
  const char *reason, *remedy;
} Refusal;

static const Refusal refusals[] = {
  { "no_entry", OPTREG_ERROR_ABI, "exports no symbol 'optreg_plugin_abi1'",
    "OPTREG_PLUGIN(...)" },
  { "entry_is_function", OPTREG_ERROR_ABI, "is not a data object",
    "OPTREG_PLUGIN(...)" },
  { "short_entry", OPTREG_ERROR_ABI, "optreg_plugin_abi1 is too small",
    "OPTREG_PLUGIN(...)" },
  { "wrong_magic", OPTREG_ERROR_ABI, "its magic bytes are wrong",
    "OPTREG_PLUGIN(...)" },
  { "wrong_abi", OPTREG_ERROR_ABI, "speaks ABI 999, this library speaks 1",
    "rebuild it" },
  { "needs_minor", OPTREG_ERROR_ABI, "needs host ABI 1.7, this host is 1.0",
    "update optreg" },
  { "wrong_layout", OPTREG_ERROR_ABI, "lays out its tables as", "rebuild it" },
  { "wrong_flavor", OPTREG_ERROR_ABI, "is made for 'private', this library is 'optreg'",
    "rebuild it" },
  { "null_flavor", OPTREG_ERROR_ABI, "is made for ''", "rebuild it" },
  { "short_plugin", OPTREG_ERROR_ABI, "its plugin struct is damaged",
    "OPTREG_PLUGIN(...)" },
  { "long_plugin", OPTREG_ERROR_ABI, "its plugin struct is damaged",
    "OPTREG_PLUGIN(...)" },
  { "no_optimizer", OPTREG_ERROR_PLUGIN, "holds no optimizer", "OPTREG_PLUGIN(...)" },
  { "null_optimizer", OPTREG_ERROR_PLUGIN, "names an optimizer that is NULL",
    "OPTREG_PLUGIN(...)" },
  { "two_optimizers", OPTREG_ERROR_PLUGIN, "holds 2 optimizers",
    "each into a file of its own" },
  { "wrong_name", OPTREG_ERROR_PLUGIN, "holds the optimizer 'another'",
    "rename the file to another.so" },
  { "invalid_name", OPTREG_ERROR_PLUGIN, "its optimizer's name is not valid",
    "a lower-case letter" },
  { "short_struct", OPTREG_ERROR_ABI, "struct_size 200, at least 208",
    "OPTREG_OPTIMIZER" },
  { "short_stride", OPTREG_ERROR_PLUGIN, "hyperparameters: a stride of 56",
    "OPTREG_TABLE" },
  { "odd_stride", OPTREG_ERROR_PLUGIN, "hyperparameters: a stride of 68",
    "OPTREG_TABLE" },
  { "too_many_rows", OPTREG_ERROR_PLUGIN, "hyperparameters: 1025 rows",
    "at most 1024 are permitted" },
  { "null_rows", OPTREG_ERROR_PLUGIN, "slots: 1 rows at NULL", "OPTREG_TABLE" },
  { "null_name", OPTREG_ERROR_PLUGIN, "slot row 0: its name is NULL", "give it one" },
  { "reserved_hyperparameter", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'clipnorm': is a key that belongs to optreg", "rename it" },
  { "bad_default", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'rho': its default 1.5 is outside of [0, 1]",
    "change one of them" },
  { "nan_range", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'rho': its default or a limit is NaN", "INFINITY" },
  { "bad_choices", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'mode': its choices 'sum||mean'", "different words" },
  { "unknown_needs", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'nesterov': needs: names 'momentum', which is no hyperparameter",
    "name one" },
  { "duplicate_slot", OPTREG_ERROR_PLUGIN,
    "slot 'velocity': is there twice, rows 0 and 1", "rename one" },
  { "no_kernel", OPTREG_ERROR_PLUGIN,
    "has no f32 kernel of level OPTREG_LEVEL_BASELINE", "add one" },
  { "null_update_step", OPTREG_ERROR_PLUGIN, "kernel row 0: update_step is NULL",
    "its granularity needs it" },
  { "missing_reduce", OPTREG_ERROR_PLUGIN, "reduce is NULL",
    "the declared reductions need it" },
  { "contradictory_flags", OPTREG_ERROR_PLUGIN,
    "flags: has both OPTREG_IGNORES_PLACE and OPTREG_DEPENDS_ON_PLACE", "remove one" },
  { "two_growths", OPTREG_ERROR_PLUGIN, "slot 'velocity': its growth is one of",
    "with scope OPTREG_PER_ELEMENT" },
  { "transient_growth", OPTREG_ERROR_PLUGIN,
    "slot 'velocity': is OPTREG_TRANSIENT, so it has nothing to grow from",
    "remove its growth" },
  { "scheduled_choice", OPTREG_ERROR_PLUGIN,
    "hyperparameter 'mode': is OPTREG_SCHEDULABLE, but not of type OPTREG_REAL",
    "remove the flag" },
  { "open_choice", OPTREG_ERROR_PLUGIN, "hyperparameter 'mode': has no range",
    "remove them" },
  { "unknown_class_flag", OPTREG_ERROR_PLUGIN,
    "flags: has the bits 0x80000000, which ABI 1.0 does not define", "remove them" },
  { "unknown_hyperparameter_flag", OPTREG_ERROR_PLUGIN,
    "hyperparameter row 0: flags: has the bits 0x80000000", "remove them" },
  { "unknown_slot_flag", OPTREG_ERROR_PLUGIN,
    "slot row 0: flags: has the bits 0x80000000", "remove them" },
  { "unknown_variant_flag", OPTREG_ERROR_PLUGIN, "variant row 0: flags: is 0x1",
    "set it to 0" },
  { "unknown_kernel_flag", OPTREG_ERROR_PLUGIN, "kernel row 0: flags: is 0x1",
    "set it to 0" },
  { "unknown_level", OPTREG_ERROR_PLUGIN, "its level 77 is unknown",
    "use one of OPTREG_LEVEL_*" },
  { "reserved_in_slot", OPTREG_ERROR_PLUGIN, "slot row 0: reserved: is 0xdeadbeef",
    "set it to 0" },
  { "reserved_in_reduction", OPTREG_ERROR_PLUGIN,
    "reduction row 0: reserved: is 0xdeadbeef", "set it to 0" },
  { "oversized_struct", OPTREG_ERROR_ABI,
    "struct_size 65536, but 208 in the ABI 1.0 that it was built with",
    "OPTREG_OPTIMIZER" },
  { "oversized_rows", OPTREG_ERROR_PLUGIN,
    "slots: a stride of 64, but 56 in the ABI 1.0 that it was built with",
    "OPTREG_TABLE" },
  { "oversized_plugin", OPTREG_ERROR_ABI,
    "struct_size 64, but 56 in the ABI 1.0 that it was built with",
    "OPTREG_PLUGIN(...)" },
  { "undefined_symbol", OPTREG_ERROR_ABI,
    "undefined symbol: fixture_function_that_nobody", "-Wl,-z,defs" },
  { "changes_rounding", OPTREG_ERROR_ABI, "changes the floating-point environment",
    "without -ffast-math" },
#if FAST_MATH_CHANGES_ENVIRONMENT
  { "fast_math", OPTREG_ERROR_ABI, "changes the floating-point environment",
    "without -ffast-math" },
#endif
};

static optreg_registry *
open_registry(const char *directory)
{
  const char *const directories[] = { directory, NULL };
  optreg_error *error = NULL;
  optreg_registry *registry = optreg_registry_new(directories, &error);

  assert_no_error(error);
  return registry;
}

static void
assert_refused(const char *directory, const char *name, const Refusal *refusal)
{
  g_autoptr(optreg_registry) registry = open_registry(directory);
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *start = g_strdup_printf("plugin '%s/%s.so': ", directory, name);

  g_assert_null(optreg_registry_info(registry, name, &error));
  g_assert_nonnull(error);
  assert_contains(error->message, refusal->reason);
  assert_contains(error->message, refusal->remedy);
  g_assert_cmpint(error->code, ==, refusal->code);
  g_assert_true(g_str_has_prefix(error->message, start));
}

/* twice, because the second time the library is in the process already */
static void
test_refuse(const void *data)
{
  const Refusal *refusal = data;
  g_autofree char *directory = built_path("fixtures");

  assert_refused(directory, refusal->fixture, refusal);
  assert_refused(directory, refusal->fixture, refusal);
}

static void
test_accept(const void *data)
{
  const char *name = data;
  g_autofree char *directory = built_path("fixtures");
  g_autoptr(optreg_registry) registry = open_registry(directory);
  optreg_error *error = NULL;
  const optreg_optimizer_info *info = optreg_registry_info(registry, name, &error);

  assert_no_error(error);
  g_assert_cmpstr(info->name, ==, name);
}

static void
test_grown_rows_are_read_by_stride(void)
{
  g_autofree char *directory = built_path("fixtures");
  g_autoptr(optreg_registry) registry = open_registry(directory);
  const optreg_optimizer_info *info =
      optreg_registry_info(registry, "grown_rows", NULL);

  g_assert_nonnull(info);
  g_assert_cmpuint(info->n_hyperparameters, ==, 2);
  g_assert_cmpstr(info->hyperparameters[1].name, ==, "rho");
  g_assert_cmpstr(info->hyperparameters[1].default_value, ==, "0.9");
  g_assert_cmpuint(info->n_slots, ==, 2);
  g_assert_cmpstr(info->slots[1].name, ==, "second");
}

static void
test_environment_is_restored(void)
{
  static const char *const names[] = { "changes_rounding", "fast_math" };
  g_autoptr(Folder) folder = make_folder();
  volatile double tiny = DBL_MIN;

  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    add_fixture(names[i], folder, names[i]);
    g_autoptr(optreg_registry) registry = open_registry(folder);
    optreg_registry_info(registry, names[i], NULL);
    g_assert_cmpint(fegetround(), ==, FE_TONEAREST);
    g_assert_cmpfloat(tiny / 2, >, 0.0);
  }
}

/* a host that is itself built with -ffast-math must not be refused its plugins */
static void
test_mode_of_caller_is_kept(void)
{
  g_autoptr(Folder) folder = make_folder();
  add_fixture("good", folder, "good");
  g_autoptr(optreg_registry) registry = open_registry(folder);

  fesetround(FE_DOWNWARD);
  const optreg_optimizer_info *info = optreg_registry_info(registry, "good", NULL);
  const int mode = fegetround();
  fesetround(FE_TONEAREST);

  g_assert_nonnull(info);
  g_assert_cmpint(mode, ==, FE_DOWNWARD);
}

static void
test_refuse_text(void)
{
  static const Refusal refusal = { NULL, OPTREG_ERROR_ABI, "is not a shared library",
                                   "build it with -shared" };
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = g_build_filename(folder, "text.so", NULL);

  write_bytes(path, "optimizer: sgd\n", 15);
  assert_refused(folder, "text", &refusal);
}

static void
test_refuse_empty(void)
{
  static const Refusal refusal = { NULL, OPTREG_ERROR_ABI, "is not a shared library",
                                   "build it with -shared" };
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = g_build_filename(folder, "empty.so", NULL);

  write_bytes(path, "", 0);
  assert_refused(folder, "empty", &refusal);
}

/* at many lengths: the linker would end the process with a bus error for some of them
 */
static void
test_refuse_truncated(void)
{
  static const Refusal refusal = { NULL, OPTREG_ERROR_ABI, "is cut off",
                                   "copy it again" };
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *source = fixture_path("good");
  g_autofree char *path = g_build_filename(folder, "good.so", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;

  g_assert_true(g_file_get_contents(source, &bytes, &length, NULL));
  for (gsize n = 64; n < 4096; n += 512) {
    write_bytes(path, bytes, n);
    assert_refused(folder, "good", &refusal);
  }
}

static void
test_refuse_renamed_library(void)
{
  static const Refusal refusal = { NULL, OPTREG_ERROR_ABI, "exports no symbol",
                                   "OPTREG_PLUGIN" };
  g_autoptr(Folder) folder = make_folder();
  add_fixture("no_entry", folder, "renamed");

  assert_refused(folder, "renamed", &refusal);
}

/* a failure is not remembered: the file may be mended while the process runs */
static void
test_retry_after_failure(void)
{
  g_autoptr(Folder) folder = make_folder();
  g_autofree char *path = g_build_filename(folder, "good.so", NULL);
  g_autoptr(optreg_registry) registry = open_registry(folder);
  optreg_error *error = NULL;

  write_bytes(path, "half", 4);
  g_assert_null(optreg_registry_info(registry, "good", NULL));
  add_fixture("good", folder, "good");
  g_assert_nonnull(optreg_registry_info(registry, "good", &error));
  assert_no_error(error);
}

static char *
test_path(const char *group, const char *fixture)
{
  char *path = g_strdup_printf("/loader/%s/%s", group, fixture);
  return g_strdelimit(path, "_", '-');
}

int
main(int argc, char **argv)
{
  static const char *const accepted[] = {
    "good",
    "long_struct",
    "grown_rows",
    "of_tomorrow",
#if HAS_CPLUSPLUS
    "cplusplus",
#endif
#if !FAST_MATH_CHANGES_ENVIRONMENT
    "fast_math",
#endif
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path = test_path("refuse", refusals[i].fixture);
    g_test_add_data_func(path, &refusals[i], test_refuse);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(accepted); i++) {
    g_autofree char *path = test_path("accept", accepted[i]);
    g_test_add_data_func(path, accepted[i], test_accept);
  }
  g_test_add_func("/loader/refuse/text", test_refuse_text);
  g_test_add_func("/loader/refuse/empty-file", test_refuse_empty);
  g_test_add_func("/loader/refuse/truncated", test_refuse_truncated);
  g_test_add_func("/loader/refuse/renamed-library", test_refuse_renamed_library);
  g_test_add_func("/loader/rows/are-read-by-stride",
                  test_grown_rows_are_read_by_stride);
  g_test_add_func("/loader/floating-point/is-restored", test_environment_is_restored);
  g_test_add_func("/loader/floating-point/mode-of-caller-is-kept",
                  test_mode_of_caller_is_kept);
  g_test_add_func("/loader/failure-is-not-remembered", test_retry_after_failure);
  return g_test_run();
}
