/* SPDX-License-Identifier: MIT */
/* Copies of parameters that nothing has used yet. */
#include "fresh.h"

static const OptregStateTensor *
state_at(const OptregChain *chain, size_t i)
{
  return &g_array_index(chain->builder.states, OptregStateTensor, i);
}

static bool
is_copy(const OptregStateTensor *state)
{
  return (state->row != NULL ? state->row->init : state->init) == OPTREG_INIT_PARAMETER;
}

void
optreg_fresh_init(OptregFresh *fresh, const OptregChain *chain)
{
  fresh->states = g_new(size_t, chain->builder.states->len + 1);
  fresh->n = 0;
  for (guint i = 0; i < chain->builder.states->len; i++) {
    if (state_at(chain, i)->row != NULL) {
      optreg_fresh_note(fresh, chain, state_at(chain, i));
    }
  }
}

void
optreg_fresh_clear(OptregFresh *fresh)
{
  g_clear_pointer(&fresh->states, g_free);
}

void
optreg_fresh_forget(OptregFresh *fresh)
{
  fresh->n = 0;
}

void
optreg_fresh_note(OptregFresh *fresh, const OptregChain *chain,
                  const OptregStateTensor *state)
{
  if (is_copy(state)) {
    fresh->states[fresh->n++] = (size_t)(state - state_at(chain, 0));
  }
}

void
optreg_fresh_copy(const OptregFresh *fresh, const OptregChain *chain)
{
  for (size_t i = 0; i < fresh->n; i++) {
    const OptregStateTensor *state = state_at(chain, fresh->states[i]);
    const OptregTensor *tensor = &chain->builder.tensors[state->tensor];
    if (tensor->n > 0) {
      tensor->codec->load(tensor->data, *state->data, tensor->n);
    }
  }
}

void
optreg_fresh_renew(OptregFresh *fresh, const OptregChain *chain)
{
  optreg_fresh_forget(fresh);
  for (guint i = 0; i < chain->builder.states->len; i++) {
    optreg_fresh_note(fresh, chain, state_at(chain, i));
  }
  optreg_fresh_copy(fresh, chain);
}

void
optreg_fresh_use(OptregFresh *fresh, const OptregChain *chain)
{
  size_t n_left = 0;

  for (size_t i = 0; i < fresh->n; i++) {
    const OptregStateTensor *state = state_at(chain, fresh->states[i]);
    if (state->row != NULL && !chain->builder.tensors[state->tensor].is_active) {
      fresh->states[n_left++] = fresh->states[i];
    }
  }
  fresh->n = n_left;
}
