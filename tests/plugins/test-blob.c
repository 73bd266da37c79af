/* SPDX-License-Identifier: MIT */
/* A plugin that is linked statically: its instance, its blob, and the same bits. */
#include "trees.h"

#include <optreg/plugin.h>
#include <string.h>

extern const optreg_plugin test_blob_plugin;

/* ---- a host of our own, to call the plugin's functions ---- */

typedef struct Context {
  int n_allocations;
  char message[64];
} Context;

static int32_t
keep_message(void *context, int32_t code, const char *message)
{
  g_strlcpy(((Context *)context)->message, message,
            sizeof((Context *)context)->message);
  return code;
}

static void *
count_alloc(void *context, size_t size, size_t alignment)
{
  g_assert_cmpuint(alignment, <=, 16);
  ((Context *)context)->n_allocations++;
  return g_malloc(size);
}

static void *
refuse_alloc(void *context, size_t size, size_t alignment)
{
  (void)context, (void)size, (void)alignment;
  return NULL;
}

static void
count_free(void *context, void *memory)
{
  ((Context *)context)->n_allocations--;
  g_free(memory);
}

static optreg_host
make_host(Context *context)
{
  return (optreg_host){ .struct_size = sizeof(optreg_host),
                        .abi_major = OPTREG_ABI_MAJOR,
                        .abi_minor = OPTREG_ABI_MINOR,
                        .context = context,
                        .fail = keep_message,
                        .alloc = count_alloc,
                        .free = count_free };
}

static int32_t
write_bytes(void *context, void *data, size_t size)
{
  g_byte_array_append(context, data, (guint)size);
  return OPTREG_OK;
}

/* takes from the front; too little is an error */
static int32_t
read_bytes(void *context, void *data, size_t size)
{
  GByteArray *bytes = context;
  if (bytes->len < size) {
    return OPTREG_BAD_STATE;
  }
  memcpy(data, bytes->data, size);
  g_byte_array_remove_range(bytes, 0, (guint)size);
  return OPTREG_OK;
}

static const optreg_optimizer_class *
blob_class(void)
{
  return test_blob_plugin.optimizers[0];
}

static void *
build_instance(const optreg_host *host, double first_gain)
{
  const double hyperparameter[] = { 0.01, first_gain };
  void *instance = NULL;
  g_assert_cmpint(blob_class()->build(host, hyperparameter, &instance), ==, OPTREG_OK);
  return instance;
}

static float
step_of(const void *instance, uint64_t offset)
{
  const double hyperparameter[] = { 1.0, 0.0 };
  const optreg_kernel *kernel = blob_class()->kernels.rows;
  float p = 0.0f, g = -1.0f;
  const optreg_span span = { .struct_size = sizeof span,
                             .n = 1,
                             .param = &p,
                             .grad = &g,
                             .hyperparameter = hyperparameter,
                             .offset = offset,
                             .dtype = OPTREG_F32 };
  kernel[blob_class()->kernels.count - 1].update_step(instance, &span);
  return p;
}

static void
test_a_blob_carries_the_instance(void)
{
  Context context = { 0 };
  const optreg_host host = make_host(&context);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  void *saved = build_instance(&host, 3.0), *loaded = build_instance(&host, 1.0);

  g_assert_cmpint(
      blob_class()->serialize(saved, &(optreg_stream){ bytes, write_bytes }), ==,
      OPTREG_OK);
  g_assert_cmpfloat(step_of(loaded, 0), ==, 1.0f);
  g_assert_cmpint(
      blob_class()->deserialize(loaded, 1, &(optreg_stream){ bytes, read_bytes }), ==,
      OPTREG_OK);
  g_assert_cmpfloat(step_of(loaded, 0), ==, 3.0f);
  g_assert_cmpfloat(step_of(loaded, 5), ==, 1.5f);

  blob_class()->release(saved);
  blob_class()->release(loaded);
  g_assert_cmpint(context.n_allocations, ==, 0);
}

static void
test_a_blob_of_an_older_version_is_converted(void)
{
  Context context = { 0 };
  const optreg_host host = make_host(&context);
  const double first_gain = 3.0;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  void *instance = build_instance(&host, 1.0);

  g_byte_array_append(bytes, (const guint8 *)&first_gain, sizeof first_gain);
  g_assert_cmpint(
      blob_class()->deserialize(instance, 0, &(optreg_stream){ bytes, read_bytes }), ==,
      OPTREG_OK);
  g_assert_cmpfloat(step_of(instance, 1), ==, 1.5f);
  blob_class()->release(instance);
}

static void
test_a_bad_blob_leaves_the_instance(void)
{
  Context context = { 0 };
  const optreg_host host = make_host(&context);
  const double nans[] = { 1.0, G_MAXDOUBLE * 2.0, 1.0, 1.0 };
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  const optreg_stream in = { bytes, read_bytes };
  void *instance = build_instance(&host, 3.0);

  g_assert_cmpint(blob_class()->deserialize(instance, 1, &in), ==, OPTREG_BAD_STATE);
  g_assert_cmpint(blob_class()->deserialize(instance, 2, &in), ==, OPTREG_UNSUPPORTED);
  g_byte_array_append(bytes, (const guint8 *)nans, sizeof nans);
  g_assert_cmpint(blob_class()->deserialize(instance, 1, &in), ==, OPTREG_BAD_STATE);
  g_assert_cmpstr(context.message, ==, "a gain is not finite");
  g_assert_cmpfloat(step_of(instance, 0), ==, 3.0f);
  blob_class()->release(instance);
}

static void
test_no_memory_for_an_instance_is_an_error(void)
{
  Context context = { 0 };
  optreg_host host = make_host(&context);
  const double hyperparameter[] = { 0.01, 1.0 };
  void *instance = NULL;
  host.alloc = refuse_alloc;
  g_assert_cmpint(blob_class()->build(&host, hyperparameter, &instance), ==,
                  OPTREG_NO_MEMORY);
  g_assert_null(instance);
}

/* ---- linked statically, through the library ---- */

static void
train(optreg_registry *registry, float *weights, uint64_t n)
{
  g_autoptr(optreg_error) error = NULL;
  g_autofree float *gradient = g_new(float, n);
  g_autoptr(optreg_optimizer) optimizer = optreg_optimizer_from_string(
      registry, "optimizer: test_blob\nfirst_gain: 3\n", "test.yaml", &error);
  assert_no_error(error);
  for (uint64_t i = 0; i < n; i++) {
    weights[i] = 1.0f;
    gradient[i] = 0.001f * (float)i;
  }
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, weights, gradient,
                                 &error);
  optreg_optimizer_build(optimizer, &error);
  optreg_optimizer_step(optimizer, &error);
  assert_no_error(error);
}

static void
test_linked_statically_is_the_same(void)
{
  enum { N = 3000 };
  g_autofree float *loaded = g_new(float, N), *linked = g_new(float, N);
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_registry) files = built_plugins();
  g_autoptr(optreg_registry) statics = optreg_registry_new(NULL, &error);
  optreg_registry_add_plugin(statics, &test_blob_plugin, &error);
  assert_no_error(error);

  g_assert_null(optreg_registry_info(statics, "test_blob", NULL)->path);
  g_assert_nonnull(optreg_registry_info(files, "test_blob", NULL)->path);
  train(statics, linked, N);
  train(files, loaded, N);
  g_assert_cmpfloat(linked[1025], <, 1.0f);
  g_assert_cmpmem(loaded, N * sizeof(float), linked, N * sizeof(float));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/blob/carries-the-instance", test_a_blob_carries_the_instance);
  g_test_add_func("/blob/older-one-is-converted",
                  test_a_blob_of_an_older_version_is_converted);
  g_test_add_func("/blob/bad-one-leaves-the-instance",
                  test_a_bad_blob_leaves_the_instance);
  g_test_add_func("/instance/no-memory-is-an-error",
                  test_no_memory_for_an_instance_is_an_error);
  g_test_add_func("/static/linked-is-the-same-as-loaded",
                  test_linked_statically_is_the_same);
  return g_test_run();
}
