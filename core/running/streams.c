/* SPDX-License-Identifier: MIT */
/* States by role -> streams by tensor. */
#include "streams.h"

#include "running/chain.h"

static bool
moves_with(const OptregStateTensor *state, const OptregTensor *tensors)
{
  return state->n > 1 && state->n == tensors[state->tensor].n;
}

static void
count(const GArray *states, OptregTensor *tensors, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    tensors[i].n_streams = 0;
  }
  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    tensors[state->tensor].n_streams += moves_with(state, tensors);
  }
}

OptregStream *
optreg_streams_gather(const GArray *states, OptregTensor *tensors, size_t n)
{
  OptregStream *all = g_new(OptregStream, states->len + 1), *next = all;

  count(states, tensors, n);
  for (size_t i = 0; i < n; i++) {
    tensors[i].streams = next;
    next += tensors[i].n_streams;
    tensors[i].n_streams = 0;
  }
  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    OptregTensor *tensor = &tensors[state->tensor];
    if (moves_with(state, tensors)) {
      tensor->streams[tensor->n_streams++] =
          (OptregStream){ *state->data, state->sweeps };
    }
  }
  return all;
}
