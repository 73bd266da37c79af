/* SPDX-License-Identifier: MIT */
/* The arm's side of the cost phase. */
#include "child.h"

#include "harness/record.h"
#include "replay.h"
#include "support/json_text.h"
#include "support/member.h"

#include <sched.h>
#include <stdio.h>

/* all arms on the same processor, the last of those permitted, which has the least of
 * other things to do; without it, a measurement is only noisier */
static void
stay_on_one_processor(void)
{
  cpu_set_t permitted, one;

  if (sched_getaffinity(0, sizeof permitted, &permitted) != 0) {
    return;
  }
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
    if (CPU_ISSET(cpu, &permitted)) {
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      sched_setaffinity(0, sizeof one, &one);
      return;
    }
  }
}

static void
say(JsonBuilder *builder)
{
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *json = json_text_write(root, false);

  printf("%s\n", json);
  fflush(stdout);
}

static void
say_facts(const Recording *recording, const ReplayFacts *facts)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  member_add_text(builder, "cost", "ready");
  member_add_count(builder, "trained", recording->trained);
  member_add_count(builder, "recorded", recording->n_gradients);
  member_add_number(builder, "gradient_s", recording->gradient_s);
  member_add_count(builder, "calls", facts->n_calls);
  member_add_count(builder, "parameters", facts->n_parameters);
  member_add_count(builder, "state_bytes", facts->state_bytes);
  member_add_number(builder, "bytes_moved", facts->bytes_moved);
  json_builder_end_object(builder);
  say(builder);
}

static void
say_block(double seconds)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  member_add_text(builder, "cost", "block");
  member_add_number(builder, "seconds", seconds);
  json_builder_end_object(builder);
  say(builder);
}

static Recording *
open_recording(const Problem *problem, Trainer *trainer, uint64_t n_trained,
               const char *path, GError **error)
{
  Recording *there = recording_read(problem, path);

  if (there != NULL) {
    return there;
  }
  g_autoptr(Recording) recording = recording_take(trainer, n_trained, error);
  return recording != NULL && recording_write(recording, path, error)
             ? g_steal_pointer(&recording)
             : NULL;
}

Status
cost_child_run(const Problem *problem, Trainer *trainer, uint64_t n_trained,
               const char *path, GError **error)
{
  char line[16];

  stay_on_one_processor();
  g_autoptr(Recording)
      recording = open_recording(problem, trainer, n_trained, path, error);
  g_autoptr(Replay) replay = recording != NULL ? replay_new(trainer, recording, error)
                                               : NULL;
  if (replay == NULL) {
    return STATUS_FAILED;
  }
  say_facts(recording, replay_facts(replay));
  while (fgets(line, sizeof line, stdin) != NULL) {
    double seconds;
    if (!replay_block(replay, &seconds, error)) {
      return STATUS_FAILED;
    }
    say_block(seconds);
  }
  return STATUS_DONE;
}
