/* SPDX-License-Identifier: MIT */
/* optreg state diff: what differs between two checkpoints. */
#include "state.h"

#include "support/columns.h"
#include "support/format.h"
#include "support/text.h"
#include "support/ulp.h"
#include "usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const Usage usage = {
  .verb = "state diff",
  .arguments = "A B",
  .least = 2,
  .most = 2,
  .summary =
      "Compares two checkpoints, or two other safetensors files: counters, then every\n"
      "tensor by name, with the first difference and the largest in units of the last\n"
      "place (ULP). Prints 'identical' and nothing else when state and configuration\n"
      "are. Exit status 1 when the state differs; options that differ are only shown.",
};

typedef struct Comparison {
  optreg_checkpoint *a, *b;
  size_t n_options, n_counters, n_tensors; /* that differ */
  size_t n_rows; /* of the table of tensors with other values: */
  Columns *columns;
} Comparison;

/* ---- metadata ---- */

static void
print_texts(const char *prefix, const char *noun, const char *key, const char *in_a,
            const char *in_b)
{
  text_line(stdout, "%s%s: %s in A, %s in B", noun, key + strlen(prefix),
            in_a != NULL ? in_a : "absent", in_b != NULL ? in_b : "absent");
}

/* a line for each key with the prefix whose value is not the same in both */
static size_t
compare_texts(const Comparison *comparison, const char *prefix, const char *noun)
{
  const optreg_metadata *a, *b;
  const size_t n_a = optreg_checkpoint_metadata(comparison->a, &a);
  const size_t n_b = optreg_checkpoint_metadata(comparison->b, &b);
  size_t n_different = 0;

  for (size_t i = 0; i < n_a; i++) {
    const char *other = g_str_has_prefix(a[i].key, prefix)
                            ? state_metadata(comparison->b, a[i].key)
                            : a[i].value;
    if (g_strcmp0(a[i].value, other) != 0) {
      print_texts(prefix, noun, a[i].key, a[i].value, other);
      n_different++;
    }
  }
  for (size_t i = 0; i < n_b; i++) {
    if (g_str_has_prefix(b[i].key, prefix)
        && state_metadata(comparison->a, b[i].key) == NULL) {
      print_texts(prefix, noun, b[i].key, NULL, b[i].value);
      n_different++;
    }
  }
  return n_different;
}

/* ---- tensors ---- */

static GHashTable *
by_name(const optreg_checkpoint *checkpoint)
{
  GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
  const optreg_state_info *states;
  const size_t n = optreg_checkpoint_states(checkpoint, &states);

  for (size_t i = 0; i < n; i++) {
    g_hash_table_insert(table, (char *)states[i].name, (void *)&states[i]);
  }
  return table;
}

static uint64_t
count_elements(const optreg_state_info *tensor)
{
  uint64_t n = 1;

  for (uint32_t i = 0; i < tensor->ndim; i++) {
    n *= tensor->shape[i];
  }
  return n;
}

static bool
is_alike(const optreg_state_info *a, const optreg_state_info *b)
{
  return strcmp(a->dtype, b->dtype) == 0 && a->ndim == b->ndim
         && (a->ndim == 0
             || memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0);
}

static void
print_unlike(const optreg_state_info *a, const optreg_state_info *b)
{
  g_autofree char *shape_a = format_shape(a->shape, a->ndim);
  g_autofree char *shape_b = format_shape(b->shape, b->ndim);

  text_line(stdout, "tensor %s: %s %s in A, %s %s in B", a->name, a->dtype, shape_a,
            b->dtype, shape_b);
}

static char *
show_pair(uint64_t index, double a, double b)
{
  return g_strdup_printf("[%" PRIu64 "] %.9g, %.9g", index, a, b);
}

static void
add_row(Columns *columns, const char *name, uint64_t n, const Distance *distance)
{
  g_autofree char *share =
      g_strdup_printf("%" PRIu64 "/%" PRIu64, distance->n_different, n);
  g_autofree char *first =
      show_pair(distance->first, distance->first_a, distance->first_b);
  g_autofree char *largest =
      show_pair(distance->largest, distance->largest_a, distance->largest_b);
  g_autofree char *ulp = distance->ulp == UINT64_MAX
                             ? g_strdup("nan")
                             : g_strdup_printf("%" PRIu64, distance->ulp);

  columns_add(columns, name, share, first, largest, ulp);
}

static bool
compare_values(Comparison *comparison, const optreg_state_info *a,
               const optreg_state_info *b)
{
  const uint64_t n = count_elements(a);
  const Distance distance =
      n > 0 ? ulp_compare(a->data, b->data, n, a->dtype, a->bytes / n)
            : (Distance){ 0 };

  if (distance.n_different > 0) {
    add_row(comparison->columns, a->name, n, &distance);
    comparison->n_rows++;
  }
  return distance.n_different == 0;
}

static void
compare_tensors(Comparison *comparison)
{
  g_autoptr(GHashTable) in_a = by_name(comparison->a), in_b = by_name(comparison->b);
  const optreg_state_info *a, *b;
  const size_t n_a = optreg_checkpoint_states(comparison->a, &a);
  const size_t n_b = optreg_checkpoint_states(comparison->b, &b);

  for (size_t i = 0; i < n_a; i++) {
    const optreg_state_info *other = g_hash_table_lookup(in_b, a[i].name);
    if (other == NULL) {
      text_line(stdout, "tensor %s: in A only", a[i].name);
    } else if (!is_alike(&a[i], other)) {
      print_unlike(&a[i], other);
    } else if (compare_values(comparison, &a[i], other)) {
      continue;
    }
    comparison->n_tensors++;
  }
  for (size_t i = 0; i < n_b; i++) {
    if (!g_hash_table_contains(in_a, b[i].name)) {
      text_line(stdout, "tensor %s: in B only", b[i].name);
      comparison->n_tensors++;
    }
  }
}

/* ---- the verdict ---- */

static Status
conclude(const Comparison *comparison)
{
  g_autofree char *options = format_plural(comparison->n_options, "option");
  g_autofree char *counters = format_plural(comparison->n_counters, "counter");
  g_autofree char *tensors = format_plural(comparison->n_tensors, "tensor");

  if (comparison->n_tensors == 0 && comparison->n_counters == 0) {
    if (comparison->n_options == 0) {
      puts("identical");
    } else {
      printf("identical state, %s different\n", options);
    }
    return STATUS_DONE;
  }
  printf("different: %s, %s, %s\n", tensors, counters, options);
  return STATUS_FAILED;
}

Status
state_diff_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(optreg_checkpoint) a = state_open(rest[0], error);
  g_autoptr(optreg_checkpoint) b = a != NULL ? state_open(rest[1], error) : NULL;
  if (b == NULL || !state_check_memory(a, b, error)) {
    return STATUS_FAILED;
  }
  g_autoptr(Columns) columns = columns_new("lrllr");
  Comparison comparison = { .a = a, .b = b, .columns = columns };
  columns_add_heading(columns, "tensor", "differ", "first: A, B", "largest: A, B",
                      "ULP");
  comparison.n_counters =
      compare_texts(&comparison, "optimizer", "optimizer")
      + compare_texts(&comparison, "state_version", "version of the state")
      + compare_texts(&comparison, "counter:", "counter ");
  comparison.n_options =
      compare_texts(&comparison, "config:", "option ")
      + compare_texts(&comparison, "plugin_version", "version of the plugin");
  compare_tensors(&comparison);
  if (comparison.n_rows > 0) {
    columns_print(columns, 0, stdout);
  }
  return conclude(&comparison);
}
