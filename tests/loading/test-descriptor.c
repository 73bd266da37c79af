/* SPDX-License-Identifier: MIT */
/* Descriptors: each rule for a plugin's tables is broken once, in memory. */
#include "loading/descriptor.h"

#include "error.h"
#include "trees.h"

#include <math.h>
#include <string.h>

/* a class that is right, with tables that a test may spoil */
typedef struct Sample {
  optreg_optimizer_class class;
  optreg_hyperparameter hyperparameters[3];
  optreg_slot slots[2];
  optreg_variant variants[2];
  optreg_reduction reductions[2];
  optreg_kernel kernels[4];
} Sample;

static void
update(const void *self, const optreg_span *span)
{
  (void)self, (void)span;
}

static int32_t
update_tensor(const void *self, const optreg_span *span)
{
  (void)self, (void)span;
  return OPTREG_OK;
}

static void
reduce(const void *self, const optreg_span *span, uint32_t phase, double *const *lanes)
{
  (void)self, (void)span, (void)phase, (void)lanes;
}

static int32_t
serialize(const void *self, const optreg_stream *out)
{
  (void)self, (void)out;
  return OPTREG_OK;
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self, (void)step, (void)scalar;
  return OPTREG_OK;
}

static void
sample_init(Sample *sample)
{
  *sample = (Sample){
    .hyperparameters = {
      OPTREG_REAL_ROW("learning_rate", 0.1, 0.0, INFINITY, 0, "the step"),
      OPTREG_INTEGER_ROW("warmup", 3, 0, 100, 0, "calls without a step"),
      OPTREG_CHOICE_ROW("mode", 1, "sum|mean", NULL, 0, "how values are combined"),
    },
    .slots = {
      OPTREG_ELEMENT_SLOT("first", "warmup", 0, "the first"),
      OPTREG_ELEMENT_SLOT("second", NULL, 0, "the second"),
    },
    .variants = {
      { "vector", "for biases", OPTREG_ELEMENT, 0 },
      { "matrix", "for weights", OPTREG_TENSOR, 0 },
    },
    .reductions = {
      { "norm", "of the gradient", OPTREG_PER_TENSOR, OPTREG_SUM, 0, 0 },
      { "top", "of the gradient", OPTREG_PER_MODEL, OPTREG_MAX, 1, 0 },
    },
    .kernels = {
      { 0, OPTREG_F32, OPTREG_LEVEL_BASELINE, 0, update, NULL, reduce },
      { 0, OPTREG_F32, OPTREG_LEVEL_X86_64_V3, 0, update, NULL, reduce },
      { 1, OPTREG_F32, OPTREG_LEVEL_BASELINE, 0, NULL, update_tensor, reduce },
      { 1, OPTREG_F64, OPTREG_LEVEL_BASELINE, 0, NULL, update_tensor, reduce },
    },
  };
  sample->class = (optreg_optimizer_class){
    OPTREG_OPTIMIZER,
    .name = "sample",
    .version = "1.0.0",
    .license = "MIT",
    .doc = "a class for tests",
    .n_scalars = 64,
    .hyperparameters = OPTREG_TABLE(sample->hyperparameters),
    .slots = OPTREG_TABLE(sample->slots),
    .kernels = OPTREG_TABLE(sample->kernels),
    .variants = OPTREG_TABLE(sample->variants),
    .reductions = OPTREG_TABLE(sample->reductions),
    .begin_step = begin_step,
  };
}

static const char long_text[] =
    "a123456789012345678901234567890123456789012345678901234567890123456789";

/* CASE(a name, a statement that spoils the sample s, a part of the message) */
#define CASES                                                                          \
  CASE(class_name_null, s->class.name = NULL, "its optimizer's name is NULL")          \
  CASE(class_name_empty, s->class.name = "", "its optimizer's name is not valid")      \
  CASE(version_null, s->class.version = NULL, "version: is NULL: write a line")        \
  CASE(license_null, s->class.license = NULL, "license: is NULL")                      \
  CASE(doc_null, s->class.doc = NULL, "optimizer 'sample': doc: is NULL")              \
  CASE(doc_not_utf8, s->class.doc = "caf\xe9", "doc: is not UTF-8")                    \
  CASE(doc_two_lines, s->class.doc = "one\ntwo", "doc: holds a control character")     \
  CASE(reference_escape, s->class.reference = "\x1b[2J",                               \
       "reference: holds a control character")                                         \
  CASE(weight_decay_negative, s->class.weight_decay = -1, "weight_decay: its default") \
  CASE(weight_decay_nan, s->class.weight_decay = (double)NAN,                          \
       "weight_decay: its default")                                                    \
  CASE(scalars_too_many, s->class.n_scalars = 1025,                                    \
       "n_scalars: is 1025, at most 1024")                                             \
  CASE(scalars_without_begin_step, s->class.begin_step = NULL,                         \
       "n_scalars: is 64 but begin_step is NULL")                                      \
  CASE(serialize_alone, s->class.serialize = serialize,                                \
       "serialize is set and deserialize is NULL")                                     \
  CASE(size_huge, s->class.struct_size = 1u << 30, "struct_size 1073741824")           \
  CASE(size_zero, s->class.struct_size = 0, "struct_size 0, at least 208")             \
  CASE(rows_not_aligned, s->class.slots.rows = (const char *)s->class.slots.rows + 4,  \
       "slots: 2 rows at NULL or not aligned")                                         \
  CASE(stride_zero, s->class.kernels.stride = 0, "kernels: a stride of 0")             \
  CASE(stride_huge, s->class.variants.stride = 0xfffffff8u, "variants: a stride of")   \
  CASE(rows_too_many, s->class.kernels.count = 1025, "kernels: 1025 rows")             \
                                                                                       \
  CASE(hyperparameter_name, s->hyperparameters[1].name = "Warmup",                     \
       "hyperparameter row 1: its name must be a lower-case letter")                   \
  CASE(hyperparameter_name_long, s->hyperparameters[1].name = long_text,               \
       "hyperparameter row 1: its name must be a lower-case letter")                   \
  CASE(hyperparameter_twice, s->hyperparameters[2].name = "warmup",                    \
       "hyperparameter 'warmup': is there twice, rows 1 and 2")                        \
  CASE(hyperparameter_reserved, s->hyperparameters[1].name = "schedule",               \
       "hyperparameter 'schedule': is a key that belongs to optreg")                   \
  CASE(hyperparameter_doc, s->hyperparameters[1].doc = NULL,                           \
       "hyperparameter 'warmup': doc: is NULL")                                        \
  CASE(hyperparameter_needs_itself, s->hyperparameters[1].needs = "warmup",            \
       "hyperparameter 'warmup': needs itself in the end")                             \
  CASE(hyperparameter_needs_circle,                                                    \
       (s->hyperparameters[1].needs = "mode", s->hyperparameters[2].needs = "warmup"), \
       "hyperparameter 'warmup': needs itself in the end")                             \
  CASE(type_zero, s->hyperparameters[1].type = 0, "its type 0 is unknown")             \
  CASE(type_unknown, s->hyperparameters[1].type = 99, "its type 99 is unknown")        \
  CASE(learning_rate_integer, s->hyperparameters[0].type = OPTREG_INTEGER,             \
       "'learning_rate': must be of type OPTREG_REAL")                                 \
  CASE(default_infinite, s->hyperparameters[0].default_value = INFINITY,               \
       "its default inf is outside of [0, inf]")                                       \
  CASE(default_nan, s->hyperparameters[0].default_value = (double)NAN,                 \
       "its default or a limit is NaN")                                                \
  CASE(maximum_nan, s->hyperparameters[0].maximum = (double)NAN,                       \
       "its default or a limit is NaN")                                                \
  CASE(range_turned, s->hyperparameters[1].minimum = 200,                              \
       "its minimum is above its maximum")                                             \
  CASE(default_at_open_minimum,                                                        \
       (s->hyperparameters[0].default_value = 0,                                       \
        s->hyperparameters[0].flags = OPTREG_MINIMUM_OPEN),                            \
       "its default 0 is outside of (0, inf]")                                         \
  CASE(default_at_open_maximum,                                                        \
       (s->hyperparameters[0].maximum = 0.1,                                           \
        s->hyperparameters[0].flags = OPTREG_MAXIMUM_OPEN),                            \
       "its default 0.1 is outside of [0, 0.1)")                                       \
  CASE(integer_default, s->hyperparameters[1].default_value = 2.5,                     \
       "hyperparameter 'warmup': is an integer, but its default")                      \
  CASE(integer_maximum, s->hyperparameters[1].maximum = 99.5,                          \
       "hyperparameter 'warmup': is an integer, but its default or a limit")           \
  CASE(integer_huge, s->hyperparameters[1].maximum = 1e17, "beyond 2^53")              \
  CASE(boolean_default,                                                                \
       (s->hyperparameters[1].type = OPTREG_BOOLEAN,                                   \
        s->hyperparameters[1].default_value = 2),                                      \
       "is a boolean, so its default must be 0 or 1")                                  \
  CASE(choices_null, s->hyperparameters[2].choices = NULL,                             \
       "hyperparameter 'mode': choices: is NULL")                                      \
  CASE(choices_empty, s->hyperparameters[2].choices = "", "its choices are empty")     \
  CASE(choices_twice, s->hyperparameters[2].choices = "sum|sum",                       \
       "its choices 'sum|sum' must be different words")                                \
  CASE(choices_space, s->hyperparameters[2].choices = "sum| mean",                     \
       "its choices 'sum| mean' must be different words")                              \
  CASE(choices_of_integer, s->hyperparameters[1].choices = "1|2",                      \
       "has choices but is not of type OPTREG_CHOICE")                                 \
  CASE(choice_default, s->hyperparameters[2].default_value = 2,                        \
       "its default must be the index of one of 'sum|mean'")                           \
  CASE(choice_default_nan, s->hyperparameters[2].default_value = (double)NAN,          \
       "its default must be the index of one of")                                      \
  CASE(choice_scheduled, s->hyperparameters[2].flags = OPTREG_SCHEDULABLE,             \
       "hyperparameter 'mode': is OPTREG_SCHEDULABLE, but not of type OPTREG_REAL")    \
  CASE(integer_scheduled, s->hyperparameters[1].flags = OPTREG_SCHEDULABLE,            \
       "hyperparameter 'warmup': is OPTREG_SCHEDULABLE, but not of type OPTREG_REAL")  \
  CASE(choice_open, s->hyperparameters[2].flags = OPTREG_MINIMUM_OPEN,                 \
       "hyperparameter 'mode': has no range")                                          \
  CASE(boolean_open,                                                                   \
       (s->hyperparameters[1].type = OPTREG_BOOLEAN,                                   \
        s->hyperparameters[1].default_value = 1,                                       \
        s->hyperparameters[1].flags = OPTREG_MAXIMUM_OPEN),                            \
       "hyperparameter 'warmup': has no range")                                        \
  CASE(choice_default_fraction, s->hyperparameters[2].default_value = 0.5,             \
       "its default must be the index of one of")                                      \
                                                                                       \
  CASE(slot_name, s->slots[0].name = "a-b", "slot row 0: its name must be")            \
  CASE(slot_name_of_core, s->slots[0].name = "ema",                                    \
       "slot 'ema': is the name of a tensor of optreg's own")                          \
  CASE(slot_doc, s->slots[0].doc = NULL, "slot 'first': doc: is NULL")                 \
  CASE(slot_needs, s->slots[0].needs = "momentum",                                     \
       "slot 'first': needs: names 'momentum', which is no hyperparameter")            \
  CASE(slot_scope_zero, s->slots[0].scope = 0, "slot 'first': its scope 0 is unknown") \
  CASE(slot_scope, s->slots[0].scope = 5, "slot 'first': its scope 5 is unknown")      \
  CASE(slot_init, s->slots[0].init = 4, "slot 'first': its init 4 is unknown")         \
  CASE(slot_constant,                                                                  \
       (s->slots[0].init = OPTREG_INIT_CONSTANT, s->slots[0].init_value = INFINITY),   \
       "slot 'first': its init_value must be finite")                                  \
  CASE(slot_constant_sign,                                                             \
       (s->slots[0].init = OPTREG_INIT_CONSTANT, s->slots[0].init_value = -1,          \
        s->slots[0].flags = OPTREG_NON_NEGATIVE),                                      \
       "not negative with OPTREG_NON_NEGATIVE")                                        \
  CASE(slot_source_null, s->slots[0].init = OPTREG_INIT_HYPERPARAMETER,                \
       "slot 'first': init_from: is NULL")                                             \
  CASE(                                                                                \
      slot_source,                                                                     \
      (s->slots[0].init = OPTREG_INIT_HYPERPARAMETER, s->slots[0].init_from = "beta"), \
      "slot 'first': init_from: names 'beta'")                                         \
  CASE(slot_copy_of_tensor,                                                            \
       (s->slots[0].init = OPTREG_INIT_PARAMETER,                                      \
        s->slots[0].scope = OPTREG_PER_TENSOR),                                        \
       "OPTREG_INIT_PARAMETER is for slots of scope OPTREG_PER_ELEMENT")               \
  CASE(slot_copy_sign,                                                                 \
       (s->slots[0].init = OPTREG_INIT_PARAMETER,                                      \
        s->slots[0].flags = OPTREG_NON_NEGATIVE),                                      \
       "without OPTREG_NON_NEGATIVE")                                                  \
  CASE(slot_growth_twice,                                                              \
       s->slots[0].flags = OPTREG_SUMS_SQUARES | OPTREG_SUMS_GRADIENTS,                \
       "slot 'first': its growth is one of OPTREG_AVERAGES_GRADIENTS")                 \
  CASE(slot_growth_scope,                                                              \
       (s->slots[0].scope = OPTREG_PER_TENSOR,                                         \
        s->slots[0].flags = OPTREG_SUMS_SQUARES),                                      \
       "with scope OPTREG_PER_ELEMENT")                                                \
  CASE(slot_growth_of_scratch,                                                         \
       s->slots[0].flags = OPTREG_SUMS_SQUARES | OPTREG_TRANSIENT,                     \
       "slot 'first': is OPTREG_TRANSIENT, so it has nothing to grow from")            \
                                                                                       \
  CASE(reduction_scope, s->reductions[0].scope = OPTREG_PER_ELEMENT,                   \
       "reduction 'norm': its scope must be")                                          \
  CASE(reduction_op, s->reductions[0].op = 2, "reduction 'norm': its op must be")      \
  CASE(reduction_doc, s->reductions[0].doc = NULL, "reduction 'norm': doc: is NULL")   \
  CASE(reduction_twice, s->reductions[1].name = "norm",                                \
       "reduction 'norm': is there twice")                                             \
  CASE(reduction_gap, s->reductions[1].phase = 2,                                      \
       "reduction 'top': is in phase 2, but there is no phase 1")                      \
  CASE(reduction_start, (s->reductions[0].phase = 1, s->reductions[1].phase = 1),      \
       "reduction 'norm': is in phase 1, but there is no phase 0")                     \
                                                                                       \
  CASE(variant_name, s->variants[0].name = NULL, "variant row 0: its name is NULL")    \
  CASE(variant_granularity, s->variants[1].granularity = 3,                            \
       "variant 'matrix': its granularity 3 is unknown")                               \
  CASE(variant_without_kernel, s->class.kernels.count = 2,                             \
       "variant 'matrix': has no f32 kernel of level OPTREG_LEVEL_BASELINE")           \
  CASE(granularity_zero, (s->class.variants.count = 0, s->class.kernels.count = 2),    \
       "variant '': its granularity 0 is unknown")                                     \
                                                                                       \
  CASE(kernel_variant, s->kernels[1].variant = 2,                                      \
       "kernel row 1: is for variant 2, but there are 2")                              \
  CASE(kernel_dtype, s->kernels[3].dtype = OPTREG_BF16,                                \
       "kernel row 3: its dtype must be OPTREG_F32 or OPTREG_F64")                     \
  CASE(kernel_twice, s->kernels[3].dtype = OPTREG_F32,                                 \
       "kernel rows 2 and 3: are for the same variant, dtype and level")               \
  CASE(kernel_update_step, s->kernels[1].update_step = NULL,                           \
       "kernel row 1: update_step is NULL")                                            \
  CASE(kernel_update_tensor, s->kernels[2].update_tensor = NULL,                       \
       "kernel row 2: update_tensor is NULL")                                          \
  CASE(kernel_reduce, s->kernels[1].reduce = NULL, "kernel row 1: reduce is NULL")     \
  CASE(kernel_reduce_undeclared, s->class.reductions.count = 0,                        \
       "kernel row 0: reduce is set: declare the reductions")                          \
  CASE(kernel_no_baseline, s->kernels[0].level = OPTREG_LEVEL_X86_64_V4,               \
       "variant 'vector': has no f32 kernel of level OPTREG_LEVEL_BASELINE")           \
  CASE(kernel_no_f64_baseline, s->kernels[3].level = OPTREG_LEVEL_X86_64_V4,           \
       "variant 'matrix': has no f64 kernel of level OPTREG_LEVEL_BASELINE")           \
                                                                                       \
  CASE(class_flags, s->class.flags = 0x80000000u,                                      \
       "flags: has the bits 0x80000000, which ABI 1.0")                                \
  CASE(class_flags_of_place,                                                           \
       s->class.flags = OPTREG_IGNORES_PLACE | OPTREG_DEPENDS_ON_PLACE,                \
       "flags: has both OPTREG_IGNORES_PLACE and OPTREG_DEPENDS_ON_PLACE")             \
  CASE(hyperparameter_flags, s->hyperparameters[2].flags = 0x31,                       \
       "hyperparameter row 2: flags: has the bits 0x30, which ABI 1.0")                \
  CASE(slot_flags, s->slots[1].flags = 0xffffff80u,                                    \
       "slot row 1: flags: has the bits 0xffffff80")                                   \
  CASE(slot_reserved, s->slots[1].reserved = 1, "slot row 1: reserved: is 0x1")        \
  CASE(variant_flags, s->variants[1].flags = 2, "variant row 1: flags: is 0x2")        \
  CASE(reduction_reserved, s->reductions[1].reserved = 3,                              \
       "reduction row 1: reserved: is 0x3")                                            \
  CASE(kernel_flags, s->kernels[3].flags = 4, "kernel row 3: flags: is 0x4")           \
  CASE(kernel_level, s->kernels[1].level = 1, "kernel row 1: its level 1 is unknown")  \
  CASE(size_of_newer_minor, s->class.struct_size += 8,                                 \
       "struct_size 216, but 208 in the ABI 1.0 that it was built with")               \
  CASE(stride_of_newer_minor, s->class.reductions.stride += 8,                         \
       "reductions: a stride of 40, but 32 in the ABI 1.0")

#define CASE(name, spoil, message)    \
  static void spoil_##name(Sample *s) \
  {                                   \
    (void)(spoil);                    \
  }
CASES
#undef CASE

static const struct Rule {
  const char *name;
  void (*spoil)(Sample *sample);
  const char *message;
} rules[] = {
#define CASE(name, spoil, message) { #name, spoil_##name, message },
  CASES
#undef CASE
};

static void
test_rule(const void *data)
{
  const struct Rule *rule = data;
  g_autoptr(GError) error = NULL;
  Sample sample;

  sample_init(&sample);
  rule->spoil(&sample);
  g_assert_null(optreg_descriptor_new(&sample.class, OPTREG_ABI_MINOR, NULL, &error));
  g_assert_nonnull(error);
  if (strstr(error->message, rule->message) == NULL) {
    g_error("'%s' should be part of '%s'", rule->message, error->message);
  }
}

static OptregDescriptor *
describe(const Sample *sample)
{
  g_autoptr(GError) error = NULL;
  OptregDescriptor *descriptor =
      optreg_descriptor_new(&sample->class, OPTREG_ABI_MINOR, "/a/b.so", &error);

  g_assert_no_error(error);
  return descriptor;
}

static void
test_copy(void)
{
  Sample sample;

  sample_init(&sample);
  g_autoptr(OptregDescriptor) descriptor = describe(&sample);
  memset(sample.kernels, 0xff, sizeof(sample.kernels));
  memset(sample.hyperparameters, 0xff, sizeof(sample.hyperparameters));
  memset(&sample.class, 0xff, sizeof(sample.class));

  g_assert_cmpstr(descriptor->class.name, ==, "sample");
  g_assert_cmpstr(descriptor->path, ==, "/a/b.so");
  g_assert_cmpuint(descriptor->n_hyperparameters, ==, 3);
  g_assert_cmpuint(descriptor->n_slots, ==, 2);
  g_assert_cmpuint(descriptor->n_kernels, ==, 4);
  g_assert_cmpuint(descriptor->n_variants, ==, 2);
  g_assert_cmpuint(descriptor->n_reductions, ==, 2);
  g_assert_cmpuint(descriptor->n_phases, ==, 2);
  g_assert_cmpint(descriptor->class.granularity, ==, OPTREG_ELEMENT);
  g_assert_true(descriptor->kernels[2].update_tensor == update_tensor);
  g_assert_cmpint(optreg_descriptor_find(descriptor, "mode"), ==, 2);
  g_assert_cmpint(optreg_descriptor_find(descriptor, "rho"), ==, -1);
  g_assert_cmpfloat(descriptor->hyperparameters[2].maximum, ==, 1.0);
}

static void
test_no_tables(void)
{
  Sample sample;

  sample_init(&sample);
  sample.class.granularity = OPTREG_ELEMENT;
  sample.class.hyperparameters = sample.class.slots = sample.class.variants =
      sample.class.reductions = (optreg_table)OPTREG_NO_TABLE;
  sample.class.kernels.count = 1;
  sample.kernels[0].reduce = NULL;
  g_autoptr(OptregDescriptor) descriptor = describe(&sample);

  g_assert_cmpuint(descriptor->n_hyperparameters, ==, 0);
  g_assert_cmpuint(descriptor->n_phases, ==, 0);
  g_assert_cmpuint(descriptor->n_variants, ==, 1);
  g_assert_cmpstr(descriptor->variants[0].name, ==, "");
  g_assert_cmpint(descriptor->variants[0].granularity, ==, OPTREG_ELEMENT);
}

/* levels and flags of a later minor: nobody behind the loader sees them */
static void
test_unknown_of_a_newer_minor_is_left_out(void)
{
  g_autoptr(GError) error = NULL;
  Sample sample;

  sample_init(&sample);
  sample.kernels[1].level = 77;
  sample.class.flags = OPTREG_SQUARES_GRADIENT | 0xffffff00u;
  sample.slots[0].flags = OPTREG_NON_NEGATIVE | 0xffffff00u;
  sample.hyperparameters[0].flags = OPTREG_SCHEDULABLE | 0xffffff00u;
  sample.kernels[0].flags = sample.variants[0].flags = 0xffffff00u;
  sample.slots[0].reserved = sample.reductions[0].reserved = 7;
  g_autoptr(OptregDescriptor) descriptor =
      optreg_descriptor_new(&sample.class, OPTREG_ABI_MINOR + 1, NULL, &error);

  g_assert_no_error(error);
  g_assert_cmpuint(descriptor->n_kernels, ==, 3);
  g_assert_cmpuint(descriptor->kernels[1].variant, ==, 1);
  g_assert_cmpuint(descriptor->class.flags, ==, OPTREG_SQUARES_GRADIENT);
  g_assert_cmpuint(descriptor->slots[0].flags, ==, OPTREG_NON_NEGATIVE);
  g_assert_cmpuint(descriptor->hyperparameters[0].flags, ==, OPTREG_SCHEDULABLE);
  g_assert_cmpuint(descriptor->kernels[0].flags, ==, 0);
  g_assert_cmpuint(descriptor->variants[0].flags, ==, 0);
  g_assert_cmpuint(descriptor->slots[0].reserved, ==, 0);
  g_assert_cmpuint(descriptor->reductions[0].reserved, ==, 0);
}

static void
test_null(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(optreg_descriptor_new(NULL, OPTREG_ABI_MINOR, NULL, &error));
  g_assert_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN);
  optreg_descriptor_free(NULL);
}

/* text that ends exactly at the limit, and one byte later */
static void
test_length_of_text(void)
{
  g_autofree char *longest = g_strnfill(1024, 'a');
  g_autofree char *too_long = g_strnfill(1025, 'a');
  g_autoptr(GError) error = NULL;
  Sample sample;

  sample_init(&sample);
  sample.class.doc = longest;
  g_autoptr(OptregDescriptor) descriptor = describe(&sample);
  g_assert_cmpstr(descriptor->class.doc, ==, longest);
  sample.slots[1].doc = too_long;
  g_assert_null(optreg_descriptor_new(&sample.class, OPTREG_ABI_MINOR, NULL, &error));
  g_assert_cmpstr(error->message, ==,
                  "optimizer 'sample': slot 'second': doc: is longer than 1024 bytes: "
                  "shorten it");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
    g_autofree char *path = g_strconcat("/descriptor/refuse/", rules[i].name, NULL);
    g_test_add_data_func(g_strdelimit(path, "_", '-'), &rules[i], test_rule);
  }
  g_test_add_func("/descriptor/copies-what-it-keeps", test_copy);
  g_test_add_func("/descriptor/no-tables", test_no_tables);
  g_test_add_func("/descriptor/newer-minor/unknown-is-left-out",
                  test_unknown_of_a_newer_minor_is_left_out);
  g_test_add_func("/descriptor/null", test_null);
  g_test_add_func("/descriptor/length-of-text", test_length_of_text);
  return g_test_run();
}
