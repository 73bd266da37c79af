/* SPDX-License-Identifier: MIT */
/* Gradients of a training, recorded. */
#include "recording.h"

#include "harness/statistics/sample.h"
#include "harness/trainer_private.h"
#include "support/file.h"
#include "support/status.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TRIES = 4 * RECORDING_MOST };

/* hexadecimal: the number comes back to the bit */
#define HEAD_WRITTEN "optreg recording %" PRIu64 " %" PRIu64 " %a %" PRIu64 "\n"
#define HEAD_READ "optreg recording %" SCNu64 " %" SCNu64 " %la %" SCNu64

static const char key[] = "cost";

static size_t
bytes_of(const Problem *problem, size_t tensor)
{
  return problem_tensor_size(problem_tensor(problem, tensor)) * sizeof(float);
}

static size_t
bytes_of_all(const Problem *problem)
{
  size_t bytes = 0;

  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    bytes += bytes_of(problem, i);
  }
  return bytes;
}

static void
copy_buffers(const Problem *problem, float *const *to, float *const *from)
{
  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    memcpy(to[i], from[i], bytes_of(problem, i));
  }
}

static bool
are_finite(const Problem *problem, float *const *buffers)
{
  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    const size_t n = problem_tensor_size(problem_tensor(problem, i));
    for (size_t k = 0; k < n; k++) {
      if (!isfinite(buffers[i][k])) {
        return false;
      }
    }
  }
  return true;
}

/* ---- states ---- */

static Recording *
recording_new(const Problem *problem)
{
  Recording *recording = g_new0(Recording, 1);

  recording->problem = problem;
  recording->weights = problem_new_buffers(problem);
  for (size_t i = 0; i < RECORDING_MOST; i++) {
    recording->gradients[i] = problem_new_buffers(problem);
  }
  return recording;
}

void
recording_free(Recording *recording)
{
  if (recording == NULL) {
    return;
  }
  for (size_t i = 0; i < RECORDING_MOST; i++) {
    problem_free_buffers(recording->problem, recording->gradients[i]);
  }
  problem_free_buffers(recording->problem, recording->weights);
  g_clear_pointer(&recording->state, g_bytes_unref);
  g_free(recording);
}

static void
keep_state(Recording *recording, const Trainer *trainer)
{
  g_clear_pointer(&recording->state, g_bytes_unref);
  recording->state = trainer_save(trainer, key, 0, NULL);
  copy_buffers(recording->problem, recording->weights, trainer->weights);
  recording->trained = trainer->batches;
}

bool
recording_go_back(const Recording *recording, Trainer *trainer, GError **error)
{
  uint64_t unused;

  trainer->is_diverged = false;
  if (recording->state != NULL) {
    return trainer_restore(trainer, recording->state, key, &unused, 0, error);
  }
  copy_buffers(recording->problem, trainer->weights, recording->weights);
  return true;
}

/* ---- taking ---- */

/* one step of training; the time of its gradient is kept */
static bool
train(Trainer *trainer, GArray *times, GError **error)
{
  const double before = trainer->model_s;
  const bool is_done = trainer_step(trainer, error);
  const double seconds = trainer->model_s - before;

  g_array_append_val(times, seconds);
  return is_done;
}

static bool
record(Recording *recording, Trainer *trainer, GArray *times, GError **error)
{
  keep_state(recording, trainer);
  for (size_t i = 0; i < MOST_TRIES && recording->n_gradients < RECORDING_MOST
                     && !trainer->is_diverged;
       i++) {
    if (!train(trainer, times, error)) {
      return false;
    }
    if (are_finite(recording->problem, trainer->gradients)) {
      copy_buffers(recording->problem, recording->gradients[recording->n_gradients++],
                   trainer->gradients);
    }
  }
  return true;
}

static bool
train_and_record(Recording *recording, Trainer *trainer, uint64_t n_trained,
                 GArray *times, GError **error)
{
  while (trainer->batches < n_trained && !trainer->is_diverged) {
    if (!train(trainer, times, error)) {
      return false;
    }
  }
  return record(recording, trainer, times, error);
}

Recording *
recording_take(Trainer *trainer, uint64_t n_trained, GError **error)
{
  g_autoptr(Recording) beginning = recording_new(trainer->problem);
  g_autoptr(Recording) recording = recording_new(trainer->problem);
  g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));

  keep_state(beginning, trainer);
  if (!train_and_record(recording, trainer, n_trained, times, error)) {
    return NULL;
  }
  if (recording->n_gradients == 0
      && (!recording_go_back(beginning, trainer, error)
          || !record(recording, trainer, times, error))) {
    return NULL;
  }
  if (recording->n_gradients == 0) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "no gradient of its training is finite");
    return NULL;
  }
  recording->gradient_s = statistics_median((const double *)times->data, times->len);
  return g_steal_pointer(&recording);
}

/* ---- files ---- */

bool
recording_write(const Recording *recording, const char *path, GError **error)
{
  if (recording->state == NULL) {
    return true;
  }
  gsize size;
  const void *state = g_bytes_get_data(recording->state, &size);
  g_autofree char *head = g_strdup_printf(HEAD_WRITTEN, recording->n_gradients,
                                          recording->trained, recording->gradient_s,
                                          (uint64_t)size);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_byte_array_append(bytes, (const guint8 *)head, (guint)strlen(head));
  g_byte_array_append(bytes, state, (guint)size);
  for (size_t i = 0; i < recording->n_gradients; i++) {
    for (size_t k = 0; k < problem_n_tensors(recording->problem); k++) {
      g_byte_array_append(bytes, (const guint8 *)recording->gradients[i][k],
                          (guint)bytes_of(recording->problem, k));
    }
  }
  return file_write_lightly(path, bytes->data, (gssize)bytes->len, error);
}

static void
read_gradients(Recording *recording, const char *bytes)
{
  for (size_t i = 0; i < recording->n_gradients; i++) {
    for (size_t k = 0; k < problem_n_tensors(recording->problem); k++) {
      const size_t size = bytes_of(recording->problem, k);
      memcpy(recording->gradients[i][k], bytes, size);
      bytes += size;
    }
  }
}

Recording *
recording_read(const Problem *problem, const char *path)
{
  g_autoptr(Recording) recording = recording_new(problem);
  gsize size;
  g_autofree char *bytes = file_read(path, G_MAXSSIZE, &size, NULL);
  uint64_t state_size;

  if (bytes == NULL
      || sscanf(bytes, HEAD_READ, &recording->n_gradients, &recording->trained,
                &recording->gradient_s, &state_size)
             != 4) {
    return NULL;
  }
  const size_t head = strcspn(bytes, "\n") + 1;
  if (recording->n_gradients == 0 || recording->n_gradients > RECORDING_MOST
      || size != head + state_size + recording->n_gradients * bytes_of_all(problem)) {
    return NULL;
  }
  recording->state = g_bytes_new(bytes + head, state_size);
  read_gradients(recording, bytes + head + state_size);
  return g_steal_pointer(&recording);
}
