/* SPDX-License-Identifier: MIT */
/* optreg state: what is in a checkpoint. */
#include "state.h"

#include "support/columns.h"
#include "support/format.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

optreg_checkpoint *
state_open(const char *path, GError **error)
{
  optreg_error *failure = NULL;
  optreg_checkpoint *checkpoint = optreg_checkpoint_open(path, &failure);

  if (checkpoint == NULL) {
    status_take(failure, error);
  }
  return checkpoint;
}

/* generously: cells, the lists that hold them, what GLib keeps */
static size_t
size_of_tables(const optreg_checkpoint *checkpoint)
{
  const optreg_state_info *states;
  const optreg_metadata *metadata;
  const size_t n_states = optreg_checkpoint_states(checkpoint, &states);
  const size_t n_metadata = optreg_checkpoint_metadata(checkpoint, &metadata);
  size_t text = 0;

  for (size_t i = 0; i < n_states; i++) {
    text += strlen(states[i].name);
  }
  for (size_t i = 0; i < n_metadata; i++) {
    text += strlen(metadata[i].key) + strlen(metadata[i].value);
  }
  return ((size_t)2 << 20) + (n_states + n_metadata) * 1024 + text * 8;
}

bool
state_check_memory(const optreg_checkpoint *checkpoint, const optreg_checkpoint *other,
                   GError **error)
{
  const size_t size = size_of_tables(checkpoint)
                      + (other != NULL ? size_of_tables(other) : 0);
  g_autofree void *memory = g_try_malloc(size);

  if (memory == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "out of memory: the tables need %zu bytes", size);
  }
  return memory != NULL;
}

const char *
state_metadata(const optreg_checkpoint *checkpoint, const char *key)
{
  const optreg_metadata *metadata;
  const size_t n = optreg_checkpoint_metadata(checkpoint, &metadata);

  for (size_t i = 0; i < n; i++) {
    if (strcmp(metadata[i].key, key) == 0) {
      return metadata[i].value;
    }
  }
  return NULL;
}

/* ---- optreg state FILE ---- */

static const Usage show_usage = {
  .verb = "state",
  .arguments = "FILE",
  .least = 1,
  .most = 1,
  .summary =
      "Shows what a checkpoint holds: whose state it is, counters, configuration,\n"
      "tensors. Of any other safetensors file: its tensors.\n\n"
      "  optreg state diff A B     what differs between two of them\n"
      "  optreg state verify FILE  whether the checksums are right",
  .notes = "A file that is named like a verb is written './diff'.",
};

static uint64_t
total_bytes(const optreg_checkpoint *checkpoint)
{
  const optreg_state_info *states;
  const size_t n = optreg_checkpoint_states(checkpoint, &states);
  uint64_t bytes = 0;

  for (size_t i = 0; i < n; i++) {
    bytes += states[i].bytes;
  }
  return bytes;
}

static void
print_title(const char *path, const optreg_checkpoint *checkpoint)
{
  const optreg_state_info *states;
  g_autofree char *tensors =
      format_plural(optreg_checkpoint_states(checkpoint, &states), "tensor");
  g_autofree char *bytes = format_bytes(total_bytes(checkpoint));
  const char *optimizer = state_metadata(checkpoint, "optimizer");

  if (g_strcmp0(state_metadata(checkpoint, "format"), "optreg checkpoint") != 0) {
    text_line(stdout, "%s: a safetensors file, %s, %s", path, tensors, bytes);
    return;
  }
  text_line(stdout, "%s: %s %s, version %s of its state; %s, %s", path, optimizer,
            state_metadata(checkpoint, "plugin_version"),
            state_metadata(checkpoint, "state_version"), tensors, bytes);
}

/* metadata whose keys have a prefix, under a heading */
static void
print_section(const optreg_checkpoint *checkpoint, const char *heading,
              const char *prefix)
{
  const optreg_metadata *metadata;
  const size_t n = optreg_checkpoint_metadata(checkpoint, &metadata);
  g_autoptr(Columns) columns = columns_new("ll");
  bool is_empty = true;

  for (size_t i = 0; i < n; i++) {
    if (g_str_has_prefix(metadata[i].key, prefix)) {
      columns_add(columns, metadata[i].key + strlen(prefix), metadata[i].value);
      is_empty = false;
    }
  }
  if (!is_empty) {
    printf("\n%s\n", heading);
    columns_print(columns, 2, stdout);
  }
}

static void
print_tensors(const optreg_checkpoint *checkpoint)
{
  const optreg_state_info *states;
  const size_t n = optreg_checkpoint_states(checkpoint, &states);
  g_autoptr(Columns) columns = columns_new("lllr");

  columns_add_heading(columns, "tensor", "type", "shape", "size");
  for (size_t i = 0; i < n; i++) {
    g_autofree char *shape = format_shape(states[i].shape, states[i].ndim);
    g_autofree char *bytes = format_bytes(states[i].bytes);
    columns_add(columns, states[i].name, states[i].dtype, shape, bytes);
  }
  if (n > 0) {
    fputc('\n', stdout);
    columns_print(columns, 0, stdout);
  }
}

Status
state_show_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };

  if (!usage_parse(&show_usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(optreg_checkpoint) checkpoint = state_open(rest[0], error);
  if (checkpoint == NULL || !state_check_memory(checkpoint, NULL, error)) {
    return STATUS_FAILED;
  }
  print_title(rest[0], checkpoint);
  print_section(checkpoint, "counters", "counter:");
  print_section(checkpoint, "configuration", "config:");
  print_section(checkpoint, "parameters", "parameter:");
  print_tensors(checkpoint);
  return STATUS_DONE;
}

/* ---- optreg state verify FILE ---- */

static const Usage verify_usage = {
  .verb = "state verify",
  .arguments = "FILE",
  .least = 1,
  .most = 1,
  .summary =
      "Checks that a file is a checkpoint and that the checksums of its header and\n"
      "of every tensor are right; lists the tensors that are damaged. Exit status\n"
      "1 when something is.",
};

Status
state_verify_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  optreg_error *failure = NULL;

  if (!usage_parse(&verify_usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(optreg_checkpoint) checkpoint = state_open(rest[0], error);
  if (checkpoint == NULL) {
    return STATUS_FAILED;
  }
  if (!optreg_checkpoint_verify(checkpoint, &failure)) {
    status_take(failure, error);
    g_prefix_error(error, "%s: ", rest[0]);
    return STATUS_FAILED;
  }
  const optreg_state_info *states;
  g_autofree char *tensors =
      format_plural(optreg_checkpoint_states(checkpoint, &states), "tensor");
  text_line(stdout, "%s: sound, %s", rest[0], tensors);
  return STATUS_DONE;
}

/* ---- which of them ---- */

static const struct {
  const char *name;
  Status (*run)(int argc, char **argv, GError **error);
} verbs[] = {
  { "diff", state_diff_run },
  { "verify", state_verify_run },
};

Status
state_run(int argc, char **argv, GError **error)
{
  for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++) {
    if (strcmp(argv[1], verbs[i].name) == 0) {
      return verbs[i].run(argc - 1, argv + 1, error);
    }
  }
  return state_show_run(argc, argv, error);
}
