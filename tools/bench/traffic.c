/* SPDX-License-Identifier: MIT */
/* Options -> passes over streams. */
#include "traffic.h"

#define BIT(stream) (1u << (stream))

static void
add(Traffic *traffic, Call call, Pass pass)
{
  traffic->passes[call][traffic->n_passes[call]++] = pass;
  traffic->streams |= pass.read | pass.update | pass.write;
}

/* parameter, slots and EMA follow one another */
static uint32_t
state(const Features *features)
{
  const size_t n = 1 + features->n_slots + features->has_ema;
  return (BIT(n) - 1u) << STREAM_PARAM;
}

static void
add_micro_steps(Traffic *traffic, const Features *features)
{
  const Pass look = { .read = BIT(STREAM_GRADIENT) };
  const Pass overwrite = { .read = BIT(STREAM_GRADIENT), .write = BIT(STREAM_SUM) };
  const Pass sum = { .read = BIT(STREAM_GRADIENT), .update = BIT(STREAM_SUM) };

  for (Call call = CALL_FIRST; call < CALL_STEP; call++) {
    if (call == CALL_MICRO && features->window < 3) {
      continue;
    }
    if (features->has_guard) {
      add(traffic, call, look);
    }
    add(traffic, call, call == CALL_FIRST ? overwrite : sum);
  }
}

/* gradient and sum once for each sweep that must look at them; a phase of a reduction
 * looks at everything that the update uses but the EMA; what is updated is read and
 * written once */
Traffic
traffic_of(const Features *features)
{
  const bool accumulates = features->window > 1;
  const uint32_t gradient = BIT(STREAM_GRADIENT) | (accumulates ? BIT(STREAM_SUM) : 0);
  const uint32_t optimizer = (BIT(1 + features->n_slots) - 1u) << STREAM_PARAM;
  Traffic traffic = { .window = features->window };

  if (accumulates) {
    add_micro_steps(&traffic, features);
  }
  if (features->has_guard || features->has_norm) {
    add(&traffic, CALL_STEP, (Pass){ .read = gradient });
  }
  for (size_t i = 0; i < features->n_phases; i++) {
    add(&traffic, CALL_STEP, (Pass){ .read = gradient | optimizer });
  }
  add(&traffic, CALL_STEP, (Pass){ .read = gradient, .update = state(features) });
  return traffic;
}

static uint32_t
count(uint32_t bits)
{
  uint32_t n = 0;

  for (; bits != 0; bits &= bits - 1) {
    n++;
  }
  return n;
}

uint32_t
traffic_pass_bytes(const Pass *pass)
{
  return (uint32_t)sizeof(float)
         * (count(pass->read) + 2 * count(pass->update) + count(pass->write));
}

uint32_t
traffic_bytes(const Traffic *traffic, Call call)
{
  uint32_t bytes = 0;

  for (size_t i = 0; i < traffic->n_passes[call]; i++) {
    bytes += traffic_pass_bytes(&traffic->passes[call][i]);
  }
  return bytes;
}

Call
traffic_call(const Traffic *traffic, uint32_t position)
{
  if (position + 1 == traffic->window) {
    return CALL_STEP;
  }
  return position == 0 ? CALL_FIRST : CALL_MICRO;
}
