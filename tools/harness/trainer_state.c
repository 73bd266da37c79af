/* SPDX-License-Identifier: MIT */
/* Checkpoints of runs: a line of text, another one where the run is diagnosed, then the
 * optimizer's checkpoint with parameters, then those of its candidates, each behind a
 * line of its own. */
#include "trainer_private.h"

#include "support/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* hexadecimal: the sums have to come back to the bit. The second word is a SHA-256 of
 * all that follows the line. */
#define HEAD_WRITTEN \
  "optreg run 2 %s %s %" PRIu64 " %" PRIu64 " %d %a %a %a %a %" PRIu64 "\n"
#define HEAD_READ \
  "optreg run 2 %64s %64s %" SCNu64 " %" SCNu64 " %d %la %la %la %la %" SCNu64
#define PART_WRITTEN "part %zu %" PRIu64 " %a %a %a %a %a %a %a\n"
#define PART_READ "part %zu %" SCNu64 " %la %la %la %la %la %la %la"

static const ShadowSums no_sums;

/* ---- saving ---- */

static bool
append_part(GByteArray *state, const optreg_optimizer *optimizer, bool with_parameters,
            const ShadowSums *sums, GError **error)
{
  const optreg_save_options options = { .with_parameters = with_parameters };
  optreg_error *failure = NULL;
  size_t size;
  void *memory = optreg_optimizer_save_to_memory(optimizer, &options, &size, &failure);

  if (memory == NULL) {
    return status_take(failure, error);
  }
  g_autofree char *line = g_strdup_printf(
      PART_WRITTEN, size, sums->n, sums->cosine, sums->square, sums->live_square,
      sums->decrease, sums->live_decrease, sums->ns, sums->live_ns);
  g_byte_array_append(state, (const guint8 *)line, (guint)strlen(line));
  g_byte_array_append(state, memory, (guint)size);
  optreg_memory_free(memory);
  return true;
}

static bool
append_parts(GByteArray *state, const Trainer *trainer, GError **error)
{
  if (!append_part(state, trainer->optimizer, true, &no_sums, error)) {
    return false;
  }
  for (size_t i = 0; i < trainer->n_candidates; i++) {
    if (!append_part(state, optreg_shadow_candidate(trainer->shadow, i), false,
                     &trainer->sums[i], error)) {
      return false;
    }
  }
  return true;
}

GBytes *
trainer_save(const Trainer *trainer, const char *key, uint64_t log_length,
             GError **error)
{
  g_autoptr(GByteArray) state = g_byte_array_new();

  if (trainer->plan.diagnoses) {
    g_autofree char *sums = diagnostics_sum_to_text(&trainer->diagnostics);
    g_byte_array_append(state, (const guint8 *)sums, (guint)strlen(sums));
  }
  if (!append_parts(state, trainer, error)) {
    return NULL;
  }
  g_autofree char *sum =
      g_compute_checksum_for_data(G_CHECKSUM_SHA256, state->data, state->len);
  g_autofree char *head = g_strdup_printf(
      HEAD_WRITTEN, key, sum, trainer->batches, trainer->measured_at,
      (int)trainer->is_measured, trainer->loss_sum, trainer->example_sum,
      trainer->model_s, trainer->optimizer_s, log_length);
  g_byte_array_prepend(state, (const guint8 *)head, (guint)strlen(head));
  return g_byte_array_free_to_bytes(g_steal_pointer(&state));
}

/* ---- restoring ---- */

/* what is left to read of a state */
typedef struct Rest {
  const char *text;
  size_t size;
} Rest;

/* a line without its end, or NULL */
static char *
take_line(Rest *rest)
{
  const char *end = memchr(rest->text, '\n', rest->size);

  if (end == NULL) {
    return NULL;
  }
  char *line = g_strndup(rest->text, (gsize)(end - rest->text));
  rest->size -= (size_t)(end + 1 - rest->text);
  rest->text = end + 1;
  return line;
}

/* the head into `trainer`; false when it is another's, or what follows is damaged */
static bool
read_head(Trainer *trainer, Rest *rest, const char *key, uint64_t *log_length)
{
  g_autofree char *line = take_line(rest);
  char owner[65], written[65];
  int is_measured;

  if (line == NULL
      || sscanf(line, HEAD_READ, owner, written, &trainer->batches,
                &trainer->measured_at, &is_measured, &trainer->loss_sum,
                &trainer->example_sum, &trainer->model_s, &trainer->optimizer_s,
                log_length)
             != 10) {
    return false;
  }
  g_autofree char *sum = g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, (const guchar *)rest->text, rest->size);
  trainer->is_measured = is_measured != 0;
  return strcmp(owner, key) == 0 && strcmp(written, sum) == 0;
}

/* the checkpoint that comes next, aligned; its size, or NULL */
static char *
take_part(Rest *rest, ShadowSums *sums, size_t *size)
{
  g_autofree char *line = take_line(rest);

  if (line == NULL
      || sscanf(line, PART_READ, size, &sums->n, &sums->cosine, &sums->square,
                &sums->live_square, &sums->decrease, &sums->live_decrease, &sums->ns,
                &sums->live_ns)
             != 9
      || *size > rest->size) {
    return NULL;
  }
  char *part = g_memdup2(rest->text, *size);
  rest->text += *size;
  rest->size -= *size;
  return part;
}

static bool
load_part(Rest *rest, optreg_optimizer *optimizer, bool with_parameters,
          ShadowSums *sums, GError **error)
{
  const optreg_load_options options = { .with_parameters = with_parameters };
  optreg_error *failure = NULL;
  size_t size;
  g_autofree char *part = take_part(rest, sums, &size);

  if (part == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "a part of the state is missing");
    return false;
  }
  return optreg_optimizer_load_from_memory(optimizer, part, size, &options, &failure)
         || status_take(failure, error);
}

static bool
load_parts(Trainer *trainer, Rest rest, GError **error)
{
  ShadowSums unused;

  if (!load_part(&rest, trainer->optimizer, true, &unused, error)) {
    return false;
  }
  for (size_t i = 0; i < trainer->n_candidates; i++) {
    if (!load_part(&rest, optreg_shadow_candidate(trainer->shadow, i), false,
                   &trainer->sums[i], error)) {
      return false;
    }
  }
  return true;
}

/* the parts one after the other, or all as they were */
static bool
load_parts_or_none(Trainer *restored, const Trainer *trainer, Rest rest, GError **error)
{
  g_autoptr(GByteArray) before = g_byte_array_new();

  if (!append_parts(before, trainer, error)) {
    return false;
  }
  if (load_parts(restored, rest, error)) {
    return true;
  }
  load_parts(restored, (Rest){ (const char *)before->data, before->len }, NULL);
  return false;
}

/* the sums where the run is diagnosed, and none where it is not: otherwise its log
 * would be in parts */
static bool
read_diagnostics(Trainer *trainer, Rest *rest)
{
  Rest behind = *rest;
  g_autofree char *line = take_line(&behind);
  const bool has_sums = line != NULL
                        && diagnostics_sum_from_text(line, &trainer->diagnostics);

  if (has_sums) {
    *rest = behind;
  }
  return has_sums == trainer->plan.diagnoses;
}

bool
trainer_restore(Trainer *trainer, GBytes *state, const char *key, uint64_t *log_length,
                uint64_t most_length, GError **error)
{
  Trainer restored = *trainer;
  gsize size;
  const char *text = g_bytes_get_data(state, &size);
  Rest rest = { text, size };

  if (!read_head(&restored, &rest, key, log_length) || *log_length > most_length
      || !read_diagnostics(&restored, &rest)) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "not a state of this run");
    return false;
  }
  if (!load_parts_or_none(&restored, trainer, rest, error)) {
    return false;
  }
  *trainer = restored;
  trainer->measured_s = trainer->model_s + trainer->optimizer_s;
  return true;
}
