/* SPDX-License-Identifier: MIT */
/* Checkpoints of runs: a line of text, another one where the run is diagnosed, then the
 * optimizer's checkpoint with parameters. */
#include "trainer_private.h"

#include "support/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* hexadecimal: the sums have to come back to the bit */
#define HEAD_WRITTEN \
  "optreg run 1 %s %" PRIu64 " %" PRIu64 " %d %a %a %a %a %" PRIu64 "\n"
#define HEAD_READ \
  "optreg run 1 %64s %" SCNu64 " %" SCNu64 " %d %la %la %la %la %" SCNu64

GBytes *
trainer_save(const Trainer *trainer, const char *key, uint64_t log_length,
             GError **error)
{
  const optreg_save_options options = { .with_parameters = true };
  optreg_error *failure = NULL;
  size_t size;
  void *memory =
      optreg_optimizer_save_to_memory(trainer->optimizer, &options, &size, &failure);

  if (memory == NULL) {
    status_take(failure, error);
    return NULL;
  }
  GByteArray *state = g_byte_array_new();
  g_autofree char *head = g_strdup_printf(
      HEAD_WRITTEN, key, trainer->batches, trainer->measured_at,
      (int)trainer->is_measured, trainer->loss_sum, trainer->example_sum,
      trainer->model_s, trainer->optimizer_s, log_length);
  g_byte_array_append(state, (const guint8 *)head, (guint)strlen(head));
  if (trainer->plan.diagnoses) {
    g_autofree char *sums = diagnostics_sum_to_text(&trainer->diagnostics);
    g_byte_array_append(state, (const guint8 *)sums, (guint)strlen(sums));
  }
  g_byte_array_append(state, memory, (guint)size);
  optreg_memory_free(memory);
  return g_byte_array_free_to_bytes(state);
}

/* the head into `trainer`; returns where the optimizer's part begins, or 0 */
static size_t
read_head(Trainer *trainer, const char *text, size_t size, const char *key,
          uint64_t *log_length)
{
  const char *end = memchr(text, '\n', MIN(size, (size_t)1024));
  char owner[65];
  int is_measured;

  if (end == NULL) {
    return 0;
  }
  g_autofree char *line = g_strndup(text, (gsize)(end - text));
  const int n = sscanf(line, HEAD_READ, owner, &trainer->batches, &trainer->measured_at,
                       &is_measured, &trainer->loss_sum, &trainer->example_sum,
                       &trainer->model_s, &trainer->optimizer_s, log_length);
  trainer->is_measured = n == 9 && is_measured != 0;
  return n == 9 && strcmp(owner, key) == 0 ? (size_t)(end + 1 - text) : 0;
}

/* the sums where the run is diagnosed, and none where it is not: otherwise its log
 * would be in parts; returns where the optimizer's part begins, or 0 */
static size_t
read_diagnostics(Trainer *trainer, const char *text, size_t start, size_t size)
{
  const char *end = start > 0 ? memchr(text + start, '\n', size - start) : NULL;
  g_autofree char *line =
      end != NULL ? g_strndup(text + start, (gsize)(end - text) - start) : g_strdup("");
  const bool has_sums = diagnostics_sum_from_text(line, &trainer->diagnostics);

  if (start == 0 || has_sums != trainer->plan.diagnoses) {
    return 0;
  }
  return has_sums ? (size_t)(end + 1 - text) : start;
}

bool
trainer_restore(Trainer *trainer, GBytes *state, const char *key, uint64_t *log_length,
                uint64_t most_length, GError **error)
{
  const optreg_load_options options = { .with_parameters = true };
  Trainer restored = *trainer;
  optreg_error *failure = NULL;
  gsize size;
  const char *text = g_bytes_get_data(state, &size);
  const size_t head = read_head(&restored, text, size, key, log_length);
  const size_t start = read_diagnostics(&restored, text, head, size);

  if (start == 0 || *log_length > most_length) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "not a state of this run");
    return false;
  }
  g_autofree char *checkpoint = g_memdup2(text + start, size - start);
  if (!optreg_optimizer_load_from_memory(trainer->optimizer, checkpoint, size - start,
                                         &options, &failure)) {
    return status_take(failure, error);
  }
  *trainer = restored;
  return true;
}
