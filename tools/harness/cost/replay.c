/* SPDX-License-Identifier: MIT */
/* Blocks of steps on recorded gradients. */
#include "replay.h"

#include "harness/trainer_private.h"
#include "support/clock.h"
#include "support/plan_bytes.h"
#include "support/status.h"

#include <math.h>

/* long against the clock and short against what disturbs a machine */
#define LEAST_SECONDS 0.001

enum { MOST_CALLS = 1 << 22, N_EMPTY = 64 };

struct Replay {
  Trainer *trainer;
  const Recording *recording;
  size_t place;    /* in the recording, of the next call */
  uint64_t window; /* gradients that make an update */
  double call_s;   /* of handing over a gradient */
  double clock_s;  /* of asking the clock twice */
  ReplayFacts facts;
};

/* ---- calls ---- */

static bool
hand_over(Replay *replay, GError **error)
{
  Trainer *trainer = replay->trainer;
  float *const *gradients = replay->recording->gradients[replay->place];

  replay->place = (replay->place + 1) % replay->recording->n_gradients;
  for (size_t i = 0; i < problem_n_tensors(trainer->problem); i++) {
    optreg_error *failure = NULL;
    if (!optreg_optimizer_set_gradient(trainer->optimizer, i, gradients[i], &failure)) {
      return status_take(failure, error);
    }
  }
  return true;
}

static optreg_status
step_once(Replay *replay, GError **error)
{
  optreg_error *failure = NULL;
  const optreg_status status =
      optreg_optimizer_step(replay->trainer->optimizer, &failure);

  if (status == OPTREG_STEP_ERROR) {
    status_take(failure, error);
  }
  return status;
}

/* The same gradients over and over may drive weights to where a step is refused, for
 * they would overflow. Such a training begins again where it was recorded; what that
 * takes is measured along with it, so that the cost of what diverges is an upper bound.
 */
static bool
step(Replay *replay, GError **error)
{
  optreg_status status = step_once(replay, error);

  if (status == OPTREG_STEP_SKIPPED_NONFINITE) {
    if (!recording_go_back(replay->recording, replay->trainer, error)) {
      return false;
    }
    status = step_once(replay, error);
  }
  if (status == OPTREG_STEP_SKIPPED_NONFINITE) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "a step on a recorded gradient was skipped: it is too large");
  }
  return status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED;
}

static bool
run_calls(Replay *replay, uint64_t n, GError **error)
{
  for (uint64_t i = 0; i < n; i++) {
    if (!hand_over(replay, error) || !step(replay, error)) {
      return false;
    }
  }
  return true;
}

/* the shortest of several, for what is always the same */
static bool
time_overhead(Replay *replay, GError **error)
{
  replay->call_s = replay->clock_s = INFINITY;
  for (size_t i = 0; i < N_EMPTY; i++) {
    const double begin = clock_now();
    const double middle = clock_now();
    for (size_t k = 0; k < N_EMPTY; k++) {
      if (!hand_over(replay, error)) {
        return false;
      }
    }
    const double end = clock_now();
    replay->clock_s = fmin(replay->clock_s, middle - begin);
    replay->call_s = fmin(replay->call_s, (end - middle) / N_EMPTY);
  }
  return true;
}

static uint64_t
whole_windows(const Replay *replay, uint64_t n)
{
  return (n + replay->window - 1) / replay->window * replay->window;
}

/* of n calls altogether */
static bool
time_calls(Replay *replay, uint64_t n, double *seconds, GError **error)
{
  replay->place = 0;
  replay->facts.n_before = whole_windows(replay, MIN(n, (uint64_t)RECORDING_MOST));
  if (!recording_go_back(replay->recording, replay->trainer, error)
      || !run_calls(replay, replay->facts.n_before, error)) {
    return false;
  }
  const double begin = clock_now();
  const bool is_done = run_calls(replay, n, error);
  *seconds = clock_now() - begin - replay->clock_s - (double)n * replay->call_s;
  return is_done;
}

/* the machine may have been elsewhere while a block was tried, so it is tried again */
static bool
choose_calls(Replay *replay, GError **error)
{
  uint64_t n = replay->window;

  for (unsigned n_enough = 0; n_enough < 3 && n < MOST_CALLS;) {
    double seconds;
    if (!time_calls(replay, n, &seconds, error)) {
      return false;
    }
    n_enough = seconds >= LEAST_SECONDS ? n_enough + 1 : 0;
    n = seconds >= LEAST_SECONDS ? n : 2 * n;
  }
  replay->facts.n_calls = n;
  return true;
}

bool
replay_block(Replay *replay, double *seconds, GError **error)
{
  if (!time_calls(replay, replay->facts.n_calls, seconds, error)) {
    return false;
  }
  *seconds /= (double)replay->facts.n_calls;
  return true;
}

/* ---- making one ---- */

/* a window has one call that updates, the others add up */
static double
bytes_of_call(const optreg_optimizer *optimizer, uint64_t window)
{
  const double update = plan_bytes(optimizer, "step");
  const double addition = plan_bytes(optimizer, "micro-step");

  return (update + (double)(window - 1) * addition) / (double)window;
}

static void
fill_facts(Replay *replay)
{
  const Trainer *trainer = replay->trainer;

  for (size_t i = 0; i < problem_n_tensors(trainer->problem); i++) {
    replay->facts.n_parameters +=
        problem_tensor_size(problem_tensor(trainer->problem, i));
  }
  replay->facts.bytes_moved = bytes_of_call(trainer->optimizer, replay->window);
  replay->facts.state_bytes = optreg_optimizer_state_bytes(trainer->optimizer);
}

Replay *
replay_new(Trainer *trainer, const Recording *recording, GError **error)
{
  g_autoptr(Replay) replay = g_new0(Replay, 1);

  replay->trainer = trainer;
  replay->recording = recording;
  replay->window = optreg_optimizer_accumulation_steps(trainer->optimizer);
  fill_facts(replay);
  return time_overhead(replay, error) && choose_calls(replay, error)
             ? g_steal_pointer(&replay)
             : NULL;
}

void
replay_free(Replay *replay)
{
  g_free(replay);
}

const ReplayFacts *
replay_facts(const Replay *replay)
{
  return &replay->facts;
}
